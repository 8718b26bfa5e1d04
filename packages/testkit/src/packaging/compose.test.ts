import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { POSTGRES_MAJOR } from '@trii/stack';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { pathOf, textOf } from './repository-files.ts';

const Service = z.object({
  image: z.string().optional(),
  build: z.object({ context: z.literal('..'), dockerfile: z.literal('docker/Dockerfile'), target: z.string() }).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()).default([]),
  ports: z.array(z.object({ target: z.number(), host_ip: z.string() })).optional(),
  networks: z.array(z.string()),
  depends_on: z.record(z.string(), z.object({ condition: z.string() })).default({}),
  read_only: z.boolean().default(false),
  cap_drop: z.array(z.string()).default([]),
  security_opt: z.array(z.string()),
  stop_grace_period: z.string().optional(),
  user: z.string().optional(),
});

const compose = textOf('docker/compose.yaml');
const { services, networks } = z
  .object({
    services: z.record(z.string(), Service),
    networks: z.object({ inner: z.object({ internal: z.literal(true) }), outer: z.null() }),
  })
  .parse(Bun.YAML.parse(compose));
const all = Object.entries(services);
const of = (name: string): z.output<typeof Service> => services[name] ?? expect.unreachable(`there is no service ${name}`);

/** [first group, second group] of every match. */
const pairsIn = (text: string, pattern: RegExp): [string, string][] =>
  [...text.matchAll(pattern)].map(([, first = '', second = '']) => [first, second]);

interface Linter {
  lintFiles(paths: readonly string[], recursively: boolean): unknown;
}
// The package's own types import each other without extensions, which this module resolution does not follow.
const { DCLinter } = (await import('dclint')) as { readonly DCLinter: new (options: unknown) => Linter };
const LintResults = z.array(z.object({ messages: z.array(z.object({ rule: z.string(), line: z.number(), message: z.string() })) }));

const scratch = mkdtempSync(join(tmpdir(), 'trii-compose-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function lint(content: string): string[] {
  const file = join(scratch, 'compose.yaml');
  writeFileSync(file, content);
  // Our services stand in the order in which they start, which is what a reader looks for.
  const rules = { 'service-keys-order': 0, 'services-alphabetical-order': 0, 'top-level-properties-order': 0 } as const;
  const linter = new DCLinter({ rules, quiet: false, debug: false, exclude: [] });
  return LintResults.parse(linter.lintFiles([file], false))
    .flatMap(({ messages }) => messages)
    .map(({ rule, line, message }) => `${rule} ${line}: ${message}`);
}

describe('docker/compose.yaml', () => {
  it('is what the Compose specification allows, and passes the linter', () => {
    expect(lint(compose)).toEqual([]);
  });

  it.each([
    ['healthcheck:', 'healtcheck:', /^invalid-schema/],
    ['condition: service_completed_successfully', 'condition: [done]', /^invalid-schema/],
    [/timescaledb:\S+/, 'timescaledb:latest', /^service-image-require-explicit-tag/],
  ])('would be refused with %j as %j', (from, to, says) => {
    expect(lint(compose.replace(from, to))).toContainEqual(expect.stringMatching(says));
  });

  it('publishes the api alone, on this machine unless told otherwise', () => {
    expect(all.filter(([, { ports }]) => ports !== undefined).map(([name]) => name)).toEqual(['api']);
    expect(of('api').ports).toMatchObject([{ target: 4400, host_ip: '${API_ADDRESS:-127.0.0.1}' }]);
    expect(networks.inner.internal).toBe(true);
    expect(all.filter(([, service]) => service.networks.includes('outer')).map(([name]) => name)).toEqual(['api', 'workers']);
  });

  it.each(all.filter(([name]) => name !== 'postgres'))('%s writes nowhere, has no capability and gets no more rights', (_name, service) => {
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
    expect(service.build !== undefined || service.user === 'redis').toBe(true);
  });

  it('builds targets that the Dockerfile has', () => {
    for (const [name, { build }] of all) if (build !== undefined) expect([name, build.target]).toEqual([name, name]);
    expect(all.filter(([, { build }]) => build).map(([name]) => name)).toEqual(['migrate', 'api', 'workers']);
  });

  it('takes images in exact versions: TimescaleDB 2.28 on the PostgreSQL of the embedded default', () => {
    expect(of('postgres').image).toMatch(new RegExp(String.raw`^timescale/timescaledb:2\.28\.\d+-pg${POSTGRES_MAJOR}$`));
    expect(of('redis-queue').image).toMatch(/^redis:\d+\.\d+\.\d+-/);
    expect(of('redis-cache').image).toBe(of('redis-queue').image);
  });

  it('starts api and workers when roles and schema are there, and Redis answers', () => {
    expect(of('migrate').depends_on).toEqual({ postgres: { condition: 'service_healthy' } });
    for (const name of ['api', 'workers']) {
      expect(of(name).depends_on).toEqual({
        migrate: { condition: 'service_completed_successfully' },
        'redis-cache': { condition: 'service_healthy' },
        'redis-queue': { condition: 'service_healthy' },
      });
    }
  });

  it('waits longer for an end in order than the processes take by themselves', () => {
    // 5 s of the api's calls and 10 s of the workers' jobs, then closing; Docker would kill after 10 s.
    for (const name of ['api', 'workers']) expect(Number.parseInt(of(name).stop_grace_period ?? '0', 10)).toBeGreaterThanOrEqual(15);
  });
});

describe('who knows which secret', () => {
  const named = (name: string): string[] => Object.keys(of(name).environment).toSorted();

  it('each process is given the addresses of its own logins', () => {
    expect(named('api')).toEqual([
      'BLOB_FOLDER',
      'DATABASE_OPERATOR_URL',
      'DATABASE_URL',
      'LOG_LEVEL',
      'PASSWORD_PEPPER',
      'PII_BLIND_INDEX_KEY',
      'PII_MASTER_KEYS',
      'REDIS_CACHE_URL',
      'REDIS_QUEUE_URL',
    ]);
    expect(named('workers')).toEqual([
      'AUDIT_SIGNING_KEY',
      'BLOB_FOLDER',
      'DATABASE_WORKER_URL',
      'LOG_LEVEL',
      'MAIL_FROM',
      'PII_BLIND_INDEX_KEY',
      'PII_MASTER_KEYS',
      'REDIS_CACHE_URL',
      'REDIS_QUEUE_URL',
      'SMTP_URL',
    ]);
    expect(named('migrate')).toEqual([
      'DATABASE_ADMIN_URL',
      'DATABASE_OPERATOR_URL',
      'DATABASE_OWNER_URL',
      'DATABASE_URL',
      'DATABASE_WORKER_URL',
    ]);
  });

  it.each([
    ['api', 'apps/api/src/main.ts'],
    ['workers', 'apps/workers/src/main.ts'],
    ['migrate', 'db/src/main.ts'],
  ])('%s is given all that it asks for', (name, entry) => {
    const asked = spawnSync(process.execPath, [pathOf(entry)], {
      env: name === 'migrate' ? { DATABASE_ADMIN_URL: 'x' } : {},
      encoding: 'utf8',
    });
    const missing = pairsIn(asked.stderr, /^\s+([A-Z_]+): /gm).map(([variable]) => variable);
    expect(missing.length).toBeGreaterThan(1);
    expect(named(name)).toEqual(expect.arrayContaining(missing));
  });

  it('every value comes out of docker/.env, which names all and holds none', () => {
    const used = new Map(pairsIn(compose, /(?<!\$)\$\{(\w+)([^}]*)\}/g));
    const offered = pairsIn(textOf('docker/.env.example'), /^(\w+)=(.*)$/gm);
    expect(offered.map(([name]) => name).toSorted()).toEqual([...used.keys()].toSorted());
    const secrets = offered.filter(([, value]) => value === '' || value === 'k1:').map(([name]) => name);
    expect(secrets.toSorted()).toEqual([...used.keys()].filter((name) => /PASSWORD|PEPPER|KEYS?$/.test(name)).toSorted());
    for (const [name, rest] of used) expect([name, /^:\?./.test(rest)]).toEqual([name, secrets.includes(name)]);
  });

  it('docker/.env is made with a secret each, readable by its owner alone, never made anew and never committed', () => {
    const file = join(scratch, 'secrets.env');
    const make = () => spawnSync(process.execPath, [pathOf('scripts/compose-secrets.mjs'), file], { encoding: 'utf8' });
    expect(make().status).toBe(0);
    const made = readFileSync(file, 'utf8');
    const values = pairsIn(made, /^\w*(?:PASSWORD|PEPPER|KEY)\w*=(?:k1:)?([\w-]{43})$/gm).map(([value]) => value);
    expect(values).toHaveLength(10);
    expect(new Set(values).size).toBe(10);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(make()).toMatchObject({ status: 1, stderr: expect.stringContaining('stays as it is') });
    expect(readFileSync(file, 'utf8')).toBe(made);
    expect(textOf('.gitignore').split('\n')).toContain('.env');
  });
});

describe('the two Redis', () => {
  const settingsOf = (file: string): Record<string, string> => Object.fromEntries(pairsIn(textOf(file), /^([a-z-]+) (.+)$/gm));

  it('of the queues evicts nothing and keeps what it confirmed', () => {
    expect(settingsOf('docker/redis-queue.conf')).toMatchObject({
      'maxmemory-policy': 'noeviction',
      appendonly: 'yes',
      maxmemory: '512mb',
    });
    expect(of('redis-queue').volumes).toEqual(['./redis-queue.conf:/usr/local/etc/redis/redis.conf:ro', 'redis-queue:/data']);
  });

  it('of the cache evicts what is used least and keeps nothing', () => {
    expect(settingsOf('docker/redis-cache.conf')).toMatchObject({
      'maxmemory-policy': 'allkeys-lru',
      appendonly: 'no',
      maxmemory: '256mb',
    });
    expect(of('redis-cache').volumes).toEqual(['./redis-cache.conf:/usr/local/etc/redis/redis.conf:ro']);
  });

  it('are not taken for each other', () => {
    expect(of('api').environment['REDIS_QUEUE_URL']).toMatch(/@redis-queue:6379\/0$/);
    expect(of('workers').environment['REDIS_QUEUE_URL']).toMatch(/@redis-queue:6379\/0$/);
    expect(of('api').environment['REDIS_CACHE_URL']).toMatch(/@redis-cache:6379\/0$/);
    expect(of('workers').environment['REDIS_CACHE_URL']).toMatch(/@redis-cache:6379\/0$/);
  });
});
