export { type BenchProgress, type BenchReport, claims, ROUNDS_OF_A_CLAIM, runBench } from './bench.ts';
export { type BenchSize, type Claim, fullSize } from './claim.ts';
export { reportLines } from './report.ts';
export { openBenchServers } from './servers.ts';
export { type SeedProgress, type SeedReport, seedScale } from './scale/seed-scale.ts';
export { drawGrowth } from './scale/growth-drawing.ts';
export { growthLines, growthRows } from './scale/growth-report.ts';
export { embeddedAdminUrl, measureGrowth } from './scale/measure-growth.ts';
