import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = fileURLToPath(new URL('../../../../', import.meta.url));
export const pathOf = (path: string): string => join(repository, path);
export const textOf = (path: string): string => readFileSync(pathOf(path), 'utf8');
