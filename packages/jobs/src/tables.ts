import { accrualsWhenDue, postAccruals, tellAccruals } from './accruals.jobs.ts';
import { actionsWhenDue, applyCorporateActions } from './actions.jobs.ts';
import type { AuditSigner, Bank, RateSource } from '@trii/domain';
import { sendMail } from './mail.jobs.ts';
import type { JobDefinition } from './job.ts';
import { eraseDocuments, screenKyc, tellKycDecision } from './kyc.jobs.ts';
import { holdsWhenExpired, nightlyLedgerCheck } from './ledger.jobs.ts';
import { auditBlocksWhenDue, namesWhenDue, partitionsAhead, rollUpBars, rollupsWhenDue } from './maintenance.jobs.ts';
import { tableSizesDaily } from './monitoring.jobs.ts';
import { applyBankMessage, bankMessagesWhenTold, instructBank, plansWhenDue, sendPayment } from './payments.jobs.ts';
import { ratesDaily } from './rates.jobs.ts';
import type { Schedule } from './schedule.ts';
import {
  dispatchSnapshots,
  nightlySnapshots,
  reopenForActions,
  reopenForRates,
  reopenSnapshots,
  snapshotPortfolios,
  snapshotsWhenDue,
} from './snapshots.jobs.ts';

export const jobs: readonly JobDefinition[] = [
  dispatchSnapshots,
  snapshotPortfolios,
  reopenSnapshots,
  reopenForActions,
  reopenForRates,
  rollUpBars,
  applyCorporateActions,
  postAccruals,
  tellAccruals,
  sendPayment,
  instructBank,
  applyBankMessage,
  screenKyc,
  tellKycDecision,
  eraseDocuments,
  sendMail,
];

/** What schedules need that only the process has. */
export interface ScheduleParts {
  readonly auditSigner: AuditSigner;
  readonly bank: Pick<Bank, 'messages'>;
  /** Left out, operators alone enter exchange rates. */
  readonly rateSource?: RateSource;
}

/** The one table of schedules: upserted when workers start, and removed from the queue when gone from here. */
export const createSchedules = ({ auditSigner, bank, rateSource }: ScheduleParts): readonly Schedule[] => [
  nightlySnapshots,
  snapshotsWhenDue(),
  partitionsAhead,
  rollupsWhenDue,
  tableSizesDaily,
  nightlyLedgerCheck,
  holdsWhenExpired,
  actionsWhenDue,
  accrualsWhenDue,
  bankMessagesWhenTold(bank),
  plansWhenDue,
  auditBlocksWhenDue(auditSigner),
  namesWhenDue,
  ...(rateSource === undefined ? [] : [ratesDaily(rateSource)]),
];
