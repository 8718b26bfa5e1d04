import { createLogger, endWithParent, readConfig } from '@trii/infra';
import { startWorkers, workersSettings } from './start-workers.ts';

const config = readConfig([...workersSettings, 'LOG_LEVEL']);
const logger = createLogger('workers', config.LOG_LEVEL);
const workers = await startWorkers(config, logger);

let ending = false;
const end = (why: string): void => {
  if (ending) return;
  ending = true;
  logger.info({ why }, 'the workers end');
  workers.stop().then(
    () => process.exit(0),
    (error: unknown) => {
      logger.error({ error }, 'the workers did not end in order');
      process.exit(1);
    },
  );
};
process.on('SIGTERM', () => end('SIGTERM'));
process.on('SIGINT', () => end('SIGINT'));
endWithParent({ isHeld: config.TRII_LIFELINE === 'stdin', onParentGone: () => end('the parent is gone') });
