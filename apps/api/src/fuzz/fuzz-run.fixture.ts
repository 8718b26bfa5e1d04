import { type AnyDeclaration, callerOperations, identity, market, trading } from '@trii/contract';
import { changedTables } from '@trii/testkit';
import { attackInBlocks, type FuzzLimits, TOLD_MAX } from './blocks.fixture.ts';
import { faultOf, send } from './fuzz-answer.fixture.ts';
import { blocksOfCalls, everyCall, type FuzzCall, type WrittenCall, written } from './fuzz-request.fixture.ts';
import type { FuzzWorld } from './fuzz-world.fixture.ts';

export interface Tally {
  sent: number;
  /** Of these the schema takes so many. */
  fitting: number;
  /** So many were done. */
  done: number;
}

export type Tallies = ReadonlyMap<string, Tally>;

export const emptyTallies = (): Tallies => new Map(callerOperations.map(({ name }) => [name, { sent: 0, fitting: 0, done: 0 }]));

/** Each asks for a code, or an account without, or for what other calls take away at once: of everything together few would ever be done. */
const soonUsedUp: readonly AnyDeclaration[] = [
  trading.recordTrade,
  market.recordAction,
  identity.readExportPart,
  identity.endSession,
  identity.signIn,
  identity.confirmPassword,
  identity.confirmTotp,
  identity.renewRecoveryCodes,
  identity.disableTotp,
  identity.submitKyc,
];

/** As many at once as a browser would. */
const AT_ONCE = 6;

/** Sends blocks of calls: what the schemas reject first, so that whatever is written then is known to be wrong. */
export async function fuzzCalls(world: FuzzWorld, tallies: Tallies, limits: FuzzLimits): Promise<void> {
  const attack = async (block: readonly FuzzCall[]): Promise<void> => {
    const calls = block.map((call) => written(call, world));
    const before = await world.counts();
    await sendAll({ calls: calls.filter(({ fits }) => !fits), world, tallies });
    const tables = changedTables(before, await world.counts());
    if (tables.length > 0) throw new Error(`inputs that their schemas reject wrote to ${tables.join(', ')}`);
    // Making somebody new writes, and so has no place above.
    await sendAll({ calls: calls.filter(({ fits }) => fits), world, tallies, onFallen: world.restore });
    await world.restore();
  };
  for (const declaration of soonUsedUp) {
    const caller = declaration.access.to === 'operator' ? 'operator' : 'investor';
    await world.renew(declaration, caller);
    await attack([{ declaration, caller, input: { slotOf: 'caller', path: [] } }]);
  }
  await attack(everyCall);
  await attackInBlocks(blocksOfCalls, limits, attack);
}

interface Sending {
  readonly calls: readonly WrittenCall[];
  readonly world: FuzzWorld;
  readonly tallies: Tallies;
  readonly onFallen?: () => Promise<void>;
}

async function sendAll({ calls, world, tallies, onFallen }: Sending): Promise<void> {
  for (let first = 0; first < calls.length; first += AT_ONCE) {
    const now = calls.slice(first, first + AT_ONCE);
    // All of them end before the next begins, even when one fails: what a straggler writes would be blamed on others.
    const settled = await Promise.allSettled(now.map((call) => sendOne(call, world)));
    const outcomes = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    for (const [index, { declaration, fits }] of now.entries()) {
      const tally = tallies.get(declaration.name);
      if (tally === undefined) continue;
      tally.sent += 1;
      if (fits) tally.fitting += 1;
      if (outcomes[index]?.isDone === true) tally.done += 1;
    }
    if (outcomes.some(({ isFallen }) => isFallen)) await onFallen?.();
  }
}

async function sendOne(given: WrittenCall, world: FuzzWorld): Promise<{ readonly isDone: boolean; readonly isFallen: boolean }> {
  // Written anew: the caller may be somebody else by now.
  const call = written(given, world);
  const { declaration, caller, text } = call;
  world.hear(caller, text);
  const answer = await send(call, world);
  const fault = faultOf(call, answer, world);
  if (fault !== undefined) {
    const cause = world.logger.lines.findLast(({ level }) => level === 'error')?.fields['error'];
    const told = answer.text.slice(0, TOLD_MAX);
    throw new Error(`${declaration.name} as ${caller} with ${text.slice(0, TOLD_MAX)}: ${fault}\n${told}`, { cause });
  }
  return {
    isDone: answer.code === undefined && answer.status < 400,
    isFallen: caller !== 'anonymous' && answer.code === 'UNAUTHENTICATED',
  };
}
