import { type Actor, type CommandHandler, handlers, nobody, type QueryHandler, resolveSession, type SessionCache } from '@trii/domain';
import { systemClock } from '@trii/kernel';
import { instrumentOf, investorOf, type Probe, quick } from './probe.ts';
import { LAST_SESSION } from './scale-size.ts';
import type { ScaleWorld } from './scale-world.ts';

/** Knows nobody, so that each look-up goes to the database. */
const emptyCache: SessionCache = { find: (_hash, lookUp) => lookUp(), end: () => Promise.resolve() };

const NO_BOUND = 100;

type InputOf = (world: ScaleWorld, sample: number) => object;

/** An operation as its investor calls it, from the executor down: session role, row-level security, SQL, view. */
const asInvestor = (handler: CommandHandler | QueryHandler, input: InputOf): Probe => ({
  name: handler.declaration.name,
  ...quick,
  run: (world, sample) => runAs(world, investorOf(world, sample).actor, { handler, input: input(world, sample) }),
});

function runAs(
  { executor, call }: ScaleWorld,
  actor: Actor,
  { handler, input }: { readonly handler: CommandHandler | QueryHandler; readonly input: object },
) {
  return executor.run(handler, call(input, actor));
}

const ownPortfolio: InputOf = (world, sample) => ({ portfolioId: investorOf(world, sample).portfolioId });

export const investorProbes: readonly Probe[] = [
  {
    name: 'sign-in look-up',
    ...quick,
    run: (world, sample) =>
      world.transactions.read(nobody, (sql) => sql`SELECT user_id FROM sign_in_lookup(${investorOf(world, sample).email})`),
  },
  {
    name: 'session look-up, not cached',
    ...quick,
    run: ({ transactions, ...world }, sample) =>
      resolveSession({
        tokenHash: investorOf({ transactions, ...world }, sample).tokenHash,
        sessions: emptyCache,
        transactions,
        clock: systemClock,
      }),
  },
  asInvestor(handlers.portfolio.list, () => ({})),
  asInvestor(handlers.portfolio.summary, ownPortfolio),
  asInvestor(handlers.portfolio.history, (world, sample) => ({ ...ownPortfolio(world, sample), limit: NO_BOUND })),
  asInvestor(handlers.analytics.performance, (world, sample) => ({ ...ownPortfolio(world, sample), from: '2025-12-01', to: LAST_SESSION })),
  asInvestor(handlers.market.dailyBars, (world, sample) => ({
    symbol: instrumentOf(world, sample).symbol,
    from: '2025-01-01',
    to: LAST_SESSION,
  })),
  asInvestor(handlers.market.instruments, (world, sample) => ({ cursor: instrumentOf(world, sample).symbol, limit: NO_BOUND })),
  asInvestor(handlers.market.candles, (world, sample) => ({
    symbol: instrumentOf(world, sample).symbol,
    interval: '1h',
    from: `${LAST_SESSION}T00:00:00Z`,
    to: `${LAST_SESSION}T23:59:59Z`,
    limit: NO_BOUND,
  })),
  asInvestor(handlers.market.lastCandles, (world) => ({ symbols: world.instruments.map(({ symbol }) => symbol), interval: '1d' })),
  asInvestor(handlers.platform.myAudit, () => ({ limit: NO_BOUND })),
];

/** Last of all: what they write makes portfolios due. */
export const commandProbes: readonly Probe[] = [
  asInvestor(handlers.cash.deposit, (world, sample) => ({ ...ownPortfolio(world, sample), amount: '10.00', currency: 'USD' })),
  asInvestor(handlers.trading.recordTrade, (world, sample) => ({
    ...ownPortfolio(world, sample),
    symbol: instrumentOf(world, sample).symbol,
    tradeType: 'BUY',
    quantity: '0.01',
    price: '100',
    fees: '0',
    date: LAST_SESSION,
  })),
];
