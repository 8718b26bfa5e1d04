import { expect, test } from 'vitest';
import { foreignImports } from './allowed-imports.ts';

const foreignIn = (file: string, text: string) =>
  foreignImports(
    new Map([
      [file, text],
      ['app-router.d.ts', ''],
    ]),
  );

test.each([
  ['index.d.ts', `import type { AppRouter } from '@trii/contract';`, '@trii/contract'],
  ['index.d.ts', `export declare const user: import("@trii/domain").User;`, '@trii/domain'],
  ['index.d.ts', `import type { EntityManager } from '@mikro-orm/core';`, '@mikro-orm/core'],
  ['index.d.ts', `import { z } from "zod";`, 'zod'],
  ['index.d.ts', `/// <reference types="node" />`, 'node'],
  ['index.d.ts', `export * from '../src/index.ts';`, '../src/index.ts'],
  ['index.d.ts', `export type { AppRouter } from './app-router.ts';`, './app-router.ts'],
  ['index.js', `import { initTRPC } from '@trpc/server';`, '@trpc/server'],
  ['index.js', `const fs = require('node:fs');`, 'node:fs'],
  ['index.js', `import 'zod';`, 'zod'],
  ['index.js', `export { x } from './elsewhere.js';`, './elsewhere.js'],
])('%s must not hold: %s', (file, text, specifier) => {
  expect(foreignIn(file, text)).toEqual([`${file} imports ${specifier}`]);
});

test('the tRPC client, event sources, types of the tRPC server and own files are no strangers', () => {
  const types = `import type { TRPCBuiltRouter } from '@trpc/server';\nexport type { AppRouter } from './app-router.js';\n`;
  expect(foreignIn('index.d.ts', types)).toHaveLength(0);
  expect(foreignIn('index.js', `import { httpLink } from '@trpc/client';\nimport { EventSource } from 'eventsource';\n`)).toHaveLength(0);
});
