export { performanceHandler } from './measure-performance.ts';
export { dispatchSnapshotsHandler } from './dispatch-snapshots.ts';
export { snapshotsDueHandler } from './find-due-snapshots.ts';
export { reopenForRatesHandler } from './reopen-for-rates.ts';
export { reopenForActionsHandler, reopenSnapshotsHandler } from './reopen-snapshots.ts';
export { snapshotPortfoliosHandler } from './snapshot-portfolios.ts';
