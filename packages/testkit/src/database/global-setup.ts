import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapRoles, migrate } from '@trii/db';
import { isCodedError, systemClock } from '@trii/kernel';
import { dataFolder, endLeftovers, readRun, removeData, startStack } from '@trii/stack';
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
    const { adminUrl } = stack.postgres;
    // Suites run side by side and each has its own pools: the product's limits are for one platform.
    await bootstrapRoles({ adminUrl, secrets: stack.secrets, database: TEMPLATE, connectionLimit: -1 });
    await migrate({ ownerUrl: stack.urls.owner(TEMPLATE) });
    await withClient(adminUrl, (admin) => admin.query(`ALTER DATABASE ${TEMPLATE} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false`));
    const servers: TestServers = {
      template: TEMPLATE,
      postgresPort: stack.postgres.port,
      redisPort: stack.redis.port,
      secrets: stack.secrets,
    };
    project.provide('testServers', servers);
    return tearDown;
  } catch (error) {
    await tearDown();
    throw error;
  }
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
