import { closeOrm, createOrm, createTransactionHost } from '@trii/infra';
import { invariant } from '@trii/kernel';
import { openBareDatabase } from '../bare-database.ts';
import { type BenchPlace, type BenchSize, type Claim, type Measure, type OpenClaim, type Sample, timed } from '../claim.ts';
import { type LedgerWorld, makeLedgerWorld } from './ledger-world.ts';
import { replayDeposit } from './replay-deposit.ts';

const TARGET = 0.6;
/** What is left of the rate of a small ledger. */
const FLAT_TARGET = 0.8;
const IN_FLIGHT = 16;
/** Cash and the outside. */
const LINES = 2;
const PORTFOLIOS = 64;

/** Deposits until they are committed, two postings each. */
export const postingsClaim: Claim = {
  name: 'postings',
  ours: `cash.deposit through the executor, ${IN_FLIGHT} calls in flight: input parsed, idempotency key, portfolio locked, one INSERT that the ledger's trigger checks and projects, event, delivery, audit row, stored answer`,
  bare: 'the very statements recorded from one of our deposits, over the plain driver with the same begins and commits and as many in flight; for the last measure our own rate before the ledger was filled',
  open: openPostings,
};

async function openPostings({ servers }: BenchPlace, { jobs, postings }: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const api = await createOrm({ url: servers.DATABASE_URL, poolSize: IN_FLIGHT, applicationName: 'trii-bench' });
  stack.defer(() => closeOrm(api));
  const worker = await createOrm({ url: servers.DATABASE_WORKER_URL, poolSize: 1, applicationName: 'trii-bench' });
  stack.defer(() => closeOrm(worker));
  const transactions = await createTransactionHost({ anonymous_role: api, authenticated_user: api, worker_role: worker });
  const database = openBareDatabase(servers.DATABASE_URL, IN_FLIGHT);
  stack.defer(() => database.end());

  const world = await makeLedgerWorld(transactions, PORTFOLIOS);
  const recorded = await world.record();
  const measures = measuresOf(world, {
    deposits: jobs,
    postings,
    bare: (portfolioId) => replayDeposit(database, recorded, portfolioId),
  });
  const held = stack.move();
  return { measures, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

interface Course {
  readonly deposits: number;
  readonly postings: number;
  readonly bare: (portfolioId: string) => Promise<void>;
}

/** In their order: what follows the filling finds a large ledger. */
function measuresOf(world: LedgerWorld, { deposits, postings, bare }: Course): Measure[] {
  const small: Sample[] = [];
  const one = world.portfolioIds.slice(0, 1);
  const run = (portfolioIds: readonly string[], deposit: (portfolioId: string) => Promise<unknown>) => () =>
    depositMany(world, { deposits, portfolioIds, deposit });
  const kept = async (): Promise<Sample> => {
    const sample = await run(one, world.deposit)();
    small.push(sample);
    return sample;
  };
  const filled = (side: () => Promise<Sample>) => async () => {
    await world.fill(postings);
    return side();
  };
  let turn = 0;
  const before = async (): Promise<Sample> => {
    const sample = small[turn++ % small.length];
    invariant(sample !== undefined, 'the small ledger was measured first');
    return sample;
  };
  const unit = 'postings';
  const size = postings.toLocaleString('en');
  return [
    { name: 'one portfolio, a small ledger', unit, target: TARGET, ours: kept, bare: run(one, bare) },
    {
      name: `${PORTFOLIOS} portfolios, a small ledger`,
      unit,
      target: TARGET,
      ours: run(world.portfolioIds, world.deposit),
      bare: run(world.portfolioIds, bare),
    },
    { name: `one portfolio, ${size} postings`, unit, target: TARGET, ours: filled(run(one, world.deposit)), bare: filled(run(one, bare)) },
    {
      name: `one portfolio, ${size} postings, beside our own with a small ledger`,
      unit,
      target: FLAT_TARGET,
      ours: filled(run(one, world.deposit)),
      bare: before,
    },
  ];
}

interface Depositing {
  readonly deposits: number;
  readonly portfolioIds: readonly string[];
  readonly deposit: (portfolioId: string) => Promise<unknown>;
}

async function depositMany(world: LedgerWorld, { deposits, portfolioIds, deposit }: Depositing): Promise<Sample> {
  const before = await world.count();
  let next = 0;
  const payer = async (): Promise<void> => {
    while (next < deposits) {
      const portfolioId = portfolioIds[next % portfolioIds.length] ?? '';
      next += 1;
      await deposit(portfolioId);
    }
  };
  const sample = await timed(deposits * LINES, () => Promise.all(Array.from({ length: IN_FLIGHT }, payer)));
  const written = (await world.count()) - before;
  invariant(written === deposits * LINES, `${deposits} deposits are ${deposits * LINES} postings, not ${written}`);
  return sample;
}
