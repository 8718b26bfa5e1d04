import type { Outputs } from '@trii/client';
import { handlers } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import { Command } from 'commander';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { openOperatorDesk } from '../platform/operator-desk.ts';
import { findPlace } from '../platform/place.ts';
import { findPortfolio } from '../portfolio/find-portfolio.ts';
import { actAs, asInvestor } from '../portfolio/sign-in.ts';

const OPEN_MAX = 200;
const PAYMENTS_LOOKED_AT = 200;

export const cashCommand = () =>
  new Command('cash')
    .description('Cash through the bank: what is under way, and what the bank said that fits nothing.')
    .addCommand(paymentsCommand())
    .addCommand(cancelCommand())
    .addCommand(openCommand())
    .addCommand(assignCommand())
    .addCommand(dismissCommand());

const paymentsCommand = () =>
  commandOf({
    name: 'payments',
    description: 'List the deposits and withdrawals of a portfolio through the bank, newest first.',
    configure: (command) => asInvestor(command.argument('[portfolio]', 'name or id; the newest when left out'), 'who acts'),
    input: z.object({ as: z.email(), arguments: z.array(z.string().min(1)).max(1) }),
    run: ({ as, arguments: [wanted] }, context) =>
      actAs(as, context, async (client) => {
        const { id: portfolioId, name } = await findPortfolio(client, wanted);
        const { items } = await client.cash.payments.query({ portfolioId });
        context.output.result(
          { portfolioId, items },
          items.length === 0 ? [`No payment of "${name}" went through the bank.`] : table(paymentRows(items)),
        );
        return exitCodes.ok;
      }),
  });

const cancelCommand = () =>
  commandOf({
    name: 'cancel',
    description: 'Take back a deposit or a withdrawal that is not on its way to the bank yet.',
    configure: (command) =>
      asInvestor(command.argument('<portfolio>', 'name or id').argument('<payment>', 'its id or reference'), 'who acts'),
    input: z.object({ as: z.email(), arguments: z.tuple([z.string().min(1), z.string().min(1)]) }),
    run: ({ as, arguments: [wanted, named] }, context) =>
      actAs(as, context, async (client) => {
        const { id: portfolioId, name } = await findPortfolio(client, wanted);
        const { items } = await client.cash.payments.query({ portfolioId, limit: PAYMENTS_LOOKED_AT });
        const found = items.find(({ id, reference }) => id === named || reference === named);
        if (found === undefined) throw new CodedError('NOT_FOUND', `There is no such payment among the newest of "${name}".`);
        const payment = await client.cash.cancelPayment.mutate({ portfolioId, paymentId: found.id });
        context.output.result(payment, [`${payment.reference} is cancelled.`]);
        return exitCodes.ok;
      }),
  });

const paymentRows = (items: Outputs['cash']['payments']['items']): string[][] => [
  ['asked', 'direction', 'amount', 'status', 'reference', 'reason'],
  ...items.map((item) => [
    item.createdAt.slice(0, 16),
    item.direction.toLowerCase(),
    `${item.amount} ${item.currency}`,
    item.status.toLowerCase(),
    item.reference,
    item.failure ?? '',
  ]),
];

const openCommand = () =>
  commandOf({
    name: 'open',
    description: 'List what the bank said that fits no payment, oldest first, as an operator. Nothing was booked for it.',
    input: z.object({ arguments: z.tuple([]) }),
    run: async (_, { output, folder }) => {
      await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
      const { items } = await desk.executor.run(handlers.cash.openBankMessages, desk.call({ limit: OPEN_MAX }));
      const rows = items.map((item) => [
        item.id,
        item.kind.toLowerCase(),
        `${item.amount} ${item.currency}`,
        item.reference ?? '',
        item.problem ?? '',
      ]);
      output.result(
        { items },
        rows.length === 0 ? ['Nothing is open.'] : table([['message', 'kind', 'amount', 'reference', 'problem'], ...rows]),
      );
      return exitCodes.ok;
    },
  });

const assignCommand = () =>
  commandOf({
    name: 'assign',
    description: 'Say which payment an open message is of; the workers book it. Without a payment it is only tried again.',
    configure: (command) => command.argument('<message>', 'its id').argument('[payment]', 'the id of the payment'),
    input: z.object({ arguments: z.tuple([z.uuid()]).or(z.tuple([z.uuid(), z.uuid()])) }),
    run: ({ arguments: [messageId, paymentId] }, context) => resolve(context, { messageId, paymentId, action: 'retry' }),
  });

const dismissCommand = () =>
  commandOf({
    name: 'dismiss',
    description: 'End an open message without booking anything.',
    configure: (command) => command.argument('<message>', 'its id'),
    input: z.object({ arguments: z.tuple([z.uuid()]) }),
    run: ({ arguments: [messageId] }, context) => resolve(context, { messageId, action: 'dismiss' }),
  });

interface Resolution {
  readonly messageId: string;
  readonly action: 'retry' | 'dismiss';
  readonly paymentId?: string | undefined;
}

async function resolve({ output, folder }: CommandContext, resolution: Resolution): Promise<ExitCode> {
  await using desk = await openOperatorDesk(findPlace(folder).servers, (text) => output.say(text));
  const message = await desk.executor.run(handlers.cash.resolveBankMessage, desk.call(resolution));
  output.result(message, [`${message.id} is ${message.status === 'RECEIVED' ? 'with the workers again' : 'dismissed'}.`]);
  return exitCodes.ok;
}
