import type { Contract, SystemOperations } from '@trii/contract';
import {
  dispatchSnapshotsHandler,
  performanceHandler,
  reopenSnapshotsHandler,
  snapshotPortfoliosHandler,
  snapshotsDueHandler,
} from './analytics/index.ts';
import {
  decideKycHandler,
  encryptNamesHandler,
  erasePersonHandler,
  keyStatusHandler,
  meHandler,
  namesDueHandler,
  peopleByPhoneHandler,
  personHandler,
  preferencesHandler,
  profileHandler,
  registerHandler,
  reindexPhonesHandler,
  rotateKeysHandler,
  signInHandler,
  signOutHandler,
  updatePreferencesHandler,
  updateProfileHandler,
} from './identity/index.ts';
import {
  candlesHandler,
  dailyBarsHandler,
  lastCandlesHandler,
  instrumentsHandler,
  listInstrumentHandler,
  quoteHandler,
  refreshRollupsHandler,
  rollupsDueHandler,
} from './market/index.ts';
import {
  connectionsHandler,
  growthHandler,
  sampleDailyHandler,
  sampleDueHandler,
  sampleHandler,
  slowQueriesHandler,
  tableSizesHandler,
} from './monitoring/index.ts';
import {
  auditDueHandler,
  cacheRulesOf,
  applyRetentionHandler,
  auditHeadsHandler,
  auditTrailHandler,
  myAuditHandler,
  retentionHandler,
  runningBatchesHandler,
  setRetentionHandler,
  deadDeliveriesHandler,
  redriveDeliveryHandler,
  jobProgressHandler,
  maintainPartitionsHandler,
  requestJobHandler,
  setValuationDateHandler,
  valuationDateHandler,
  type HandlersOf,
} from './platform/index.ts';
import {
  activityHandler,
  changeHoldHandler,
  checkLedgerHandler,
  closeHandler,
  depositHandler,
  expireHoldsHandler,
  holdsDueHandler,
  holdsHandler,
  ledgerHandler,
  lotsHandler,
  placeHoldHandler,
  positionsHandler,
  releaseHoldHandler,
  renameHandler,
  resumeHandler,
  reverseEntryHandler,
  setTargetHandler,
  suspendHandler,
  historyHandler,
  listHandler,
  openHandler,
  summaryHandler,
  transferHandler,
  transferHoldingHandler,
  updatesHandler,
  withdrawHandler,
} from './portfolio/index.ts';
import { recordTradeHandler } from './trading/index.ts';

/** Every operation of the contract with what runs it: one without the other does not compile. */
export const handlers: HandlersOf<Contract> = {
  identity: {
    register: registerHandler,
    signIn: signInHandler,
    signOut: signOutHandler,
    me: meHandler,
    profile: profileHandler,
    updateProfile: updateProfileHandler,
    preferences: preferencesHandler,
    updatePreferences: updatePreferencesHandler,
    person: personHandler,
    peopleByPhone: peopleByPhoneHandler,
    erasePerson: erasePersonHandler,
    decideKyc: decideKycHandler,
  },
  market: {
    listInstrument: listInstrumentHandler,
    instruments: instrumentsHandler,
    dailyBars: dailyBarsHandler,
    candles: candlesHandler,
    lastCandles: lastCandlesHandler,
    quote: quoteHandler,
  },
  portfolio: {
    open: openHandler,
    list: listHandler,
    summary: summaryHandler,
    history: historyHandler,
    activity: activityHandler,
    positions: positionsHandler,
    lots: lotsHandler,
    ledger: ledgerHandler,
    rename: renameHandler,
    setTarget: setTargetHandler,
    suspend: suspendHandler,
    resume: resumeHandler,
    close: closeHandler,
    reverseEntry: reverseEntryHandler,
    transferHolding: transferHoldingHandler,
    holds: holdsHandler,
    placeHold: placeHoldHandler,
    changeHold: changeHoldHandler,
    releaseHold: releaseHoldHandler,
    updates: updatesHandler,
  },
  cash: { deposit: depositHandler, withdraw: withdrawHandler, transfer: transferHandler },
  trading: { recordTrade: recordTradeHandler },
  analytics: { performance: performanceHandler },
  platform: {
    requestJob: requestJobHandler,
    jobProgress: jobProgressHandler,
    valuationDate: valuationDateHandler,
    setValuationDate: setValuationDateHandler,
    deadDeliveries: deadDeliveriesHandler,
    redriveDelivery: redriveDeliveryHandler,
    runningBatches: runningBatchesHandler,
    retention: retentionHandler,
    setRetention: setRetentionHandler,
    auditTrail: auditTrailHandler,
    auditHeads: auditHeadsHandler,
    myAudit: myAuditHandler,
  },
  monitoring: {
    tableSizes: tableSizesHandler,
    connections: connectionsHandler,
    slowQueries: slowQueriesHandler,
    growth: growthHandler,
    sample: sampleHandler,
  },
};

/** Which kept answers each event makes wrong. */
export const cacheRules = cacheRulesOf(handlers);

type Registered = Omit<SystemOperations, 'market' | 'platform'> & {
  readonly market: Omit<SystemOperations['market'], 'importBars'>;
  readonly platform: Omit<SystemOperations['platform'], 'closeAuditBlocks' | 'exportAudit'>;
};

/**
 * The same for what only schedules, jobs and the command line run. Left out is what is made for something: market.importBars for one opened file,
 * platform.closeAuditBlocks for a signing key, platform.exportAudit for a file.
 */
export const systemHandlers: HandlersOf<Registered> = {
  identity: {
    keyStatus: keyStatusHandler,
    rotateKeys: rotateKeysHandler,
    namesDue: namesDueHandler,
    encryptNames: encryptNamesHandler,
    reindexPhones: reindexPhonesHandler,
  },
  market: { rollupsDue: rollupsDueHandler, refreshRollups: refreshRollupsHandler },
  platform: { maintainPartitions: maintainPartitionsHandler, auditDue: auditDueHandler, applyRetention: applyRetentionHandler },
  portfolio: { checkLedger: checkLedgerHandler, holdsDue: holdsDueHandler, expireHolds: expireHoldsHandler },
  analytics: {
    snapshotsDue: snapshotsDueHandler,
    dispatchSnapshots: dispatchSnapshotsHandler,
    snapshotPortfolios: snapshotPortfoliosHandler,
    reopenSnapshots: reopenSnapshotsHandler,
  },
  monitoring: { sampleDue: sampleDueHandler, sampleDaily: sampleDailyHandler },
};
