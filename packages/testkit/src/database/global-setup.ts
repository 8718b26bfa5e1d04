import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapRoles, migrate } from '@trii/db';
import { isCodedError, systemClock } from '@trii/kernel';
import { dataFolder, endLeftovers, givenTestPostgres, readRun, removeData, startStack, urlsOf } from '@trii/stack';
import type { TestProject } from 'vitest/node';
import { withClient } from './sessions.ts';
import type { TestServers } from './test-servers.ts';

const PREFIX = 'trii-test-';
const TEMPLATE = 'trii_template';

/**
 * For the tests of the `db` project: real servers on a folder that is thrown away, and one migrated database that every suite clones.
 * Killed with -9, vitest leaves no server behind (each hangs on a lifeline) but the folder, which the next run removes.
 */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await removeStaleFolders();
  const dataDir = mkdtempSync(join(tmpdir(), PREFIX));
  const stack = await startStack({ dataDir, durable: false, preferredPorts: { postgres: 0, redis: 0 } });
  const tearDown = async (): Promise<void> => {
    await stack.stop();
    removeData(dataDir);
  };
  try {
    const outside = givenTestPostgres();
    const secrets = outside === undefined ? stack.secrets : { ...stack.secrets, postgres: outside.password };
    const postgresPort = outside?.port ?? stack.postgres.port;
    const urls = urlsOf({ secrets, postgresPort, redisPort: stack.redis.port });
    const adminUrl = urls.admin('postgres');
    if (outside !== undefined) await forgetTemplate(adminUrl);
    // Suites run side by side and each has its own pools: the product's limits are for one platform.
    await bootstrapRoles({ adminUrl, secrets, database: TEMPLATE, connectionLimit: -1 });
    await migrate({ ownerUrl: urls.owner(TEMPLATE) });
    await withClient(adminUrl, (admin) => admin.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`));
    const servers: TestServers = {
      template: TEMPLATE,
      postgresPort,
      redisPort: stack.redis.port,
      secrets,
    };
    project.provide('testServers', servers);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
}

/** What an earlier run on the same outside server has left. */
async function forgetTemplate(adminUrl: string): Promise<void> {
  await withClient(adminUrl, async (admin) => {
    const { rowCount } = await admin.query('SELECT FROM pg_database WHERE datname = $1', [TEMPLATE]);
    if (rowCount === 0) return;
    await admin.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE false`);
    await admin.query(`DROP DATABASE ${TEMPLATE}`);
  });
}

/** A folder that no run has claimed yet belongs to one that begins this very moment, unless it is older than this. */
const CLAIM_MS = 600_000;

async function removeStaleFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const dir = join(tmpdir(), name);
    try {
      const ageMs = systemClock.now().getTime() - statSync(dir).mtimeMs;
      if (readRun(dataFolder(dir)) === undefined && ageMs < CLAIM_MS) continue;
      await endLeftovers(dataFolder(dir));
      removeData(dir);
    } catch (error) {
      // Another run is using it or has just removed it, or another user owns it.
      const code = isCodedError(error) ? error.code : error instanceof Error && 'code' in error ? error.code : undefined;
      if (!['ALREADY_RUNNING', 'LEFTOVER_REMAINS', 'EACCES', 'EPERM', 'ENOENT'].includes(String(code))) throw error;
    }
  }
}
