import { isDeepStrictEqual } from 'node:util';
import { createClient, type TriiClient } from '@trii/client';
import { invariant } from '@trii/kernel';
import { startChildServer } from '../child-server.ts';
import type { BenchPlace, BenchSize, Claim, Measure, OpenClaim } from '../claim.ts';
import { callMany, IN_FLIGHT, type Read } from './call-many.ts';
import { type Investor, makeInvestor } from './investor.ts';

const TARGET = 0.7;

/** A read by the typed client from the api of `npm start`, beside the same read from the least server that can answer it. */
export const queryClaim: Claim = {
  name: 'query',
  ours: `the typed client, ${IN_FLIGHT} calls in flight, no batching, to apps/api in a process of its own: Hono with its middleware, session, tRPC door, executor; every read from the database`,
  bare: "the same client and calls to Bun.serve with tRPC's fetch adapter in a process of its own: the same session look-up in Redis, input parsed by zod, and over the plain driver the same begin, role and user, SQL, commit and JSON",
  open: openQuery,
};

async function openQuery(place: BenchPlace, { calls }: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const openApi = (name: string, READ_CACHE: 'on' | 'off') =>
    startChildServer(place, { name, file: 'apps/api/src/main.ts', settings: { READ_CACHE } });
  // The claim is about the way to the database and back: the bare server keeps no answers either.
  const api = stack.use(await openApi('api', 'off'));
  const caching = stack.use(await openApi('caching-api', 'on'));
  const investor = await makeInvestor(place.servers, api.url);
  const bare = stack.use(await startChildServer(place, { name: 'bare-server', file: 'packages/bench/src/query/bare-server.ts' }));
  const { token } = investor;
  const measure = async ({ name, read, share }: NamedRead, url: string, target: number | null): Promise<Measure> => {
    await assertSameAnswer(read, { ours: createClient({ url, token }), bare: createClient({ url: bare.url, token }) });
    const side = (of: string) => () => callMany({ url: of, token, calls: Math.ceil(calls * share), read });
    return { name, unit: 'calls', target, ours: side(url), bare: side(bare.url) };
  };
  const [list, summary] = reads(investor);
  const measures = [
    await measure(list, api.url, TARGET),
    await measure(summary, api.url, TARGET),
    await measure({ ...summary, name: `${summary.name}, ours cached and the bare one not` }, caching.url, null),
  ];
  const held = stack.move();
  return { measures, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

interface NamedRead {
  readonly name: string;
  readonly read: Read;
  /** Of the calls, so that samples last alike. */
  readonly share: number;
}

const reads = ({ portfolioId, positions, portfolios }: Investor): readonly [list: NamedRead, summary: NamedRead] => [
  { name: `portfolio.list, ${portfolios} portfolios`, read: (client) => client.portfolio.list.query({}), share: 1 },
  { name: `portfolio.summary, ${positions} positions`, read: (client) => client.portfolio.summary.query({ portfolioId }), share: 0.25 },
];

async function assertSameAnswer(read: Read, { ours, bare }: { readonly ours: TriiClient; readonly bare: TriiClient }): Promise<void> {
  const [a, b] = [await read(ours), await read(bare)];
  invariant(isDeepStrictEqual(a, b), `both sides answer the same, not ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
}
