import { handlers } from '@trii/domain';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';

const LIMIT = 50;

export const deadCommand = () =>
  commandOf({
    name: 'dead',
    description: `Show the jobs that gave up for good, with their reason; the oldest ${LIMIT}.`,
    input: z.object({}),
    run: showDead,
  });

async function showDead(_input: object, { output, folder }: CommandContext): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const page = await desk.executor.run(handlers.platform.deadDeliveries, desk.call({ limit: LIMIT }));
  const rows = page.items.map(({ eventId, jobName, eventAt, reason }) => [eventId, jobName, eventAt, reason]);
  const lines =
    rows.length === 0
      ? ['No job has given up.']
      : [...table([['event', 'job', 'since', 'reason'], ...rows]), 'Drive one again with: trii job redrive EVENT JOB'];
  output.result(page, page.nextCursor === null ? lines : [...lines, 'There are more.']);
  return exitCodes.ok;
}

export const redriveCommand = () =>
  commandOf({
    name: 'redrive',
    description: 'Drive a job that gave up once more, after its cause is mended.',
    configure: (command) => command.argument('<event>', 'its id, as "trii job dead" shows it').argument('<job>', 'the name of the job'),
    input: z.object({ arguments: z.tuple([z.uuid(), z.string().min(1)]) }),
    run: async ({ arguments: [eventId, jobName] }, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const driven = await desk.executor.run(handlers.platform.redriveDelivery, desk.call({ eventId, jobName }));
      output.result(driven, [`${jobName} is driven again for event ${eventId}; "trii job dead" shows whether it gives up once more.`]);
      return exitCodes.ok;
    },
  });
