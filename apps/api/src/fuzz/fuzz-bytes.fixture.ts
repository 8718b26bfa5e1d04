import { callerOperations } from '@trii/contract';
import * as fc from 'fast-check';
import { changedTables } from '@trii/testkit';
import { attackInBlocks, type FuzzLimits, TOLD_MAX } from './blocks.fixture.ts';
import { internalsIn } from './fuzz-answer.fixture.ts';
import type { FuzzWorld } from './fuzz-world.fixture.ts';

/** A request that need not be a call of anything. */
interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | undefined;
}

interface RawAnswer {
  readonly status: number;
  readonly text: string;
}

const names = callerOperations.map(({ name }) => name);
const name = fc.constantFrom(...names);
const visible = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)), maxLength: 80 });

const path = fc.oneof(
  name.map((operation) => `/trpc/${operation}`),
  fc.array(name, { minLength: 1, maxLength: 40 }).map((batch) => `/trpc/${batch.join(',')}?batch=1`),
  fc.tuple(name, visible).map(([operation, query]) => `/trpc/${operation}?input=${query}`),
  visible.map((rest) => `/trpc/${rest.replace(/^\/+/, '')}`),
  fc.constantFrom(
    ...[
      ['/trpc', '/trpc/', '/trpc/%', '/trpc/%00', '/trpc/%ff', '/trpc/__proto__', '/trpc/constructor.name', '/trpc/identity.__proto__'],
      [
        '/trpc/identity',
        '/trpc/.',
        '/trpc/..%2fhealth',
        '/trpc//identity.me',
        '/trpc/identity.me/',
        '/trpc/identity/me',
        '/trpc/,,,?batch=1',
      ],
      [
        '/trpc/identity.me?batch=2',
        '/trpc/identity.me?batch=1&batch=0',
        '/trpc/identity.me?connectionParams={',
        '/',
        '/health/x',
        '/openapi.json/',
      ],
    ].flat(),
  ),
);

const contentType = fc.constantFrom(
  ...[
    ['application/json', 'application/json; charset=utf-16', 'APPLICATION/JSON', 'text/plain', 'application/x-www-form-urlencoded'],
    [
      'multipart/form-data',
      'multipart/form-data; boundary=x',
      'application/octet-stream',
      'application/json, text/plain',
      'text/json',
      '*/*',
    ],
  ].flat(),
);

const headers = fc
  .record(
    {
      'content-type': contentType,
      accept: fc.constantFrom('application/jsonl', 'text/event-stream', '*/*'),
      'trpc-accept': fc.constantFrom('application/jsonl', 'x'),
      'idempotency-key': visible,
      'x-request-id': visible,
      'last-event-id': visible,
      'content-encoding': fc.constantFrom('gzip', 'identity', 'br'),
      'x-http-method-override': fc.constantFrom('POST', 'DELETE'),
      authorization: fc.oneof(
        visible,
        visible.map((token) => `Bearer ${token}`),
      ),
      cookie: visible,
      origin: fc.constantFrom('null', 'https://evil.example'),
    },
    { requiredKeys: [] },
  )
  // What is left out may stand there as undefined.
  .map((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== '')));

const bytes = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(new TextEncoder().encode(text));

/** The example of an operation with a byte of it changed, or cut off. */
const damagedExample = fc
  .tuple(fc.constantFrom(...callerOperations), fc.nat(400), fc.integer({ min: 0, max: 255 }), fc.boolean())
  .map(([{ example }, position, byte, isCut]) => {
    const text = bytes(JSON.stringify(example));
    const at = position % text.length;
    if (isCut) return text.slice(0, at);
    text[at] = byte;
    return text;
  });

const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((random) => new Uint8Array(random)),
  damagedExample,
  fc.json().map(bytes),
  fc
    .constantFrom('', '\uFEFF{}', 'null', '[]', '{"0":{}}', '{"0":null,"1":1}', '{"__proto__":{"0":{}}}', `"${'x'.repeat(300_000)}"`)
    .map(bytes),
);

const request: fc.Arbitrary<RawRequest> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'POST', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD'),
  path,
  headers,
  body,
});

async function sendRaw({ method, path, headers, body }: RawRequest, url: string): Promise<RawAnswer> {
  const isBodiless = method === 'GET' || method === 'HEAD';
  const response = await fetch(`${url}${path}`, { method, headers, ...(isBodiless || body === undefined ? {} : { body }) });
  return { status: response.status, text: await response.text() };
}

function rawFaultOf({ method }: RawRequest, { status, text }: RawAnswer): string | undefined {
  if (status >= 500 || text.includes('"INTERNAL"')) return `answered ${status}`;
  if (status >= 400 && method !== 'HEAD' && !/"error":\s*\{?.*"(?<code>[A-Z_]+)"/s.test(text)) return `failed with ${status} and no code`;
  const shown = internalsIn(text);
  return shown === undefined ? undefined : `shows internals: ${shown}`;
}

const PER_BLOCK = 40;

/** Sends what is hardly a call, from nobody, and says how much. It is answered like one, and what is refused writes nothing. */
export async function fuzzBytes(world: FuzzWorld, limits: FuzzLimits): Promise<number> {
  let sent = 0;
  const blocks = fc.array(request, { minLength: 1, maxLength: PER_BLOCK, size: 'max' });
  await attackInBlocks(blocks, limits, async (block) => {
    const before = await world.counts();
    let isAllRefused = true;
    for (const one of block) {
      const answer = await sendRaw(one, world.url);
      const fault = rawFaultOf(one, answer);
      if (fault !== undefined) throw new Error(`${one.method} ${one.path}: ${fault}\n${answer.text.slice(0, TOLD_MAX)}`);
      isAllRefused &&= answer.status >= 400;
      sent += 1;
    }
    const tables = changedTables(before, await world.counts());
    if (isAllRefused && tables.length > 0) throw new Error(`refused requests wrote to ${tables.join(', ')}`);
  });
  return sent;
}
