import { openSecrets } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { demoInvestors } from '../demo/demo-plan.ts';
import { loadDemo } from '../demo/load-demo.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { personalPortsAt } from '../platform/personal-keys.ts';
import { findPlace } from '../platform/place.ts';
import { loadScale, PORTFOLIOS_MAX } from '../scale/load-scale.ts';

const Input = z.object({ scale: z.coerce.number().int().min(1).max(PORTFOLIOS_MAX).optional() });

export const seedCommand = () =>
  commandOf({
    name: 'seed',
    description:
      'Load the demo into a running platform: instruments, real prices, three investors, their snapshots. Or, with --scale, made-up investors by the thousand into an empty database. Safe to run again.',
    configure: (command) =>
      command.option(
        '--scale <portfolios>',
        `instead of the demo so many investors of one portfolio each, up to ${PORTFOLIOS_MAX}, with 10 positions and 100 bars a portfolio`,
      ),
    input: Input,
    run: ({ scale }, context) => (scale === undefined ? seedDemo(context) : loadScale(scale, context)),
  });

async function seedDemo({ output, folder }: CommandContext): Promise<ExitCode> {
  const { servers, apiUrl } = findPlace(folder);
  const say = (text: string): void => output.event({ note: text }, `  ${text}`);
  await using desk = await openOperatorDesk(servers, say, personalPortsAt(folder, servers));
  await loadDemo({ apiUrl, password: openSecrets(folder).demo_password, desk, signal: new AbortController().signal, say });
  const emails = demoInvestors.map((investor) => investor.email);
  output.result({ investors: emails }, [`The demo is there. Look with: trii portfolio show --as ${emails[0]}`]);
  return exitCodes.ok;
}
