import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Piece, type RawAnswer, sendPieces } from '../tests/raw-http.ts';
import { startTestApi, type TestApi } from '../tests/test-api.ts';

// Over bare sockets: what a client library would never send, an attacker does.

let server: TestApi;
beforeAll(async () => {
  server = await startTestApi();
});
afterAll(async () => {
  await server.stop();
});

const send = (pieces: readonly Piece[], silenceMs?: number): Promise<RawAnswer> => sendPieces(server.api.port, pieces, silenceMs);
const post = (headers: readonly string[], body: string): string =>
  ['POST /trpc/identity.signIn HTTP/1.1', 'Host: api', 'Content-Type: application/json', ...headers, '', body].join('\r\n');
/** Bun hangs up on who sends the next request before the answer. */
const ANSWERED_MS = 500;
const SMUGGLED = 'GET /health/live HTTP/1.1\r\nHost: api\r\n\r\n';

describe('a request whose end two readers could see in two places', () => {
  test.each<readonly [string, readonly string[], string]>([
    ['a length and chunks', ['Content-Length: 5', 'Transfer-Encoding: chunked'], `0\r\n\r\n${SMUGGLED}`],
    ['chunks and a length', ['Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${SMUGGLED}`],
    ['two lengths', ['Content-Length: 2', 'Content-Length: 60'], `{}${SMUGGLED}`],
    ['a list of lengths', ['Content-Length: 2, 60'], `{}${SMUGGLED}`],
    ['a signed length', ['Content-Length: +2'], `{}${SMUGGLED}`],
    ['a negative length', ['Content-Length: -2'], `{}${SMUGGLED}`],
    ['a length in hexadecimal', ['Content-Length: 0x2'], `{}${SMUGGLED}`],
    ['a length beyond any number', ['Content-Length: 99999999999999999999999'], `{}${SMUGGLED}`],
    ['an unknown coding', ['Transfer-Encoding: xchunked'], `0\r\n\r\n${SMUGGLED}`],
    ['chunks that are not the last coding', ['Transfer-Encoding: chunked, identity'], `0\r\n\r\n${SMUGGLED}`],
    ['two codings', ['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], `0\r\n\r\n${SMUGGLED}`],
    ['a coding hidden by a space', ['Transfer-Encoding : chunked', 'Content-Length: 5'], `0\r\n\r\n${SMUGGLED}`],
    ['a coding in a folded line', ['X-A: b', ' Transfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${SMUGGLED}`],
    ['a chunk of negative size', ['Transfer-Encoding: chunked'], `-2\r\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    ['a chunk size ended by a bare line feed', ['Transfer-Encoding: chunked'], `2\n{}\r\n0\r\n\r\n${SMUGGLED}`],
    ['a line ended by a carriage return alone', ['X-A: b\rTransfer-Encoding: chunked', 'Content-Length: 5'], `0\r\n\r\n${SMUGGLED}`],
    ['a NUL in a header', ['X-A: b\0c', 'Content-Length: 2'], `{}${SMUGGLED}`],
  ])('%s: refused, and the connection is over', async (_what, headers, body) => {
    const { statuses, isClosed } = await send([post(headers, body)]);
    expect(statuses).toEqual([400]);
    expect(isClosed).toBe(true);
  });

  test('the same request with one true length is answered, and the connection goes on to the next', async () => {
    const { statuses } = await send([post(['Content-Length: 2'], '{}'), ANSWERED_MS, SMUGGLED]);
    expect(statuses).toEqual([400, 200]);
  });
});

describe('headers', () => {
  test('two hosts are one too many', async () => {
    const { text } = await send(['GET /trpc/identity.me HTTP/1.1\r\nHost: api\r\nHost: evil\r\n\r\n']);
    expect(text).toContain('"INVALID_INPUT"');
    expect(text).toContain('"header":"Host"');
  });

  test.each([
    ['one header of 20 kB', `X-A: ${'a'.repeat(20_000)}`],
    ['a thousand headers', Array.from({ length: 1_000 }, (_, n) => `X-${n}: a`).join('\r\n')],
  ])('%s are refused', async (_what, headers) => {
    const { statuses, isClosed } = await send([`GET /health/live HTTP/1.1\r\nHost: api\r\n${headers}\r\n\r\n`]);
    expect(statuses).toEqual([431]);
    expect(isClosed).toBe(true);
  });

  test('an address of 20 kB is refused', async () => {
    const { statuses } = await send([`GET /trpc/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: api\r\n\r\n`]);
    expect(statuses).toEqual([431]);
  });
});

// Both wait for the server's own deadlines, and so at the same time.
describe.concurrent('a slow caller', () => {
  test('gets a typed answer instead of a body that never ends, and loses the connection', { timeout: 40_000 }, async ({ expect }) => {
    const drops = Array.from({ length: 14 }, (): Piece[] => ['1', 1_000]).flat();
    const { text, statuses, isClosed, written } = await send([post(['Content-Length: 100'], '{"a":'), ...drops], 2_000);
    expect(statuses).toEqual([408]);
    expect(text).toContain('"REQUEST_TIMEOUT"');
    expect(isClosed).toBe(true);
    expect(written).toBeLessThan(1 + 14);
  });

  test('has no time to drop its headers one byte a second', { timeout: 40_000 }, async ({ expect }) => {
    const drops = Array.from({ length: 25 }, (): Piece[] => ['a', 1_000]).flat();
    const { statuses, isClosed, written } = await send(['GET /health/live HTTP/1.1\r\nHost: api\r\nX-A: ', ...drops], 1_000);
    expect(statuses).toEqual([]);
    expect(isClosed).toBe(true);
    expect(written).toBeLessThan(1 + 25);
  });
});

describe('an upgrade to WebSocket', () => {
  const upgrade = (origin: string): string =>
    `GET /trpc HTTP/1.1\r\nHost: api\r\nOrigin: ${origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

  test('asked for by a page of a foreign origin is refused for its origin', async () => {
    expect((await send([upgrade('https://evil.example')])).statuses).toEqual([403]);
  });

  test('is granted to nobody: feeds are server-sent events, and go through the checks of every other call', async () => {
    expect((await send([upgrade('http://api')])).statuses).toEqual([404]);
  });
});

test('a body in chunks beyond the limit is refused as one with a length is', async () => {
  const chunk = `10000\r\n${'a'.repeat(0x1_00_00)}\r\n`;
  const { text, statuses, isClosed } = await send([post(['Transfer-Encoding: chunked'], ''), ...Array<string>(5).fill(chunk)]);
  expect(statuses).toEqual([413]);
  expect(text).toContain('"PAYLOAD_TOO_LARGE"');
  expect(isClosed).toBe(true);
});
