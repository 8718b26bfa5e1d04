import { DockerfileParser } from 'dockerfile-ast';
import { validate } from 'dockerfile-utils';
import { describe, expect, it } from 'vitest';
import { basesNotPinned, faultsOfImage, type Stage } from './dockerfile-rules.ts';
import { textOf } from './repository-files.ts';

function stagesOf(dockerfile: string): Stage[] {
  const stages: { name: string; base: string; instructions: { keyword: string; content: string }[] }[] = [];
  for (const instruction of DockerfileParser.parse(dockerfile).getInstructions()) {
    const content = instruction.getArgumentsContent() ?? '';
    const [base = '', , name = ''] = content.split(/\s+/);
    if (instruction.getKeyword() === 'FROM') stages.push({ name, base, instructions: [] });
    else stages.at(-1)?.instructions.push({ keyword: instruction.getKeyword(), content });
  }
  return stages;
}

const dockerfile = textOf('docker/Dockerfile');
const stages = stagesOf(dockerfile);
const targets = ['api', 'workers', 'migrate'];

describe('docker/Dockerfile', () => {
  it('passes the linter, which sees a fault when there is one', () => {
    expect(validate(dockerfile)).toEqual([]);
    expect(validate(dockerfile.replaceAll('--timeout=5s', '--timout=5s')).map(({ message }) => message)).toEqual([
      'Unknown flag: timout',
      'Unknown flag: timout',
    ]);
  });

  it.each(targets)('%s serves as an ordinary user, ends on SIGTERM, says how it is, and holds built output only', (target) => {
    expect(faultsOfImage(stages, target)).toEqual([]);
  });

  it('builds in a stage that no image stands on', () => {
    expect(stages.map(({ name, base }) => [name, base.split(':')[0]])).toEqual([
      ['build', 'node'],
      ['runtime', 'debian'],
      ['api', 'runtime'],
      ['workers', 'runtime'],
      ['migrate', 'runtime'],
    ]);
  });

  it('stands on exact versions', () => {
    expect(basesNotPinned(stages)).toEqual([]);
    expect(basesNotPinned(stagesOf('FROM debian:stable-slim AS a\nFROM node:24 AS b\nFROM a AS c\nFROM redis'))).toEqual([
      'debian:stable-slim',
      'node:24',
      'redis',
    ]);
  });

  it('takes pnpm and Bun in the versions that the checkout pins, and installs by the lockfile', () => {
    expect(dockerfile).toContain(`require('./package.json').packageManager`);
    expect(dockerfile).toMatch(/pnpm install --frozen-lockfile .*\n.*bun-runtime\/bin\/bun\.exe \/out\/bun/);
  });

  it('gets nothing sent but manifests and the sources that run', () => {
    const ignored = textOf('docker/Dockerfile.dockerignore')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));
    expect(ignored[0]).toBe('*');
    expect(ignored.filter((line) => line.startsWith('!')).toSorted()).toEqual(
      ['!apps', '!db', '!package.json', '!packages', '!pnpm-lock.yaml', '!pnpm-workspace.yaml'].toSorted(),
    );
    expect(ignored).toEqual(
      expect.arrayContaining([
        'packages/stack/src',
        'packages/testkit/src',
        'packages/bench/src',
        'apps/cli/src',
        '**/tests',
        '**/*.test.ts',
      ]),
    );
  });
});

describe('the rules for an image', () => {
  const good = [
    'FROM debian:13.1.0 AS run',
    'USER 10001:10001',
    'STOPSIGNAL SIGTERM',
    'FROM run AS app',
    'COPY --from=build /out/app ./',
    'HEALTHCHECK NONE',
    'CMD ["bun", "a.ts"]',
  ];
  const faultsWith = (from: string, to: string) => faultsOfImage(stagesOf(good.join('\n').replace(from, to)), 'app');

  it.each([
    ['USER 10001:10001', 'USER root', /ordinary|number above 0/],
    ['USER 10001:10001', 'USER 0:0', /number above 0/],
    ['USER 10001:10001\n', '', /number above 0/],
    ['HEALTHCHECK NONE', 'USER 0\nHEALTHCHECK NONE', /number above 0/],
    ['STOPSIGNAL SIGTERM', 'STOPSIGNAL SIGKILL', /SIGTERM/],
    ['CMD ["bun", "a.ts"]', 'CMD bun a.ts', /shell/],
    ['HEALTHCHECK NONE\n', '', /health check/],
    ['HEALTHCHECK NONE', 'ADD https://example.com/a /a\nHEALTHCHECK NONE', /ADD/],
    ['HEALTHCHECK NONE', 'ENV PASSWORD_PEPPER=abc\nHEALTHCHECK NONE', /secret/],
    ['/out/app', '. ', /not built output/],
    ['AS app', 'AS other', /no stage app/],
  ])('see %j become %j', (from, to, says) => {
    expect(faultsWith('', '')).toEqual([]);
    expect(faultsWith(from, to)).toEqual([expect.stringMatching(says)]);
  });
});
