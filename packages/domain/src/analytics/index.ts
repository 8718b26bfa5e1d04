export { dispatchSnapshotsHandler } from './dispatch-snapshots.ts';
export { snapshotsDueHandler } from './find-due-snapshots.ts';
export { snapshotPortfoliosHandler } from './snapshot-portfolios.ts';
