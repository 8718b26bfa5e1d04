import { market } from '@trii/contract';
import {
  applyRetentionHandler,
  auditDueHandler,
  type AuditSigner,
  closeAuditBlocksHandler,
  maintainPartitionsHandler,
  refreshRollupsHandler,
  rollupsDueHandler,
  systemHandlers,
} from '@trii/domain';
import { newId } from '@trii/kernel';
import { job } from './job.ts';
import type { Schedule } from './schedule.ts';

const MINUTE_MS = 60_000;
const SIX_HOURS_MS = 6 * 60 * MINUTE_MS;

/** Partitions are made ahead by more than a week, so that a missed tick, or a day of them, does not matter; what is kept no longer goes. */
export const partitionsAhead: Schedule = {
  name: 'maintain-partitions',
  every: { ms: SIX_HOURS_MS },
  run: async (call) => {
    await call.run(maintainPartitionsHandler, {});
    await call.batch(applyRetentionHandler, {});
    await call.batch(systemHandlers.identity.applyRetention, { runId: newId() });
  },
};

/** At once after an import: until then whoever asks for one of its hours has it aggregated from the bars. */
export const rollUpBars = job({
  name: 'roll-up-bars',
  on: market.BarsImported,
  queue: 'dispatch',
  attempts: 5,
  backoff: { type: 'exponential', delayMs: 500 },
  run: (call) => call.batch(refreshRollupsHandler, {}),
});
/** People of a database older than the encryption of names: looked for in the catalog alone, so that asking costs nothing once it is done. */
export const namesWhenDue: Schedule = {
  name: 'encrypt-names',
  every: { ms: MINUTE_MS },
  run: async (call) => {
    const { due } = await call.run(systemHandlers.identity.namesDue, {});
    if (due) await call.batch(systemHandlers.identity.encryptNames, { runId: newId() });
  },
};

/** Nothing marked: one short read, no audit row. Readers see the newest bars meanwhile, since the views aggregate marked hours on the fly. */
export const rollupsWhenDue: Schedule = {
  name: 'refresh-rollups',
  every: { ms: MINUTE_MS },
  run: async (call) => {
    const { due } = await call.run(rollupsDueHandler, {});
    if (due) await call.batch(refreshRollupsHandler, {});
  },
};

/** Nothing to chain: one short read, no audit row. What is chained a minute late was append-only meanwhile. */
export function auditBlocksWhenDue(signer: AuditSigner): Schedule {
  const closeBlocks = closeAuditBlocksHandler(signer);
  return {
    name: 'close-audit-blocks',
    every: { ms: MINUTE_MS },
    run: async (call) => {
      const { due } = await call.run(auditDueHandler, {});
      if (due) await call.batch(closeBlocks, {});
    },
  };
}
