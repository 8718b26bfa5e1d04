export { startWorkers, workersSettings, type Workers, type WorkersConfig } from './start-workers.ts';
