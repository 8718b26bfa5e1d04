import { appendFileSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient, downloadMyData, type TriiClient } from '@trii/client';
import { keyRingVault, readConfig } from '@trii/infra';
import { systemClock } from '@trii/kernel';
import {
  codeOf,
  exportDatabase,
  exportRedis,
  keyNeedles,
  leaksIn,
  type Needle,
  type Places,
  readFolder,
  tellRedis,
  textNeedles,
  withClient,
} from '@trii/testkit';
import { unzipSync } from 'fflate';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type RunningPlatform, startPlatform } from '../demo/running-platform.fixture.ts';

// Everything that personal data and keys pass is searched for both, after operations of a real api, worker and command line have used them.

const PERSON = { firstName: 'Quenqalia', lastName: 'Vrostwik' };
const FIRST = { phone: '+579914470021', birthDate: '1931-02-19', incomeRange: { min: '48213.77', max: '91736.31' } };
const SECOND = { phone: '+579914470022', birthDate: '1932-08-03', firstName: 'Quenqalibel' };
const SHOWN = { first_name: SECOND.firstName, last_name: PERSON.lastName };
/** Refused by the table itself, its trigger switched off. */
const REFUSED = { phone: '+579914470023', lastName: 'Vrostwika' };
/** Not even a phone number: refused at the door. */
const MALFORMED = 'tel-9914470024-Vrostwik';
const EMAIL = 'canary@example.com';
const PASSWORD = 'correct horse battery';

let trii: RunningPlatform;
let client: TriiClient;
let operator: TriiClient;
let needles: readonly Needle[];
/** Told to its owner once, and to nobody again. */
let shownOnce: Readonly<Record<string, string>>;
/** What callers were told when something failed. */
const told: string[] = [];

beforeAll(async () => {
  trii = await startPlatform({ isBare: true });
  // As bad as it gets: a server that logs every statement.
  await admin("ALTER SYSTEM SET log_statement = 'all'");
  await admin('SELECT pg_reload_conf()');
  await useEverything();
  needles = await whatMustNotLeak();
}, 180_000);
afterAll(() => trii[Symbol.asyncDispose]());

const admin = (text: string, values: readonly unknown[] = []) =>
  withClient(trii.urls.admin, async (connection: Client) => (await connection.query<Record<string, string>>(text, [...values])).rows);

async function signedIn(email: string): Promise<TriiClient> {
  const anyone = createClient({ url: trii.apiUrl });
  await anyone.identity.register.mutate({ email, password: PASSWORD, ...PERSON, countryCode: 'CO' });
  await admin("UPDATE users SET operator_scopes = '{operate}' WHERE email LIKE 'operator%'");
  const { token } = await anyone.identity.signIn.mutate({ email, password: PASSWORD });
  return createClient({ url: trii.apiUrl, token });
}

async function useEverything(): Promise<void> {
  client = await signedIn(EMAIL);
  operator = await signedIn('operator@example.com');
  const factor = await operator.identity.enrolTotp.mutate({});
  const { recoveryCodes } = await operator.identity.confirmTotp.mutate({ code: codeOf(factor.secret, systemClock.now()) });
  shownOnce = { 'second factor': factor.secret, 'recovery code': recoveryCodes[0] ?? '' };
  await client.identity.me.query({});
  await client.identity.updateProfile.mutate(FIRST);
  await client.identity.updateProfile.mutate(SECOND);
  await client.identity.profile.query({});
  const { userId } = await client.identity.me.query({});
  await operator.identity.person.query({ userId });
  await operator.identity.peopleByPhone.mutate({ phone: FIRST.phone });
  await client.portfolio.open.mutate({ name: 'Retirement' });
  await exportEverything();
  await operator.platform.requestJob.mutate({ job: 'snapshot-portfolios' });
  await failing(client.identity.updateProfile.mutate({ phone: MALFORMED }));
  await admin('ALTER TABLE users DISABLE TRIGGER encrypt_user_pii');
  await failing(client.identity.updateProfile.mutate(REFUSED));
  await admin('ALTER TABLE users ENABLE TRIGGER encrypt_user_pii');
  await admin(
    "UPDATE users SET phone_enc = set_byte(phone_enc, 50, (get_byte(phone_enc, 50) + 1) % 256) WHERE email = 'operator@example.com'",
  );
  await operator.identity.updateProfile.mutate({ phone: FIRST.phone });
  await admin(
    "UPDATE users SET phone_enc = set_byte(phone_enc, 50, (get_byte(phone_enc, 50) + 1) % 256) WHERE email = 'operator@example.com'",
  );
  await failing(operator.identity.profile.query({}));
  // A second master key, and everything wrapped under it; then a person who is no more.
  const erased = await signedIn('erased@example.com');
  await erased.identity.updateProfile.mutate(FIRST);
  const { userId: erasedId } = await erased.identity.me.query({});
  await addMasterKey();
  expect(await trii.trii('keys', 'status')).toMatchObject({ code: 1, out: expect.stringMatching(/k1 +3 +rotate/) });
  expect(await trii.trii('keys', 'rotate')).toMatchObject({
    code: 0,
    out: expect.stringContaining('3 data keys are now wrapped under "k2"'),
  });
  expect(await trii.trii('keys', 'status')).toMatchObject({ code: 0, out: expect.stringMatching(/k2 +3 +current/) });
  expect(await trii.trii('person', 'erase', erasedId)).toMatchObject({ code: 0, out: expect.stringContaining('is erased') });
  // The api that runs has the old ring: it says that it cannot, and must not say more.
  await failing(client.identity.profile.query({}));
}

/** To its person and, at the command line, for them: opened outside, and nowhere in here. */
async function exportEverything(): Promise<void> {
  const file = join(trii.dataDir, 'canary.zip');
  expect(await trii.trii('person', 'export', EMAIL, '--out', file)).toMatchObject({ code: 0, out: expect.stringContaining('canary.zip') });
  expect(await trii.trii('person', 'export', EMAIL, '--out', file)).toMatchObject({ err: expect.stringContaining('there already') });
  const own = unzipSync(Buffer.concat(await Array.fromAsync(downloadMyData(client))));
  for (const files of [own, unzipSync(readFileSync(file))])
    expect(JSON.parse(Buffer.from(files['users.jsonl'] ?? []).toString())).toMatchObject({ email: EMAIL, phone: SECOND.phone, ...SHOWN });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  rmSync(file);
}

async function failing(call: Promise<unknown>): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('this call was meant to fail');
  told.push(error.message, JSON.stringify(error), JSON.stringify(Reflect.get(error, 'data') ?? null));
}

const secretsOf = (): Record<string, string> =>
  JSON.parse(readFileSync(join(trii.dataDir, 'secrets.json'), 'utf8')) as Record<string, string>;

async function addMasterKey(): Promise<void> {
  const { out } = await trii.trii('keys', 'new');
  const secrets = secretsOf();
  const ring = { ...secrets, pii_master_keys: `k2:${out.trim()},${secrets['pii_master_keys'] ?? ''}` };
  writeFileSync(join(trii.dataDir, 'secrets.json'), JSON.stringify(ring));
}

async function whatMustNotLeak(): Promise<Needle[]> {
  const secrets = secretsOf();
  const given = { PII_MASTER_KEYS: secrets['pii_master_keys'], PII_BLIND_INDEX_KEY: secrets['pii_blind_index_key'] };
  const config = readConfig(['PII_MASTER_KEYS', 'PII_BLIND_INDEX_KEY'], given);
  const vault = keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY });
  const found: Needle[] = config.PII_MASTER_KEYS.flatMap(({ id, key }) => keyNeedles(`master key ${id}`, key));
  found.push(...keyNeedles('blind index key', Buffer.from(config.PII_BLIND_INDEX_KEY, 'base64url')));
  const rows = await admin(
    "SELECT user_id, key_id, encode(wrapped_key, 'hex') AS wrapped, master_key_id FROM person_keys WHERE destroyed_at IS NULL",
  );
  for (const row of rows) {
    const wrapped = {
      keyId: row['key_id'] ?? '',
      wrappedKey: Buffer.from(row['wrapped'] ?? '', 'hex'),
      masterKeyId: row['master_key_id'] ?? '',
    };
    const { key } = await vault.unwrap(row['user_id'] ?? '', wrapped);
    found.push(...keyNeedles('data key', key));
  }
  expect(rows).toHaveLength(2);
  const texts = { ...PERSON, ...FIRST.incomeRange, phone: FIRST.phone, birthDate: FIRST.birthDate };
  for (const [name, text] of Object.entries(texts)) found.push(...textNeedles(name, text));
  for (const [name, text] of Object.entries(SECOND)) found.push(...textNeedles(`second ${name}`, text));
  for (const [name, text] of Object.entries(REFUSED)) found.push(...textNeedles(`refused ${name}`, text));
  found.push(...textNeedles('malformed phone', MALFORMED));
  for (const [name, text] of Object.entries(shownOnce)) found.push(...textNeedles(name, text));
  return found;
}

async function everywhere(): Promise<Places> {
  return new Map([
    ...(await exportDatabase(trii.urls.admin)),
    ...(await exportRedis(trii.urls.queue)),
    ...(await exportRedis(trii.urls.cache)),
    ...readFolder(join(trii.dataDir, 'logs')),
    ['answers of failed calls', Buffer.from(told.join('\n'))],
  ]);
}

test('neither personal data nor a key is in any log, statistics, table, stream, job or error', async () => {
  const places = await everywhere();
  const names = [...places.keys()].join('\n');
  for (const place of [
    'table public.users',
    'table public.audit_logs',
    'table public.person_keys',
    'pg_stat_statements',
    'log postgres.log',
    'log api.log',
    'log workers.log',
    'redis ',
  ])
    expect(names).toContain(place);
  expect(told.length).toBeGreaterThan(6);
  // The server did write down what it was asked.
  expect(places.get('log postgres.log')?.includes('set_config($')).toBe(false);
  expect(places.get('log postgres.log')?.includes("set_config('app.encryption_key', $1, true)")).toBe(true);
  expect(places.get('pg_stat_statements')?.includes('set_config(')).toBe(true);
  expect(leaksIn(places, needles)).toEqual([]);
}, 60_000);

const { phone } = FIRST;
const hex = Buffer.from(phone).toString('hex');

/** By the place where it must be found, how something leaks there. */
const plants: Readonly<Record<string, () => unknown>> = {
  'log postgres.log': () => admin(`SELECT '${phone}'::uuid`).catch(() => undefined),
  'log api.log': () => appendFileSync(join(trii.dataDir, 'logs', 'api.log'), `{"level":30,"phone":"${phone}"}\n`),
  'log workers.log': () =>
    appendFileSync(join(trii.dataDir, 'logs', 'workers.log'), Buffer.from(`{"value":"${Buffer.from(`x${phone}`).toString('base64')}"}`)),
  pg_stat_statements: async () => {
    await withClient(trii.urls.admin, async (connection: Client) => {
      await connection.query('SET pg_stat_statements.track_utility = on');
      await connection.query(`DO $$ BEGIN PERFORM '${phone}'::text; END $$`);
    });
  },
  'table public.outbox': () =>
    admin(
      `INSERT INTO outbox (id, aggregate_type, aggregate_id, name, payload) VALUES (gen_random_uuid(), 'X', gen_random_uuid(), 'x', '{"phone":"${phone}"}')`,
    ),
  'table public.idempotency': () =>
    admin(
      `INSERT INTO idempotency (actor, use_case, key, input_hash, outcome, answer, expires_at) VALUES ('a', 'u', 'k', '\\x00', 'view', '{"phone":"${phone}"}', now())`,
    ),
  'table public.audit_logs': () =>
    admin(
      `INSERT INTO audit_logs (id, entity_type, action, actor, use_case, outcome, new_values) VALUES (gen_random_uuid(), 'X', 'READ', 'a', 'u', 'ok', '{"phone":"${phone}"}')`,
    ),
  'table public.users': async () => {
    await admin('ALTER TABLE users DROP CONSTRAINT users_phone_enc_layout');
    await admin(`UPDATE users SET phone_enc = '\\x${hex}' WHERE email = $1`, [EMAIL]);
  },
  'redis trii:planted': () => tellRedis(trii.urls.queue, ['HSET', 'trii:planted', 'data', JSON.stringify({ phone })]),
  'redis stream:planted': () => tellRedis(trii.urls.queue, ['XADD', 'stream:planted', '*', 'phone', phone]),
  'answers of failed calls': () => told.push(`no such phone ${phone}`),
};

test('something planted in each of these places is found there', async () => {
  for (const plant of Object.values(plants)) await plant();
  const places = new Set(leaksIn(await everywhere(), needles).map((leak) => leak.replace(/(?:_default|_\d{4}_\d{2})?: .*$/, '')));
  for (const place of Object.keys(plants)) expect([...places]).toContain(place);
}, 60_000);

test('a key is found in whatever form it is planted', async () => {
  const key = needles.find(({ name, form }) => name === 'data key' && form === 'bytes')?.bytes ?? Buffer.alloc(0);
  for (const content of [
    key,
    Buffer.from(key.toString('hex')),
    Buffer.from(key.toString('base64')),
    Buffer.from(key.toString('base64url')),
  ])
    expect(leaksIn(new Map([['here', content]]), needles)).not.toEqual([]);
});
