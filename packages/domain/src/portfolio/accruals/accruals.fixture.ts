import { cash } from '@trii/contract';
import { addDays, decimal, newId, parseLocalDate, roundDecimal, toDecimalString, ZERO, type Decimal, type LocalDate } from '@trii/kernel';
import type { TestPlatform } from '@trii/testkit';
import { systemHandlers } from '../../handlers.ts';
import { localOrigin, systemActor } from '../../platform/index.ts';

const { dispatchAccruals, postAccruals } = systemHandlers.cash;
const systemCall = (input: unknown) => ({ actor: systemActor('test'), input, origin: localOrigin(newId()) });

/** Dispatches and runs what was asked for, and tells investors, as the workers would. @returns how many ledger transactions were written */
export async function closeMonths({ executor, inspect }: TestPlatform): Promise<number> {
  await executor.run(dispatchAccruals, systemCall({}));
  let posted = 0;
  for (const { id, payload } of await waiting(inspect, cash.AccrualShardDue.name)) {
    const call = { ...systemCall(payload), completes: { eventId: id, jobName: 'post-accruals' } };
    posted += (await executor.batch(postAccruals, call)).posted;
  }
  for (const { id, payload } of await waiting(inspect, cash.AccrualsPosted.name))
    await executor.run(systemHandlers.notifications.tellAccruals, {
      ...systemCall(payload),
      completes: { eventId: id, jobName: 'tell-accruals' },
    });
  return posted;
}

const waiting = (inspect: TestPlatform['inspect'], event: string): Promise<{ id: string; payload: unknown }[]> =>
  inspect(
    `SELECT o.id, o.payload FROM outbox o JOIN deliveries d ON d.event_id = o.id WHERE o.name = $1 AND d.status <> 'done' ORDER BY o.sequence`,
    [event],
  );

export interface ModelRate {
  readonly from: string;
  readonly daysOfYear: number;
  /** Hundredths of a percent of what is up to a bound; the last without one. */
  readonly slices: readonly (readonly [string | null, string])[];
}

interface Move {
  readonly date: string;
  readonly amount: string;
}

/** The same worked out day by day and cent by cent, as a person would with a pocket calculator. 18 digits after the point. */
export function modelInterest(moves: readonly Move[], rates: readonly ModelRate[], through: string): string {
  let sum = ZERO;
  let balance = ZERO;
  const first = moves.map(({ date }) => date).toSorted()[0] ?? through;
  for (let day: LocalDate = parseLocalDate(first); day <= through; day = addDays(day, 1)) {
    for (const move of moves) if (move.date === day) balance = balance.plus(decimal(move.amount));
    const rate = rates.findLast(({ from }) => from <= day);
    if (rate !== undefined) sum = sum.plus(ofDay(balance, rate));
  }
  return toDecimalString(roundDecimal(sum, { scale: 18, rounding: 'half-even' }));
}

function ofDay(balance: Decimal, { slices, daysOfYear }: ModelRate): Decimal {
  let left = balance;
  let from = ZERO;
  let interest = ZERO;
  for (const [upTo, bps] of slices) {
    const width = upTo === null ? left : decimal(upTo).minus(from);
    const part = left.lessThan(width) ? left : width;
    if (part.greaterThan(0)) interest = interest.plus(part.times(decimal(bps)).div(10_000).div(daysOfYear));
    left = left.minus(width);
    from = upTo === null ? from : decimal(upTo);
  }
  return interest;
}
