export { connectionsHandler } from './list-connections.ts';
export { growthHandler } from './measure-growth.ts';
export { slowQueriesHandler } from './list-slow-queries.ts';
export { sampleDailyHandler, sampleDueHandler, sampleHandler } from './take-sample.ts';
export { tableSizesHandler } from './list-table-sizes.ts';
