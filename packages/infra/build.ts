// Writes what the home of the Redis keys says as documentation: docs/reference/redis.md.
import { mkdirSync, writeFileSync } from 'node:fs';
import { keysPage } from './src/redis/keys-page.ts';

const reference = new URL('../../docs/reference/', import.meta.url);
mkdirSync(reference, { recursive: true });
writeFileSync(new URL('redis.md', reference), keysPage());
