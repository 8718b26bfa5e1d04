import type { OutputOf } from '@trii/contract';
import { appendAudit, auditedId } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Call, ExecutorParts } from './execution.ts';
import type { QueryHandler } from './handler.ts';
import { parseInput, parseOutput } from './parse.ts';
import { personalSession, subjectOf } from './personal-keys.ts';
import { slotOf } from './read-cache.ts';

/**
 * A read-only transaction under the actor's session; an operation that reads personal data leaves an audit row before it answers. One that says
 * so is answered out of the cache, after it was authorised and parsed like any other.
 */
export async function executeQuery<H extends QueryHandler>(
  parts: ExecutorParts,
  handler: H,
  call: Call,
): Promise<OutputOf<H['declaration']>> {
  const { declaration } = handler;
  const authorised = await authorise(declaration, call.actor, parts);
  const input = parseInput(declaration, call.input);
  const about = { declaration, actor: call.actor, input };
  const session = await personalSession({ ...about, transactions: parts.transactions, vault: parts.ports.vault, session: authorised });
  const load = async (): Promise<OutputOf<H['declaration']>> => {
    const view = await parts.transactions.read(session, (sql) => handler.handle({ sql, actor: call.actor, clock: parts.clock }, input));
    return parseOutput(declaration, view) as OutputOf<H['declaration']>;
  };
  if (handler.cache !== undefined && parts.cache !== undefined)
    return parts.cache.store.read({ slot: slotOf(handler.cache, session, input), parse: (kept) => parsedOutput(declaration, kept), load });
  const view = await load();
  if (declaration.pii) {
    await parts.transactions.bulk(authorised, ({ sql }) =>
      appendAudit(sql, authorised, {
        declaration,
        actor: call.actor,
        origin: call.origin,
        outcome: 'ok',
        note: { ...entity(auditedId(declaration, input) ?? subjectOf(about)) },
        at: parts.clock.now(),
      }),
    );
  }
  return view;
}

function parsedOutput<H extends QueryHandler>(declaration: H['declaration'], kept: unknown): OutputOf<H['declaration']> | undefined {
  const parsed = declaration.output.safeParse(kept);
  return parsed.success ? (parsed.data as OutputOf<H['declaration']>) : undefined;
}

const entity = (entityId: string | undefined) => (entityId === undefined ? {} : { entityId });
