import { Failure } from '@trii/domain';
import { jsonProblem } from './json-text.ts';

/** A body must be whole by then; a caller that sends a byte now and then holds nothing for longer. */
const BODY_MS = 10_000;
const BODY_BYTES_MAX = 256 * 1024;

export interface BodyLimits {
  readonly bytes: number;
  readonly ms: number;
}

export const bodyLimits: BodyLimits = { bytes: BODY_BYTES_MAX, ms: BODY_MS };

/** Operations in one HTTP batch. */
export const BATCH_MAX = 20;

/** What tRPC reads from an address; whatever else stands there was written for another reader. */
const parameters = new Set(['batch', 'input', 'lastEventId', 'Last-Event-Id']);

/** Of a call; whatever else was meant would be refused without a word of why, under no request id. */
const methods = new Set(['GET', 'HEAD', 'POST']);

const wrong = (details: Record<string, unknown>): Failure => new Failure('INVALID_INPUT', details);

/**
 * Refuses what two readers may understand differently, and what a form of a foreign page could send: several hosts, repeated or unknown
 * parameters, a body that is not JSON in UTF-8, keys that stand there twice.
 * @throws Failure INVALID_INPUT
 */
export function assertCallShape(request: Request): void {
  const { headers, method } = request;
  if (!methods.has(method)) throw wrong({ method: 'GET for queries and feeds, POST for commands' });
  if (headers.get('host')?.includes(',') === true) throw wrong({ header: 'Host', problem: 'exactly one' });
  const query = request.url.indexOf('?');
  if (query !== -1) assertParameters(new URLSearchParams(request.url.slice(query + 1)));
  assertCallCount(new URL(request.url).pathname);
  // A streamed batch begins before its calls have ended, and so before what they want in its headers is known.
  if (/application\/jsonl/i.test(`${headers.get('trpc-accept') ?? ''},${headers.get('accept') ?? ''}`))
    throw wrong({ header: 'Accept', problem: 'application/json' });
  if (method !== 'POST') return;
  if (!/^application\/json\s*(?:;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(headers.get('content-type') ?? ''))
    throw wrong({ header: 'Content-Type', problem: 'application/json' });
  if (!/^(?:identity)?$/i.test(headers.get('content-encoding') ?? '')) throw wrong({ header: 'Content-Encoding', problem: 'none' });
}

function assertCallCount(path: string): void {
  let names: string;
  try {
    names = decodeURIComponent(path);
  } catch {
    throw wrong({ problem: 'an address in UTF-8, escaped by two digits' });
  }
  // No operation has a comma in its name.
  if (names.split(',').length > BATCH_MAX) throw wrong({ problem: `at most ${BATCH_MAX} operations in a batch` });
}

function assertParameters(given: URLSearchParams): void {
  const names = new Set<string>();
  for (const [name, value] of given) {
    if (!parameters.has(name)) throw wrong({ parameter: name.slice(0, 50), problem: 'not known' });
    if (names.has(name)) throw wrong({ parameter: name, problem: 'only once' });
    names.add(name);
    if (name === 'input') assertJson(value);
  }
}

/**
 * The whole body as text, within bounds of size and time.
 * @throws Failure PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, INVALID_INPUT for what is no UTF-8
 */
export async function readBody({ body, headers }: Request, { bytes, ms }: BodyLimits): Promise<string> {
  if (Number(headers.get('content-length') ?? 0) > bytes) throw new Failure('PAYLOAD_TOO_LARGE', { bytesMax: bytes });
  if (body === null) return '';
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Failure('REQUEST_TIMEOUT')), ms);
  });
  try {
    return await Promise.race([wholeText(reader, bytes), late]);
  } finally {
    clearTimeout(timer);
    // What is still to come is not wanted; after the end this does nothing.
    reader.cancel().catch(() => undefined);
  }
}

async function wholeText(reader: ReadableStreamDefaultReader<Uint8Array>, bytesMax: number): Promise<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let text = '';
  let bytes = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (value !== undefined) bytes += value.length;
    if (bytes > bytesMax) throw new Failure('PAYLOAD_TOO_LARGE', { bytesMax });
    try {
      text += decoder.decode(value, { stream: !done });
    } catch {
      throw wrong({ problem: 'a body in UTF-8' });
    }
    if (done) return text;
  }
}

/** @throws Failure INVALID_INPUT */
export function assertJson(text: string): void {
  const problem = jsonProblem(text);
  if (problem !== undefined) throw wrong({ problem });
}
