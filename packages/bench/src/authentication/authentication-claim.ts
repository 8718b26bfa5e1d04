import { isDeepStrictEqual } from 'node:util';
import { createClient, platformError } from '@trii/client';
import { invariant } from '@trii/kernel';
import { startChildServer } from '../child-server.ts';
import type { BenchPlace, BenchSize, Claim, OpenClaim } from '../claim.ts';
import { callMany, IN_FLIGHT } from '../query/call-many.ts';
import { makeInvestor } from '../query/investor.ts';

const TARGET = 0.85;

/** What it costs to know for each call whose it is, with sessions that can be ended from one call to the next. */
export const authenticationClaim: Claim = {
  name: 'authentication',
  ours: `the typed client, ${IN_FLIGHT} calls in flight, to tRPC router and executor behind Bun.serve: each token's hash looked up in Redis, whose word is a lease of one second`,
  bare: 'the same calls to the same router and executor, which believe for ever what the first call of a token told',
  open: openAuthentication,
};

async function openAuthentication(place: BenchPlace, { calls }: BenchSize): Promise<OpenClaim> {
  await using stack = new AsyncDisposableStack();
  const server = async (name: string, file: string) => stack.use(await startChildServer(place, { name, file }));
  const api = await server('api', 'apps/api/src/main.ts');
  const ours = await server('session-server', 'packages/bench/src/authentication/session-server.ts');
  const bare = await server('trusting-server', 'packages/bench/src/authentication/trusting-server.ts');
  const { token, portfolios } = await makeInvestor(place.servers, api.url);
  const list = (url: string, of: string) => createClient({ url, token: of }).portfolio.list.query({});
  const [a, b] = [await list(ours.url, token), await list(bare.url, token)];
  invariant(isDeepStrictEqual(a, b), `both sides answer the same, not ${JSON.stringify(a)} and ${JSON.stringify(b)}`);
  const ended = await makeInvestor(place.servers, api.url);
  await list(ours.url, ended.token);
  await createClient({ url: api.url, token: ended.token }).identity.signOut.mutate({});
  const refused = await list(ours.url, ended.token).catch((error: unknown) => platformError(error)?.code);
  invariant(refused === 'UNAUTHENTICATED', 'a session that was ended at one server is refused by the next call at another');
  const side = (url: string) => () => callMany({ url, token, calls, read: (client) => client.portfolio.list.query({}) });
  const held = stack.move();
  return {
    measures: [
      { name: `portfolio.list, ${portfolios} portfolios`, unit: 'calls', target: TARGET, ours: side(ours.url), bare: side(bare.url) },
    ],
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
