import { portfolio } from '@trii/contract';
import { newId } from '@trii/kernel';
import type { TestPlatform } from '@trii/testkit';
import { systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor, type BatchCall } from '../../platform/index.ts';

const { dispatchActions, applyActions } = systemHandlers.portfolio;
const systemCall = (input: unknown) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });

/** Dispatches and runs what was asked for, as the workers would. @returns what the runs answered, added up */
export async function applyDueActions(
  { executor, inspect }: TestPlatform,
  options: Pick<BatchCall, 'onChunk' | 'signal'> = {},
): Promise<{ applied: number; blocked: number }> {
  await executor.run(dispatchActions, systemCall({}));
  const sum = { applied: 0, blocked: 0 };
  const events = await inspect<{ id: string; payload: unknown }>(
    `SELECT o.id, o.payload FROM outbox o JOIN deliveries d ON d.event_id = o.id WHERE o.name = $1 AND d.job_name = 'apply-actions' AND d.status <> 'done' ORDER BY o.sequence`,
    [portfolio.ActionShardDue.name],
  );
  for (const { id, payload } of events) {
    const call = { ...systemCall(payload), completes: { eventId: id, jobName: 'apply-actions' }, ...options };
    const { applied, blocked } = await executor.batch(applyActions, call);
    sum.applied += applied;
    sum.blocked += blocked;
  }
  return sum;
}

/** What the ledger check finds: nothing, unless the books are broken. */
export const ledgerDifferencesOf = async ({ executor }: TestPlatform): Promise<number> =>
  (await executor.batch(systemHandlers.portfolio.checkLedger, systemCall({ runKey: newId() }))).differences;
