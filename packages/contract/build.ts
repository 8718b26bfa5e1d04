// Writes what the contract says as documentation: docs/reference/operations.md and docs/openapi.json.
import { mkdirSync, writeFileSync } from 'node:fs';
import { openApiDocument } from './src/reference/openapi.ts';
import { operationsPage } from './src/reference/operations-page.ts';

const docs = new URL('../../docs/', import.meta.url);
mkdirSync(new URL('reference/', docs), { recursive: true });
writeFileSync(new URL('reference/operations.md', docs), operationsPage());
writeFileSync(new URL('openapi.json', docs), `${JSON.stringify(openApiDocument(), null, 2)}\n`);
