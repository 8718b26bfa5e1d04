import { existsSync, readdirSync } from 'node:fs';
import { validate } from '@actions/languageservice';
import { describe, expect, it } from 'vitest';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { z } from 'zod';
import { pathOf, textOf } from './repository-files.ts';
import { faultsOfWorkflow, rightsToWrite, type Workflow } from './workflow-rules.ts';

const Job = z.object({
  'runs-on': z.string(),
  'timeout-minutes': z.number().optional(),
  permissions: z.record(z.string(), z.string()).optional(),
  services: z.record(z.string(), z.object({ image: z.string() })).optional(),
  steps: z.array(z.object({ uses: z.string().optional(), run: z.string().optional(), with: z.record(z.string(), z.unknown()).optional() })),
});
const Document = z.object({
  on: z.unknown(),
  permissions: z.unknown().optional(),
  concurrency: z.unknown().optional(),
  jobs: z.record(z.string(), Job),
});
const parse = (text: string) => Document.parse(Bun.YAML.parse(text));

const folder = '.github/workflows';
const files = readdirSync(pathOf(folder)).toSorted();
const texts = new Map(files.map((file) => [file, textOf(`${folder}/${file}`)]));
const workflow = (file: string) => parse(texts.get(file) ?? '');
const scripts = z.object({ scripts: z.record(z.string(), z.string()) }).parse(JSON.parse(textOf('package.json'))).scripts;

let linted = 0;

/** GitHub's own language service: schema, expressions, contexts, jobs that are needed. It remembers a file by its name, so each has its own. */
async function lint(text: string): Promise<string[]> {
  linted += 1;
  const found = await validate(TextDocument.create(`file:///.github/workflows/${linted}.yml`, 'github-actions-workflow', 1, text));
  return found.map(({ message, range }) => `${range.start.line + 1}: ${typeof message === 'string' ? message : message.value}`);
}

describe('the workflows', () => {
  it('are those that the project promises', () => {
    expect(files).toEqual(['ci.yml', 'codeql.yml', 'dependency-review.yml', 'release-client.yml', 'soak.yml']);
    expect(Object.keys(workflow('ci.yml').jobs)).toEqual(['verify', 'test', 'test-timescale', 'test-postgres', 'images']);
    expect(workflow('ci.yml').on).toEqual({ push: { branches: ['main'] }, pull_request: null });
    expect(workflow('soak.yml').on).toMatchObject({ schedule: [{ cron: expect.stringMatching(/^\d+ \d+ \* \* \*$/) }] });
    expect(workflow('release-client.yml').on).toEqual({ push: { tags: ['client-v*'] } });
  });

  it.each(files)('%s passes the linter', async (file) => {
    expect(await lint(texts.get(file) ?? '')).toEqual([]);
  });

  it.each(files)('%s runs pinned actions with no more rights and no longer than it must', (file) => {
    expect(faultsOfWorkflow(workflow(file), texts.get(file) ?? '')).toEqual([]);
  });

  it('write in two places only: findings of CodeQL, and the identity that signs a release', () => {
    const rights = files.map((file) => [file, rightsToWrite(workflow(file))] as const).filter(([, jobs]) => Object.keys(jobs).length > 0);
    expect(Object.fromEntries(rights)).toEqual({
      'codeql.yml': { analyze: ['security-events: write'] },
      'release-client.yml': { publish: ['id-token: write'] },
    });
    expect([...texts.values()].join('\n')).not.toMatch(/\$\{\{[^}]*\bsecrets\b/);
  });

  it.each(files)('%s calls only scripts and files that are there', (file) => {
    const runs = Object.values(workflow(file).jobs).flatMap(({ steps }) => steps.flatMap(({ run }) => run ?? []));
    const called = runs.flatMap((run) =>
      [...run.matchAll(/\bnpm (?:run )?(?<name>test(?::\w+)?|(?<=run )[\w:-]+)/g)].map((match) => match.groups?.['name'] ?? ''),
    );
    expect(called.filter((name) => !(name in scripts))).toEqual([]);
    const named = runs.flatMap((run) => run.match(/\b(?:scripts|docker|packages)\/[\w./-]+\.\w+/g) ?? []);
    expect(named.filter((path) => !existsSync(pathOf(path)))).toEqual([]);
  });

  it('try the TimescaleDB that compose.yaml starts, on the oldest and on its PostgreSQL', () => {
    const { image } = workflow('ci.yml').jobs['test-timescale']?.services?.['timescale'] ?? { image: '' };
    const [, composed] = /image: (timescale\/timescaledb:[\d.]+-pg)18/.exec(textOf('docker/compose.yaml')) ?? [];
    expect(image).toBe(`${composed ?? 'none'}\${{ matrix.postgres }}`);
    expect(texts.get('ci.yml')).toContain('postgres: [15, 18]');
  });

  it('publish only what passed all tests, with provenance, from the tag that names its version', () => {
    const text = texts.get('release-client.yml') ?? '';
    expect(text).toMatch(/publish:\n {4}name: Publish\n {4}needs: test\n/);
    expect(text).toContain('"client-v$(node --print "require(\'./packages/client/package.json\').version")"');
    expect(text).toContain('npm publish "$RUNNER_TEMP"/client/*.tgz --provenance --access public');
  });
});

describe('the rules', () => {
  const good = `on: { push: null }
permissions:
  contents: read
concurrency: a
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@${'0123456789'.repeat(4)} # v7.0.1
        with:
          persist-credentials: false
      - run: echo a
`;
  const faultsWith = (from: string, to: string) => {
    const text = good.replace(from, to);
    const changed: Workflow = parse(text);
    return faultsOfWorkflow(changed, text);
  };

  it.each([
    ['contents: read', 'contents: write', /permission to read/],
    ['permissions:\n  contents: read\n', '', /permission to read/],
    ['concurrency: a\n', '', /concurrency/],
    ['push: null', 'pull_request_target: null', /pull_request_target/],
    ['ubuntu-24.04', 'ubuntu-latest', /changes under us/],
    ['    timeout-minutes: 5\n', '', /for hours/],
    ['timeout-minutes: 5', 'timeout-minutes: 600', /for hours/],
    ['persist-credentials: false', 'fetch-depth: 1', /token stays/],
    ['0123456789'.repeat(4), 'v7.0.1', /not the commit/],
    [' # v7.0.1', '', /not the commit/],
    ['echo a', 'echo ${{ github.head_ref }}', /expression into a script/],
  ])('see %j become %j', (from, to, says) => {
    expect(faultsWith('', '')).toEqual([]);
    expect(faultsWith(from, to)).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    ['  contents: read', '  nothing: read', /Unexpected value 'nothing'/],
    ['    timeout-minutes: 5', '    needs: b', /unknown job 'b'|'b' is not valid/],
    ['echo a', 'echo ${{ steps.a.outputs.b }}', /Context access might be invalid: a/],
    ['echo a', "echo ${{ hashFile('a') }}", /Unrecognized function/],
  ])('and the linter sees %j become %j', async (from, to, says) => {
    expect(await lint(good)).toEqual([]);
    expect((await lint(good.replace(from, to))).join('\n')).toMatch(says);
  });
});
