import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readSourceTree } from '../architecture/source-tree.ts';
import { pathOf, repository, textOf } from '../packaging/repository-files.ts';
import { commandsIn, faultOf, readHelp } from './documented-commands.ts';

// A command that the documentation names is run here: as it is in a scratch folder, with --help where it changes something or needs a
// running platform (every command of `trii`), or up to the point where it refuses for want of what it needs. What cannot be run here
// stands in the table `covered`, with the file that runs it instead.

const pages = [...readSourceTree(repository)].filter(([path]) => path.endsWith('.md'));
const commands = pages.flatMap(([path, text]) => commandsIn(path, text));
const distinct = [...new Set(commands.map(({ command }) => command))].toSorted();
const manifest = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(textOf('package.json')));

const covered: Readonly<Record<string, { readonly by: string; readonly why: string }>> = {
  'npm start': { by: 'apps/cli/src/commands/up.db.test.ts', why: 'installs, then is `trii up`, which that test starts and ends' },
  'npm test': { by: '.ci/run', why: 'it is running' },
  'npm run verify': { by: '.github/workflows/ci.yml', why: 'takes most of a minute; its steps are looked at below' },
  'npm run reference': { by: 'packages/contract/src/reference/reference.test.ts', why: 'writes into docs/, which that test compares' },
  'npm install @trii/client': {
    by: 'apps/api/src/client-package.db.test.ts',
    why: 'that test packs it and installs it in a clean project',
  },
  'bun db/src/main.ts --series timescale': { by: 'db/tests/move-series.timescale.test.ts', why: 'needs a server with TimescaleDB' },
  'pnpm install': { by: '.github/workflows/ci.yml', why: 'changes node_modules under the tests that run' },
  'node scripts/compose-secrets.mjs': { by: 'packages/testkit/src/packaging/compose.test.ts', why: 'run there, into a scratch file' },
};
/** Needs a Docker engine. What the files say is checked in packages/testkit/src/packaging, and ci.yml builds, starts and stops them. */
const needsDocker = /^docker /;
const ofTrii = /^npm run trii --(?: |$)/;

const scratch = mkdtempSync(join(tmpdir(), 'trii-commands-'));
afterAll(() => rmSync(scratch, { recursive: true }));

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program with this environment and no other. */
function run(
  file: string,
  args: readonly string[],
  given: { readonly cwd?: string; readonly env?: Record<string, string> } = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { cwd: repository, env: {}, timeout: 60_000, ...given }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

const bun = process.execPath;
const node = Bun.which('node') ?? 'node';
const helpOf = async (...command: string[]) => {
  const { code, stdout } = await run(bun, ['apps/cli/src/main.ts', ...command, '--help']);
  expect([command, code]).toEqual([command, 0]);
  return readHelp(stdout);
};

const AT_ONCE = 4;

/** A few programs at a time: all of them would take the machine from the tests beside this one. */
async function eachOf<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (let from = 0; from < items.length; from += AT_ONCE)
    results.push(...(await Promise.all(items.slice(from, from + AT_ONCE).map(work))));
  return results;
}

const trii = new Map<string, ReadonlySet<string>>();
beforeAll(async () => {
  const { commands: names } = await helpOf();
  const below = await eachOf(names, async (name) => ({ name, help: await helpOf(name) }));
  for (const { name, help } of below) trii.set(name, help.options);
  const groups = below.flatMap(({ name, help }) => help.commands.map((sub) => [name, sub] as const));
  await eachOf(groups, async ([name, sub]) => trii.set(`${name} ${sub}`, (await helpOf(name, sub)).options));
}, 120_000);

/** Commands that are run here, each up to where it would change something. */
const executed: Readonly<Record<string, () => Promise<void>>> = {
  async 'npm run format'() {
    const ugly = join(scratch, 'ugly.ts');
    writeFileSync(ugly, 'export   const a = "x"');
    writeFileSync(join(scratch, '.oxfmtrc.json'), textOf('.oxfmtrc.json'));
    const [tool = '', ...args] = (manifest.scripts['format'] ?? '').split(' ');
    expect((await run(bun, ['--bun', pathOf(`node_modules/${tool}/bin/${tool}`), ...args], { cwd: scratch })).code).toBe(0);
    expect(readFileSync(ugly, 'utf8')).toBe("export const a = 'x';\n");
  },
  async 'npm run verify -- lint types'() {
    const { code, stderr } = await run(node, ['scripts/verify.mjs', 'nothing']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('There are: unit, types, lint, dead, format')]);
  },
  'npm test -- --project unit packages/kernel': () => findsTests('unit', 'packages/kernel'),
  'npm test -- --project db db/tests': () => findsTests('db', 'db/tests'),
  async 'npm run soak'() {
    const { code, stderr } = await run(node, ['scripts/soak.mjs'], { env: { SOAK_MINUTES: '0' } });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/SOAK_MINUTES is "0".* at most 60 minutes/)]);
  },
  async 'npm run test:timescale'() {
    const { code, stderr, stdout } = await run(node, ['scripts/test-timescale.mjs']);
    expect([code, stderr, stdout]).toEqual([1, expect.stringContaining('TIMESCALE_URL is not set'), '0 passed, 1 failed\n']);
  },
  'bun apps/api/src/main.ts': () => needsWhatThePageSays('bun apps/api/src/main.ts'),
  'bun apps/workers/src/main.ts': () => needsWhatThePageSays('bun apps/workers/src/main.ts'),
  'bun db/src/main.ts': () => needsWhatThePageSays('bun db/src/main.ts'),
};

/** Vitest takes these options, and they lead to test files of that folder and no others. */
async function findsTests(project: string, folder: string): Promise<void> {
  const { code, stdout } = await run(bun, ['--bun', 'node_modules/vitest/vitest.mjs', 'list', '--filesOnly', '--project', project, folder]);
  const files = stdout.trim().split('\n');
  expect(code).toBe(0);
  expect(files.length).toBeGreaterThan(5);
  expect(files.filter((file) => !file.includes(`${folder}/`))).toEqual([]);
}

/** The column "needs" of docs/OPERATIONS.md beside what the program itself misses when it is given nothing. */
async function needsWhatThePageSays(command: string): Promise<void> {
  const rows = textOf('docs/OPERATIONS.md')
    .split('\n')
    .filter((line) => line.includes(`| \`${command}\` |`));
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    const needs: readonly string[] = (row.split('|')[3] ?? '').match(/[A-Z_]{3,}/g) ?? [];
    // Roles are asked for by naming an administrator.
    const env: Record<string, string> = needs.includes('DATABASE_ADMIN_URL') ? { DATABASE_ADMIN_URL: 'nowhere' } : {};
    const { code, stderr } = await run(bun, [command.replace('bun ', '')], { env });
    expect(code).toBe(1);
    const missing = [...stderr.matchAll(/^\s+(?<name>[A-Z_]+): /gm)].map((match) => match.groups?.['name'] ?? '');
    expect([...new Set(missing)].toSorted()).toEqual(needs.toSorted());
  }
}

describe('a command in the documentation', () => {
  it('names only scripts, files, commands and options that are there', () => {
    const targets = new Set(['api', 'workers', 'migrate']);
    const known = { scripts: new Set(Object.keys(manifest.scripts)), trii, targets, hasFile: (path: string) => existsSync(pathOf(path)) };
    const faults = commands.flatMap(({ path, line, command }) => {
      const fault = faultOf(command, known);
      return fault === undefined ? [] : [`${path}:${line} \`${command}\`: ${fault}`];
    });
    expect(faults).toEqual([]);
    expect(commands.length).toBeGreaterThan(30);
  });

  it('is run by a test, each by one', () => {
    const homeless = distinct.filter(
      (command) => !ofTrii.test(command) && !needsDocker.test(command) && !(command in covered) && !(command in executed),
    );
    expect(homeless, 'run it in `executed`, or name what runs it in `covered`').toEqual([]);
    const named = [...Object.keys(covered), ...Object.keys(executed)];
    expect(
      named.filter((command) => !distinct.includes(command)),
      'no page names these any more',
    ).toEqual([]);
    expect(new Set(named).size).toBe(named.length);
  });

  it.each(Object.entries(covered))('%s is covered by a file that is there', (_command, { by, why }) => {
    expect([existsSync(pathOf(by)), why]).toEqual([true, expect.stringMatching(/\w{2}/)]);
  });

  it.each(Object.entries(executed))(
    '%s works',
    async (_command, perform) => {
      await perform();
      expect.hasAssertions();
    },
    120_000,
  );
});

describe('the settings', () => {
  it('stand in docs/OPERATIONS.md, all of them and no other', () => {
    const inCode = [...textOf('packages/infra/src/config.ts').matchAll(/^ {2}(?<name>[A-Z_]+): /gm)].map(
      (match) => match.groups?.['name'] ?? '',
    );
    // How a starter holds its parts, and no setting; the data folder is the stack's.
    const expected = [...inCode.filter((name) => name !== 'TRII_LIFELINE'), 'TRII_DATA_DIR'];
    const [, table = ''] = textOf('docs/OPERATIONS.md').split('## Settings\n');
    const documented = [...(table.split('\n## ')[0] ?? '').matchAll(/^\| (?<names>`[A-Z_`, ]+`) \|/gm)].flatMap(
      (match) => match.groups?.['names']?.match(/[A-Z_]+/g) ?? [],
    );
    expect(documented.toSorted()).toEqual(expected.toSorted());
  });
});
