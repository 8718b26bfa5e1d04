import type { OutputOf } from '@trii/contract';
import { appendAudit, auditedId } from './audit.ts';
import { authorise } from './authorise.ts';
import type { Call, ExecutorParts } from './execution.ts';
import type { QueryHandler } from './handler.ts';
import { parseInput, parseOutput } from './parse.ts';

/** A read-only transaction under the actor's session; an operation that reads personal data leaves an audit row before it answers. */
export async function executeQuery<H extends QueryHandler>(
  parts: ExecutorParts,
  handler: H,
  call: Call,
): Promise<OutputOf<H['declaration']>> {
  const { declaration } = handler;
  const session = authorise(declaration, call.actor);
  const input = parseInput(declaration, call.input);
  const view = await parts.transactions.read(session, (sql) => handler.handle({ sql, actor: call.actor, clock: parts.clock }, input));
  if (declaration.pii) {
    await parts.transactions.bulk(session, ({ sql }) =>
      appendAudit(sql, session, {
        declaration,
        actor: call.actor,
        origin: call.origin,
        outcome: 'ok',
        note: { ...entity(auditedId(declaration, input)) },
        at: parts.clock.now(),
      }),
    );
  }
  return parseOutput(declaration, view) as OutputOf<H['declaration']>;
}

const entity = (entityId: string | undefined) => (entityId === undefined ? {} : { entityId });
