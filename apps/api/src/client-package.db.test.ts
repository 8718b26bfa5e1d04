import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { createTestDatabase, personalKeys, recordingLogger } from '@trii/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, startApi } from './server.ts';
import {
  compileStrictly,
  type CompilerVersion,
  consumerProject,
  type Installer,
  type Resolution,
  root,
  said,
} from './tests/consumer-project.ts';
import type { Visit } from './tests/client-consumer.ts';

/** Nearly all of it are types, which grow with the contract and reach no browser. */
const TARBALL_BYTES_MAX = 40_000;
const CODE_BYTES_MAX = 5_000;
/** Two installations with cold caches; mostly the network. */
const INSTALL_MS_MAX = 120_000;
const INSTALLERS = ['npm', 'pnpm'] as const;
const password = 'correct horse battery';
const email = `${newId()}@example.com`;

const folder = mkdtempSync(join(tmpdir(), 'trii-consumer-'));
const tarball = join(folder, 'trii-client-0.1.0.tgz');
let api: Api;
let url: string;
let projects: Readonly<Record<Installer, string>>;

beforeAll(async () => {
  const database = await createTestDatabase();
  api = await startApi(
    { ...database.servers, ...personalKeys, API_PORT: 0, HOST: '127.0.0.1', PASSWORD_PEPPER: 'a pepper for the tests', BCRYPT_COST: 4 },
    recordingLogger(),
  );
  url = `http://127.0.0.1:${api.port}`;
  await said(process.execPath, ['packages/client/build.ts', '--pack', folder, '--report', join(folder, 'report.md')], root);
  const [npm, pnpm] = await Promise.all(INSTALLERS.map(async (installer) => consumerProject(folder, tarball, installer)));
  projects = { npm: npm ?? '', pnpm: pnpm ?? '' };
  for (const project of [projects.npm, projects.pnpm]) writeConsumer(project);
}, INSTALL_MS_MAX);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await api.stop();
});

/** The consumer's code, and every example of the client's README as one program. */
function writeConsumer(project: string): void {
  writeFileSync(join(project, 'consumer.ts'), readFileSync(new URL('tests/client-consumer.ts', import.meta.url)));
  const readme = readFileSync(join(root, 'packages/client/README.md'), 'utf8');
  writeFileSync(
    join(project, 'readme.ts'),
    [...readme.matchAll(/^```ts\n(?<code>[\s\S]*?)^```/gm)].map((match) => match.groups?.['code']).join('\n'),
  );
  mkdirSync(join(project, 'out'));
}

const filesUnder = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .toSorted();

test('the package is small and holds its code, its types, and what says what it is', () => {
  expect(statSync(tarball).size).toBeLessThan(TARBALL_BYTES_MAX);
  const installed = join(projects.npm, 'node_modules/@trii/client');
  expect(statSync(join(installed, 'dist/index.js')).size).toBeLessThan(CODE_BYTES_MAX);
  expect(filesUnder(installed)).toEqual([
    'LICENSE',
    'README.md',
    'dist/app-router.d.ts',
    'dist/download-my-data.d.ts',
    'dist/download-my-data.js',
    'dist/index.d.ts',
    'dist/index.js',
    'package.json',
  ]);
  const manifest: unknown = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
  expect(manifest).toMatchObject({ name: '@trii/client', type: 'module', sideEffects: false, license: 'Apache-2.0' });
  expect(manifest).not.toHaveProperty('private');
  expect(JSON.stringify(manifest)).not.toMatch(/workspace:|catalog:|src\/|devDependencies|@trii\/(?!client)/);
});

test('nothing of the server comes with it: neither a type nor a library', () => {
  const types = filesUnder(join(projects.npm, 'node_modules/@trii')).filter((file) => file.endsWith('.ts'));
  const text = types.map((file) => readFileSync(join(projects.npm, 'node_modules/@trii', file), 'utf8')).join('\n');
  expect(text).not.toMatch(/\b(?:zod|EntityManager|MikroORM|hono|bullmq|ioredis)\b|@trii\//i);
  const libraries = readdirSync(join(projects.npm, 'node_modules')).filter((name) => !name.startsWith('.'));
  expect(libraries.toSorted()).toEqual([
    '@trii',
    '@trpc',
    '@typescript',
    'eventsource',
    'eventsource-parser',
    'typescript',
    'typescript-5.9',
  ]);
});

test('its types are those that were agreed on: `npm run reference` writes a change down', () => {
  const committed = readFileSync(join(root, 'docs/reference/client-api.md'), 'utf8');
  expect(
    readFileSync(join(folder, 'report.md'), 'utf8') === committed,
    'docs/reference/client-api.md is stale: run `npm run reference`',
  ).toBe(true);
});

/** Every pair of installer, compiler and resolution; the slow compiler is not run for every triple. */
const ways: readonly (readonly [Installer, CompilerVersion, Resolution])[] = [
  ['npm', '5.9.3', 'nodenext'],
  ['npm', '7.0.2', 'nodenext'],
  ['npm', '7.0.2', 'bundler'],
  ['pnpm', '5.9.3', 'bundler'],
  ['pnpm', '7.0.2', 'nodenext'],
  ['pnpm', '7.0.2', 'bundler'],
];

test.each(ways)('installed by %s it compiles with TypeScript %s, %s', async (installer, version, resolution) => {
  expect(await compileStrictly(projects[installer], { version, resolution, files: ['consumer.ts', 'readme.ts'] })).toBe('');
});

test('a wrong use or a wrong expectation does not compile', async () => {
  const consumer = readFileSync(join(projects.npm, 'consumer.ts'), 'utf8');
  const wrong = consumer.replace('amount: 10,', "amount: '10',").replace("'BUY' | 'SELL'", "'BUY'");
  writeFileSync(join(projects.npm, 'wrong.ts'), wrong);
  const errors = compileStrictly(projects.npm, { version: '7.0.2', resolution: 'nodenext', files: ['wrong.ts'] });
  await expect(errors).rejects.toThrow(/error TS2344[\s\S]*error TS2578/);
});

test.each(INSTALLERS)('installed by %s it signs in, reads, changes once, is refused and listens, under Node', async (installer) => {
  const account = { email: `${installer}-${email}`, password };
  const anyone = createClient({ url });
  await anyone.identity.register.mutate({ ...account, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  const { token } = await anyone.identity.signIn.mutate(account);
  await createClient({ url, token }).portfolio.open.mutate({ name: `With ${installer}` });
  const project = projects[installer];
  await compileStrictly(project, { version: '7.0.2', resolution: 'nodenext', files: ['consumer.ts'], emitTo: 'out' });
  const script = `import { visit } from './out/consumer.js';
    console.log(JSON.stringify({ ...(await visit(...process.argv.slice(1))), runtime: process.versions.bun ?? 'node' }));`;
  const told = await said('node', ['--input-type=module', '--eval', script, url, account.email, password], project);
  expect(JSON.parse(told)).toEqual({
    portfolios: [`With ${installer}`],
    cash: '250',
    repeated: true,
    refused: 'NOT_FOUND',
    firstFrame: 'snapshot',
    runtime: 'node',
  } satisfies Visit & { runtime: string });
});
