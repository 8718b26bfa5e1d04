import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bootstrapRoles, grantDatabase } from '@trii/db';
import type { DatabaseSession } from '@trii/domain';
import { newId } from '@trii/kernel';
import { serverUrlsOf, urlsOf } from '@trii/stack';
import type { ServerUrls, StackSecrets, StackUrls } from '@trii/stack';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { openSessions, withClient } from './sessions.ts';
import type { Sessions } from './sessions.ts';

export interface TestDatabase extends Sessions {
  readonly name: string;
  readonly urls: Readonly<Record<'owner' | 'api' | 'worker' | 'operator' | 'admin', string>>;
  /** What the platform's processes would be given: this database's logins, two Redis databases that no other suite uses, and a folder for documents. */
  readonly servers: ServerUrls & { readonly BLOB_FOLDER: string; readonly MAIL_FOLDER: string };
}

/** For tests of what makes a database itself: the whole server, as its administrator. */
export function testServers(): { readonly urls: StackUrls; readonly secrets: StackSecrets } {
  const servers = inject('testServers');
  return { urls: urlsOf(servers), secrets: servers.secrets };
}

/** The stack's Redis has 128 databases. 0 and 1 are the stack's own; 0 counts who takes which pair of the others. */
const REDIS_PAIRS = 63;

export interface TestDatabaseOptions {
  /** With roles and rights, but before any migration. */
  readonly isEmpty?: boolean;
}

/**
 * A clone of the migrated template for one suite: take it in beforeAll, close() it in afterAll. It is never dropped: that would have to end
 * connections that are still closing, and the whole cluster is thrown away at the end of the run.
 */
export async function createTestDatabase({ isEmpty = false }: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const servers = inject('testServers');
  const urls = urlsOf(servers);
  const name = `test_${newId().replaceAll('-', '')}`;
  if (isEmpty) await bootstrapRoles({ adminUrl: urls.admin('postgres'), secrets: servers.secrets, database: name, connectionLimit: -1 });
  else await cloneTemplate(urls, { template: servers.template, name });
  const loginOf = (role: DatabaseSession['role']): string => {
    if (role === 'worker_role') return urls.worker(name);
    return role === 'admin_role' ? urls.operator(name) : urls.api(name);
  };
  const sessions = openSessions(loginOf);
  const BLOB_FOLDER = join(tmpdir(), 'trii-test-blobs', name);
  const MAIL_FOLDER = join(tmpdir(), 'trii-test-mails', name);
  return {
    name,
    urls: {
      owner: urls.owner(name),
      api: urls.api(name),
      worker: urls.worker(name),
      operator: urls.operator(name),
      admin: urls.admin(name),
    },
    servers: { ...serverUrlsOf(urls, name), ...(await takeRedisPair(urls)), BLOB_FOLDER, MAIL_FOLDER },
    as: sessions.as,
    close: async () => {
      await sessions.close();
      await rm(BLOB_FOLDER, { recursive: true, force: true });
      await rm(MAIL_FOLDER, { recursive: true, force: true });
    },
  };
}

async function cloneTemplate(urls: StackUrls, { template, name }: { readonly template: string; readonly name: string }): Promise<void> {
  await withClient(urls.admin('postgres'), async (admin) => {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${template} OWNER trii_owner`);
    await grantDatabase(admin, name);
  });
}

async function takeRedisPair(urls: StackUrls): Promise<Pick<ServerUrls, 'REDIS_QUEUE_URL' | 'REDIS_CACHE_URL'>> {
  const redis = new Redis(urls.queue);
  try {
    const first = 2 + 2 * ((await redis.incr('trii-test:pairs')) % REDIS_PAIRS);
    for (const index of [first, first + 1]) {
      await redis.select(index);
      await redis.flushdb();
    }
    const at = (index: number): string => urls.queue.replace(/\/0$/, `/${index}`);
    return { REDIS_QUEUE_URL: at(first), REDIS_CACHE_URL: at(first + 1) };
  } finally {
    redis.disconnect();
  }
}
