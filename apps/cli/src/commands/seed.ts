import { openSecrets } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { demoInvestors } from '../demo/demo-plan.ts';
import { loadDemo } from '../demo/load-demo.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';

export const seedCommand = () =>
  commandOf({
    name: 'seed',
    description: 'Load the demo into a running platform: instruments, real prices, three investors, their snapshots. Safe to run again.',
    input: z.object({}),
    run: seed,
  });

async function seed(_input: object, { output, folder }: CommandContext): Promise<ExitCode> {
  const { servers, apiUrl } = findPlace(folder);
  const say = (text: string): void => output.event({ note: text }, `  ${text}`);
  await using desk = await openOperatorDesk(servers, say);
  await loadDemo({ apiUrl, password: openSecrets(folder).demo_password, desk, signal: new AbortController().signal, say });
  const emails = demoInvestors.map((investor) => investor.email);
  output.result({ investors: emails }, [`The demo is there. Look with: trii portfolio show --as ${emails[0]}`]);
  return exitCodes.ok;
}
