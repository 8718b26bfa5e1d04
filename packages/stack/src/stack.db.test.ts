import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identify } from './process-identity.ts';
import { readRun } from './run-file.ts';
import { dataFolder } from './data-folder.ts';
import { removeData } from './server-places.ts';
import { type Stack, startStack } from './stack.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'trii stack-'));
const options = { dataDir, durable: false };
afterAll(() => removeData(dataDir));

async function query(url: string, sql: string): Promise<unknown> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return Object.values((await client.query<Record<string, unknown>>(sql)).rows[0] ?? {})[0];
  } finally {
    await client.end();
  }
}

/** Sends inline commands and resolves with everything the server said. */
function redis(port: number, commands: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect({ host: '127.0.0.1', port }, () => socket.end(`${commands}\r\nQUIT\r\n`));
    socket.on('data', (chunk: Buffer) => (said += chunk.toString()));
    socket.on('close', () => resolve(said));
    socket.on('error', reject);
  });
}

describe('a running stack, in a folder with a space in its name', () => {
  let stack: Stack;
  beforeAll(async () => {
    stack = await startStack(options);
  });
  afterAll(() => stack.stop());

  it('serves PostgreSQL 18 to the superuser', async () => {
    expect(await query(stack.postgres.adminUrl, 'SHOW server_version_num')).toMatch(/^18/);
  });

  it('orders and folds text as Unicode does, on every machine', async () => {
    expect(await query(stack.postgres.adminUrl, "SELECT lower('ÁÑÜ')")).toBe('áñü');
  });

  it('counts statements, but not those that may carry a password', async () => {
    expect(await query(stack.postgres.adminUrl, 'SHOW shared_preload_libraries')).toBe('pg_stat_statements');
    expect(await query(stack.postgres.adminUrl, 'SHOW pg_stat_statements.track_utility')).toBe('off');
  });

  it('refuses a wrong password', async () => {
    const url = stack.postgres.adminUrl.replace(/:[^:@]*@/, ':wrong@');
    await expect(query(url, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
  });

  it('refuses Redis commands without the password, and evicts nothing', async () => {
    expect(await redis(stack.redis.port, 'PING')).toMatch(/^-NOAUTH/);
    const said = await redis(stack.redis.port, `AUTH ${stack.secrets.redis}\r\nCONFIG GET maxmemory-policy`);
    expect(said).toContain('noeviction');
  });

  it('keeps its secrets to the owner', () => {
    const { secretsFile } = dataFolder(dataDir);
    expect((statSync(secretsFile).mode & 0o777).toString(8)).toBe('600');
    expect(new Set(Object.values(stack.secrets)).size).toBe(Object.keys(stack.secrets).length);
  });

  it('cannot be started a second time on the same folder', async () => {
    await expect(startStack(options)).rejects.toMatchObject({ code: 'ALREADY_RUNNING' });
    expect(await query(stack.postgres.adminUrl, 'SELECT 1')).toBe(1);
  });
});

describe('a second start', () => {
  it('finds the data, the passwords and the ports of the first, and leaves no process', async () => {
    const first = await startStack(options);
    await query(first.postgres.adminUrl, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await first.stop();
    expect([identify(first.postgres.pid), identify(first.redis.pid)]).toEqual([undefined, undefined]);
    expect(readRun(dataFolder(dataDir))).toBeUndefined();

    const second = await startStack(options);
    expect(second.postgres.adminUrl).toBe(first.postgres.adminUrl);
    expect(second.redis.url).toBe(first.redis.url);
    expect(await query(second.postgres.adminUrl, 'SELECT answer FROM kept')).toBe(42);
    await second.stop();
  });

  it('refuses a folder of another PostgreSQL, says what to do, and starts nothing', async () => {
    const foreign = mkdtempSync(join(tmpdir(), 'trii-foreign-'));
    const stack = await startStack({ dataDir: foreign, durable: false });
    await stack.stop();
    writeFileSync(join(foreign, 'postgres', 'PG_VERSION'), '17\n');
    await expect(startStack({ dataDir: foreign, durable: false })).rejects.toMatchObject({
      code: 'DATA_FROM_OTHER_POSTGRES',
      message: expect.stringContaining('Move that folder away'),
    });
    expect(readRun(dataFolder(foreign))).toBeUndefined();
    removeData(foreign);
  });
});

it('a server that is killed is reported with its name and signal', async () => {
  const stack = await startStack(options);
  const exit = new Promise((resolve) => stack.onExit(resolve));
  process.kill(stack.redis.pid, 'SIGKILL');
  expect(await exit).toMatchObject({ name: 'redis', signal: 'SIGKILL' });
  await stack.stop();
  expect(identify(stack.postgres.pid)).toBeUndefined();
});
