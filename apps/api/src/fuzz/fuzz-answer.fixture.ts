import { commonErrors } from '@trii/contract';
import { type Answer, callOperation } from '../tests/call-operation.ts';
import type { WrittenCall } from './fuzz-request.fixture.ts';
import type { CallerName, FuzzWorld } from './fuzz-world.fixture.ts';

/** An error is told in few words, whatever was sent. */
const ERROR_BYTES_MAX = 16_000;
const HEADERS_TOO_LARGE = [414, 431];

export const send = (call: WrittenCall, world: FuzzWorld): Promise<Answer> =>
  callOperation(world.url, { ...call, token: world.tokenOf(call.caller) });

/** Stacks, statements, and names that only our own side knows. */
const INTERNALS =
  /node_modules|\.(?:ts|js|mjs):\d+|^\s+at |\b(?:SELECT|INSERT INTO|UPDATE|DELETE FROM)\b|violates|relation "|column "|syntax error|constraint|SQLSTATE|ECONN[A-Z]|_role\b|trii_|[Pp]ostgres|[Rr]edis|[Kk]ysely|MikroORM|ZodError/m;

/** The first such word in a text that was not made of what the caller sent. */
export function internalsIn(answer: string, sent = ''): string | undefined {
  const shown = INTERNALS.exec(answer)?.[0];
  return shown === undefined || sent.includes(shown) ? undefined : shown;
}

/** What is wrong with an answer; undefined when nothing is. */
export function faultOf(call: WrittenCall, answer: Answer, world: FuzzWorld): string | undefined {
  const { declaration, caller, text, fits } = call;
  const { code } = answer;
  if (answer.status >= 500 || code === 'INTERNAL' || code === 'UNAVAILABLE') return `answered ${answer.status} ${code ?? ''}`;
  const failed = answer.status >= 400 || code !== undefined;
  if (!fits && !failed) return 'took what its schema rejects';
  if (code !== undefined && ![...declaration.errors, ...commonErrors(declaration)].some((known) => known === code))
    return `answered ${code}, which it does not declare`;
  if (failed && code === undefined && !HEADERS_TOO_LARGE.includes(answer.status)) return `failed with ${answer.status} and no code`;
  if (failed && answer.text.length > ERROR_BYTES_MAX) return `answered an error of ${answer.text.length} characters`;
  const shown = failed ? internalsIn(answer.text, text) : undefined;
  if (shown !== undefined) return `shows internals: ${shown}`;
  return leakIn(answer.text, caller, world);
}

function leakIn(shown: string, caller: CallerName, world: FuzzWorld): string | undefined {
  const leaked = world.marksHiddenFrom(caller).find((mark) => shown.includes(mark));
  return leaked === undefined ? undefined : `shows what is not the caller's: ${leaked}`;
}
