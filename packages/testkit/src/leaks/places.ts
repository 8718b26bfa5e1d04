import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Client } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { withClient } from '../database/sessions.ts';

/** Every table and partition that holds rows, and what the server remembers of statements, exported as a superuser would: COPY, in text form. */
export async function exportDatabase(adminUrl: string): Promise<Map<string, Buffer>> {
  return withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ name: string }>(
      "SELECT format('%I.%I', n.nspname, c.relname) AS name FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind IN ('r', 'm') AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%' ORDER BY 1",
    );
    const places = new Map<string, Buffer>();
    for (const { name } of rows) places.set(`table ${name}`, await copyOut(client, `COPY ${name} TO STDOUT`));
    places.set('pg_stat_statements', await copyOut(client, 'COPY (SELECT query FROM pg_stat_statements) TO STDOUT'));
    places.set('pg_stat_activity', await copyOut(client, 'COPY (SELECT query FROM pg_stat_activity) TO STDOUT'));
    return places;
  });
}

async function copyOut(client: Client, statement: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of client.query(copyTo(statement))) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

const PAGE = 1000;

/** Every key of one Redis database with its whole value, whatever its type. */
export async function exportRedis(url: string): Promise<Map<string, Buffer>> {
  const redis = new Redis(url);
  const places = new Map<string, Buffer>();
  try {
    for (let cursor = '0'; ;) {
      const [next, keys] = await redis.scan(cursor, 'COUNT', String(PAGE));
      for (const key of keys) places.set(`redis ${key}`, Buffer.from(JSON.stringify([key, await valueOf(redis, key)])));
      cursor = next;
      if (cursor === '0') return places;
    }
  } finally {
    redis.disconnect();
  }
}

/** One command of Redis, for a test that plants something. */
export async function tellRedis(url: string, [command = '', ...given]: readonly string[]): Promise<unknown> {
  const redis = new Redis(url);
  try {
    return await redis.call(command, [...given]);
  } finally {
    redis.disconnect();
  }
}

async function valueOf(redis: Redis, key: string): Promise<unknown> {
  switch (await redis.type(key)) {
    case 'string':
      return redis.get(key);
    case 'hash':
      return redis.hgetall(key);
    case 'list':
      return redis.lrange(key, '0', '-1');
    case 'set':
      return redis.smembers(key);
    case 'zset':
      return redis.zrange(key, '0', '-1');
    case 'stream':
      return redis.xrange(key, '-', '+');
    default:
      return null;
  }
}

/** The files of a folder, not of those below it. */
export function readFolder(folder: string): Map<string, Buffer> {
  if (!existsSync(folder)) return new Map();
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  return new Map(files.map(({ name }) => [`log ${name}`, readFileSync(join(folder, name))]));
}
