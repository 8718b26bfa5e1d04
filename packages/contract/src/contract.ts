import * as analytics from './analytics/index.ts';
import * as identity from './identity/index.ts';
import * as market from './market/index.ts';
import * as monitoring from './monitoring/index.ts';
import * as notifications from './notifications/index.ts';
import * as platform from './platform/index.ts';
import * as cash from './portfolio/cash.ts';
import * as portfolio from './portfolio/index.ts';
import * as trading from './trading/index.ts';

/** Every operation a caller can reach, as data. The router, the client's type, the reference and the generated tests come from here. */
export const contract = {
  identity: {
    register: identity.register,
    signIn: identity.signIn,
    signOut: identity.signOut,
    confirmPassword: identity.confirmPassword,
    changePassword: identity.changePassword,
    sessions: identity.sessions,
    endSession: identity.endSession,
    endAllSessions: identity.endAllSessions,
    me: identity.me,
    createApiKey: identity.createApiKey,
    listApiKeys: identity.listApiKeys,
    revokeApiKey: identity.revokeApiKey,
    profile: identity.profile,
    updateProfile: identity.updateProfile,
    preferences: identity.preferences,
    updatePreferences: identity.updatePreferences,
    person: identity.person,
    peopleByPhone: identity.peopleByPhone,
    erasePerson: identity.erasePerson,
    decideKyc: identity.decideKyc,
    deactivate: identity.deactivate,
    reactivate: identity.reactivate,
    suspendInvestor: identity.suspendInvestor,
    resumeInvestor: identity.resumeInvestor,
    setOperatorScopes: identity.setOperatorScopes,
    kyc: identity.kyc,
    uploadKycPart: identity.uploadKycPart,
    addKycDocument: identity.addKycDocument,
    submitKyc: identity.submitKyc,
    pendingKyc: identity.pendingKyc,
    kycCase: identity.kycCase,
    readKycDocument: identity.readKycDocument,
  },
  market: {
    listInstrument: market.listInstrument,
    instruments: market.instruments,
    dailyBars: market.dailyBars,
    candles: market.candles,
    lastCandles: market.lastCandles,
    quote: market.quote,
    setRates: market.setRates,
    rate: market.rate,
    rates: market.rates,
    ratePolicy: market.ratePolicy,
    setRatePolicy: market.setRatePolicy,
    recordAction: market.recordAction,
    cancelAction: market.cancelAction,
    actions: market.actions,
  },
  portfolio: {
    open: portfolio.open,
    list: portfolio.list,
    summary: portfolio.summary,
    history: portfolio.history,
    activity: portfolio.activity,
    positions: portfolio.positions,
    lots: portfolio.lots,
    ledger: portfolio.ledger,
    rename: portfolio.rename,
    setTarget: portfolio.setTarget,
    suspend: portfolio.suspend,
    resume: portfolio.resume,
    close: portfolio.close,
    reverseEntry: portfolio.reverseEntry,
    transferHolding: portfolio.transferHolding,
    holds: portfolio.holds,
    placeHold: portfolio.placeHold,
    changeHold: portfolio.changeHold,
    releaseHold: portfolio.releaseHold,
    actions: portfolio.actions,
    setDividendChoice: portfolio.setDividendChoice,
    updates: portfolio.updates,
  },
  cash: {
    deposit: cash.deposit,
    withdraw: cash.withdraw,
    transfer: cash.transfer,
    quoteExchange: cash.quoteExchange,
    exchange: cash.exchange,
    exchanges: cash.exchanges,
    linkBankAccount: cash.linkBankAccount,
    unlinkBankAccount: cash.unlinkBankAccount,
    bankAccounts: cash.bankAccounts,
    announceDeposit: cash.announceDeposit,
    requestWithdrawal: cash.requestWithdrawal,
    payments: cash.payments,
    limits: cash.limits,
    setLimit: cash.setLimit,
    setRecording: cash.setRecording,
    openBankMessages: cash.openBankMessages,
    resolveBankMessage: cash.resolveBankMessage,
    feeSchedules: cash.feeSchedules,
    setFeeSchedule: cash.setFeeSchedule,
  },
  trading: { recordTrade: trading.recordTrade },
  analytics: { performance: analytics.performance },
  platform: {
    requestJob: platform.requestJob,
    jobProgress: platform.jobProgress,
    valuationDate: platform.valuationDate,
    setValuationDate: platform.setValuationDate,
    deadDeliveries: platform.deadDeliveries,
    redriveDelivery: platform.redriveDelivery,
    runningBatches: platform.runningBatches,
    retention: platform.retention,
    setRetention: platform.setRetention,
    auditTrail: platform.auditTrail,
    auditHeads: platform.auditHeads,
    myAudit: platform.myAudit,
  },
  monitoring: {
    tableSizes: monitoring.tableSizes,
    connections: monitoring.connections,
    slowQueries: monitoring.slowQueries,
    growth: monitoring.growth,
    sample: monitoring.sample,
  },
} as const;

export type Contract = typeof contract;

/** What only schedules, jobs and the command line run: same executor, no tRPC door. */
export const systemOperations = {
  identity: {
    keyStatus: identity.keyStatus,
    rotateKeys: identity.rotateKeys,
    namesDue: identity.namesDue,
    encryptNames: identity.encryptNames,
    reindexPhones: identity.reindexPhones,
    screenKyc: identity.screenKyc,
    eraseDocuments: identity.eraseDocuments,
  },
  market: { importBars: market.importBars, rollupsDue: market.rollupsDue, refreshRollups: market.refreshRollups },
  platform: {
    maintainPartitions: platform.maintainPartitions,
    auditDue: platform.auditDue,
    closeAuditBlocks: platform.closeAuditBlocks,
    applyRetention: platform.applyRetention,
    exportAudit: platform.exportAudit,
  },
  portfolio: {
    checkLedger: portfolio.checkLedger,
    holdsDue: portfolio.holdsDue,
    expireHolds: portfolio.expireHolds,
    actionsDue: portfolio.actionsDue,
    dispatchActions: portfolio.dispatchActions,
    applyActions: portfolio.applyActions,
  },
  cash: { sendPayment: cash.sendPayment, receiveBankMessages: cash.receiveBankMessages, applyBankMessage: cash.applyBankMessage },
  notifications: { tellKycDecision: notifications.tellKycDecision },
  analytics: {
    snapshotsDue: analytics.snapshotsDue,
    dispatchSnapshots: analytics.dispatchSnapshots,
    snapshotPortfolios: analytics.snapshotPortfolios,
    reopenSnapshots: analytics.reopenSnapshots,
    reopenForRates: analytics.reopenForRates,
  },
  monitoring: { sampleDue: monitoring.sampleDue, sampleDaily: monitoring.sampleDaily },
} as const;

export type SystemOperations = typeof systemOperations;

/**
 * Which jobs react to which event, as data: the executor writes one delivery row per pair in the event's own
 * transaction, so a job cannot be forgotten between commit and queue.
 */
export const subscriptions: Readonly<Record<string, readonly string[]>> = {
  [platform.JobRequested.name]: ['dispatch-snapshots'],
  [cash.PaymentRequested.name]: ['send-payment'],
  [cash.BankMessageReceived.name]: ['apply-bank-message'],
  [market.BarsImported.name]: ['reopen-snapshots', 'roll-up-bars'],
  [market.RatesSet.name]: ['reopen-for-rates'],
  [identity.KycSubmitted.name]: ['screen-kyc'],
  [identity.KycDecided.name]: ['tell-kyc-decision'],
  [identity.PersonErased.name]: ['erase-documents'],
  [analytics.SnapshotShardDue.name]: ['snapshot-portfolios'],
  [portfolio.ActionShardDue.name]: ['apply-actions'],
};
