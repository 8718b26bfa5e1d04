import { analytics, portfolio, trading, type EventDeclaration, type OutputOf } from '@trii/contract';
import { handler, userIdOf, type FeedFrame, type LiveEvent } from '../platform/index.ts';

type Frame = FeedFrame<OutputOf<typeof portfolio.updates>>;

/** Before the first event of any stream: a reconnect that never saw an event gets all that is kept. */
const STREAM_START = '0-0';

/** Events whose aggregate is a portfolio, whichever area declares them. */
const ofPortfolios: ReadonlySet<string> = new Set(
  [portfolio, trading, analytics].flatMap((area) => Object.values(area).filter(isPortfolioEvent)).map(({ name }) => name),
);

function isPortfolioEvent(declared: unknown): declared is EventDeclaration {
  return typeof declared === 'object' && declared !== null && 'aggregateType' in declared && declared.aggregateType === 'PORTFOLIO';
}

/**
 * What happens to the investor's portfolios. The subscription stands before the snapshot frame goes out, so a client that reads its portfolios on
 * that frame misses nothing. A gap keeps the last id that was seen: there is no newer one to name, and seeing an event twice is harmless.
 */
export const updatesHandler = handler(portfolio.updates, {
  async *run(ctx, { lastEventId }): AsyncGenerator<Frame> {
    const ending = new AbortController();
    const signal = AbortSignal.any([ctx.signal, ending.signal]);
    const batches = ctx.ports.live.subscribe(userIdOf(ctx.actor), { after: lastEventId, signal })[Symbol.asyncIterator]();
    let id = lastEventId ?? STREAM_START;
    try {
      // Asking for the first batch is what subscribes. Its failure is met below; until then nobody looks at it.
      let pending = batches.next();
      pending.catch(() => undefined);
      yield { id, data: { kind: 'snapshot', events: [] } };
      for (let next = await pending; next.done !== true; next = await pending) {
        const batch = next.value;
        if (batch === 'gap') {
          yield { id, data: { kind: 'gap', events: [] } };
        } else {
          id = batch.at(-1)?.id ?? id;
          yield { id, data: { kind: 'events', events: batch.map(eventView) } };
        }
        pending = batches.next();
      }
    } finally {
      // A reader that stops early leaves a `next` waiting; the signal ends it, and with it the subscription.
      ending.abort();
      await batches.return?.();
    }
  },
});

const eventView = ({ id, name, aggregateId }: LiveEvent): Frame['data']['events'][number] => ({
  id,
  name,
  portfolioId: ofPortfolios.has(name) ? aggregateId : null,
});
