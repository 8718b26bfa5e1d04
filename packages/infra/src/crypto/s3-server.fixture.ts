import { createHash, createHmac } from 'node:crypto';

// As much of S3 as a blob store asks of it, written from its documentation (Signature Version 4, ListObjectsV2, conditional writes): a request whose
// signature is not the one that its secret gives is refused.

export interface S3Server {
  readonly url: string;
  readonly objects: Map<string, Buffer>;
  /** Method and key of each request that was let in. */
  readonly asked: string[];
  stop(): Promise<void>;
}

export interface S3Account {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
  readonly bucket: string;
}

const PAGE = 2;

export function startS3Server(account: S3Account, silent = false): S3Server {
  const objects = new Map<string, Buffer>();
  const asked: string[] = [];
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request) {
      if (silent) return new Promise<Response>(() => undefined);
      const url = new URL(request.url);
      const body = Buffer.from(await request.arrayBuffer());
      if (!isSigned(request, { url, body, account })) return refusal(403, 'SignatureDoesNotMatch');
      const [, bucket, ...rest] = decodeURIComponent(url.pathname).split('/');
      if (bucket !== account.bucket) return refusal(404, 'NoSuchBucket');
      const key = rest.join('/');
      asked.push(`${request.method} ${key}`);
      return key === '' ? listed(objects, url.searchParams) : answered(request, { objects, key, body });
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, objects, asked, stop: () => server.stop(true) };
}

interface Asked {
  readonly objects: Map<string, Buffer>;
  readonly key: string;
  readonly body: Buffer;
}

function answered({ method, headers }: Request, { objects, key, body }: Asked): Response {
  const found = objects.get(key);
  if (method === 'PUT') {
    if (headers.get('if-none-match') === '*' && found !== undefined) return refusal(412, 'PreconditionFailed');
    objects.set(key, body);
    return new Response();
  }
  if (method === 'DELETE') {
    objects.delete(key);
    return new Response(null, { status: 204 });
  }
  if (found === undefined) return refusal(404, 'NoSuchKey');
  if (method === 'HEAD') return new Response(null, { headers: { 'content-length': String(found.length), etag: '"x"' } });
  const [, from = '0', to = String(found.length - 1)] = /^bytes=(\d+)-(\d*)$/.exec(headers.get('range') ?? '') ?? [];
  const part = found.subarray(Number(from), to === '' ? undefined : Number(to) + 1);
  return new Response(new Uint8Array(part), { status: headers.has('range') ? 206 : 200 });
}

function listed(objects: Map<string, Buffer>, asked: URLSearchParams): Response {
  const after = asked.get('start-after') ?? '';
  const keys = [...objects.keys()].filter((key) => key.startsWith(asked.get('prefix') ?? '') && key > after).toSorted();
  const from = Number(asked.get('continuation-token') ?? 0);
  const page = keys.slice(from, from + PAGE);
  const isTruncated = from + PAGE < keys.length;
  const next = isTruncated ? `<NextContinuationToken>${from + PAGE}</NextContinuationToken>` : '';
  const contents = page.map((key) => `<Contents><Key>${key}</Key><Size>${objects.get(key)?.length ?? 0}</Size></Contents>`).join('');
  return new Response(
    `<?xml version="1.0"?><ListBucketResult><IsTruncated>${isTruncated}</IsTruncated>${next}<KeyCount>${page.length}</KeyCount>${contents}</ListBucketResult>`,
    { headers: { 'content-type': 'application/xml' } },
  );
}

const refusal = (status: number, code: string): Response =>
  new Response(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${code}</Message></Error>`, {
    status,
    headers: { 'content-type': 'application/xml' },
  });

interface Signed {
  readonly url: URL;
  readonly body: Buffer;
  readonly account: S3Account;
}

/** Signature Version 4, in the header or in the address. */
function isSigned(request: Request, { url, body, account }: Signed): boolean {
  const query = url.searchParams;
  const inAddress = query.get('X-Amz-Signature');
  const header = /Credential=(?<credential>[^,]+), ?SignedHeaders=(?<names>[^,]+), ?Signature=(?<signature>[0-9a-f]+)/.exec(
    request.headers.get('authorization') ?? '',
  )?.groups;
  const credential = (inAddress === null ? header?.['credential'] : query.get('X-Amz-Credential')) ?? '';
  const names = ((inAddress === null ? header?.['names'] : query.get('X-Amz-SignedHeaders')) ?? '').split(';');
  const at = (inAddress === null ? request.headers.get('x-amz-date') : query.get('X-Amz-Date')) ?? '';
  const told = request.headers.get('x-amz-content-sha256');
  if (inAddress === null && told !== 'UNSIGNED-PAYLOAD' && told !== sha256(body)) return false;
  const pairs = [...query.entries()]
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  const canonical = [
    request.method,
    url.pathname,
    pairs.toSorted((a, b) => (a < b ? -1 : 1)).join('&'),
    ...names.map((name) => `${name}:${(name === 'host' ? url.host : (request.headers.get(name) ?? '')).trim()}`),
    '',
    names.join(';'),
    inAddress === null ? (told ?? '') : 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const scope = [at.slice(0, 8), account.region, 's3', 'aws4_request'];
  if (credential !== [account.accessKeyId, ...scope].join('/')) return false;
  const signingKey = scope.reduce<string | Buffer>(
    (key, part) => createHmac('sha256', key).update(part).digest(),
    `AWS4${account.secretAccessKey}`,
  );
  const text = ['AWS4-HMAC-SHA256', at, scope.join('/'), sha256(Buffer.from(canonical))].join('\n');
  return createHmac('sha256', signingKey).update(text).digest('hex') === (inAddress ?? header?.['signature']);
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
const encoded = (text: string): string =>
  encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
