import { isDeepStrictEqual } from 'node:util';
import { createClient, type TriiClient } from '@trii/client';
import { invariant } from '@trii/kernel';
import { startChildServer } from '../child-server.ts';
import type { BenchPlace, BenchSize, Claim, Measure, OpenClaim, Sample } from '../claim.ts';
import { timed } from '../claim.ts';
import { type Investor, makeInvestor } from './investor.ts';

const TARGET = 0.7;
/** Calls under way at once, each from a client of its own: none waits to share a request with another. */
const IN_FLIGHT = 16;

/** A read by the typed client from the api of `npm start`, beside the same read from the least server that can answer it. */
export const queryClaim: Claim = {
  name: 'query',
  ours: `the typed client, ${IN_FLIGHT} calls in flight, no batching, to apps/api in a process of its own: Hono with its middleware, session, tRPC door, executor`,
  bare: "the same client and calls to Bun.serve with tRPC's fetch adapter in a process of its own: the same session look-up in Redis, input parsed by zod, and over the plain driver the same begin, role and user, SQL, commit and JSON",
  open: openQuery,
};

async function openQuery(place: BenchPlace, { calls }: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const api = stack.use(await startChildServer(place, { name: 'api', file: 'apps/api/src/main.ts' }));
  const investor = await makeInvestor(place.servers, api.url);
  const bare = stack.use(await startChildServer(place, { name: 'bare-server', file: 'packages/bench/src/query/bare-server.ts' }));
  const { token } = investor;
  const measures = await Promise.all(
    reads(investor).map(async ({ name, read, share }): Promise<Measure> => {
      await assertSameAnswer(read, { ours: createClient({ url: api.url, token }), bare: createClient({ url: bare.url, token }) });
      const side = (url: string) => () => callMany({ url, token, calls: Math.ceil(calls * share), read });
      return { name, unit: 'calls', target: TARGET, ours: side(api.url), bare: side(bare.url) };
    }),
  );
  const held = stack.move();
  return { measures, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

type Read = (client: TriiClient) => Promise<unknown>;

interface NamedRead {
  readonly name: string;
  readonly read: Read;
  /** Of the calls, so that samples last alike. */
  readonly share: number;
}

const reads = ({ portfolioId, positions, portfolios }: Investor): readonly NamedRead[] => [
  { name: `portfolio.list, ${portfolios} portfolios`, read: (client) => client.portfolio.list.query({}), share: 1 },
  { name: `portfolio.summary, ${positions} positions`, read: (client) => client.portfolio.summary.query({ portfolioId }), share: 0.25 },
];

async function assertSameAnswer(read: Read, { ours, bare }: { readonly ours: TriiClient; readonly bare: TriiClient }): Promise<void> {
  const [a, b] = [await read(ours), await read(bare)];
  invariant(isDeepStrictEqual(a, b), `both sides answer the same, not ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
}

interface Calling {
  readonly url: string;
  readonly token: string;
  readonly calls: number;
  readonly read: Read;
}

function callMany({ url, token, calls, read }: Calling): Promise<Sample> {
  let left = calls;
  const caller = async (): Promise<void> => {
    const client = createClient({ url, token });
    while (left > 0) {
      left -= 1;
      await read(client);
    }
  };
  return timed(calls, () => Promise.all(Array.from({ length: IN_FLIGHT }, caller)));
}
