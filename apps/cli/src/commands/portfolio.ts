import type { Outputs, TriiClient } from '@trii/client';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findPortfolio } from '../portfolio/find-portfolio.ts';
import { portfolioPage } from '../portfolio/portfolio-page.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

const PAGE = 5000;
/** A hundred years of sessions. */
const SNAPSHOTS_MAX = 25_200;

const Input = z.object({ as: z.email(), arguments: z.array(z.string().min(1)).max(1) });

export const portfolioCommand = () =>
  new Command('portfolio').description('Look at portfolios as their investor.').addCommand(showCommand());

const showCommand = () =>
  commandOf({
    name: 'show',
    description: 'Print positions, performance and a chart of one portfolio, read through the api as its investor.',
    configure: (command) => asInvestor(command.argument('[portfolio]', 'name or id; the newest when left out')),
    input: Input,
    run: show,
  });

async function show(input: z.output<typeof Input>, context: CommandContext): Promise<ExitCode> {
  return actAs(input.as, context, async (client) => {
    const { id: portfolioId } = await findPortfolio(client, input.arguments[0]);
    const [summary, history] = await Promise.all([client.portfolio.summary.query({ portfolioId }), wholeHistory(client, portfolioId)]);
    context.output.result({ summary, history }, portfolioPage(summary, history));
    return exitCodes.ok;
  });
}

type Snapshots = Outputs['portfolio']['history']['items'];

async function wholeHistory(client: TriiClient, portfolioId: string): Promise<Snapshots> {
  const all: Snapshots = [];
  let from: string | undefined;
  while (all.length < SNAPSHOTS_MAX) {
    const { items, nextFrom } = await client.portfolio.history.query({ portfolioId, limit: PAGE, ...(from === undefined ? {} : { from }) });
    all.push(...items);
    if (nextFrom === null) break;
    from = nextFrom;
  }
  return all;
}
