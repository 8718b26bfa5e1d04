import { commonErrors } from '@trii/contract';
import type { WrittenCall } from './fuzz-request.fixture.ts';
import type { CallerName, FuzzWorld } from './fuzz-world.fixture.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Of a feed only the beginning is read. */
const FIRST_FRAMES_BYTES = 2_000;
/** An error is told in few words, whatever was sent. */
const ERROR_BYTES_MAX = 16_000;
const HEADERS_TOO_LARGE = [414, 431];

export async function send(call: WrittenCall, world: FuzzWorld): Promise<Answer> {
  const { declaration, caller, text } = call;
  const token = world.tokenOf(caller);
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const url = `${world.url}/trpc/${declaration.name}`;
  if (declaration.kind === 'command') {
    const response = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: text });
    return { status: response.status, text: await response.text() };
  }
  const response = await fetch(`${url}?input=${encodeURIComponent(text.toWellFormed())}`, { headers });
  if (declaration.kind !== 'feed' || response.body === null) return { status: response.status, text: await response.text() };
  return { status: response.status, text: await beginningOf(response.body) };
}

async function beginningOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  // A frame follows the greeting at once: the snapshot, or what is wrong.
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    if (/^event: (?!connected)|^id: /m.test(text) || text.length > FIRST_FRAMES_BYTES) break;
  }
  return text;
}

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
  const code = /"error":"(?<code>[A-Z_]+)"/.exec(answer.text)?.groups?.['code'];
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
