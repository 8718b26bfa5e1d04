import { describe, expect, it } from 'vitest';
import { commandsIn, faultOf, readHelp, type Known } from './documented-commands.ts';

const known: Known = {
  scripts: new Set(['start', 'test', 'verify', 'trii']),
  trii: new Map([
    ['status', new Set(['--json', '--help'])],
    ['import', new Set(['--help'])],
    ['import bars', new Set(['--symbol', '--help'])],
  ]),
  targets: new Set(['api']),
  hasFile: (path) => path === 'docker/compose.yaml',
};

describe('commands of a page', () => {
  it('are the lines of its sh fences and the code that begins with a program', () => {
    const page =
      'Run `npm start` (`trii up`), not `npm` or `start`.\n```sh\n# first\nnpm test\n\ncurl localhost\n```\n```ts\nnpm run nothing\n```\n| `pnpm verify` |';
    expect(commandsIn('a.md', page)).toEqual([
      { path: 'a.md', line: 1, command: 'npm start' },
      { path: 'a.md', line: 1, command: 'npm run trii -- up' },
      { path: 'a.md', line: 4, command: 'npm test' },
      { path: 'a.md', line: 6, command: 'curl localhost' },
      { path: 'a.md', line: 11, command: 'npm run verify' },
    ]);
  });

  it.each([
    'npm start',
    'npm test -- --project unit x',
    'npm run verify -- lint',
    'npm install x',
    'npm run trii --',
    'npm run trii -- --help',
    'npm run trii -- COMMAND --help',
    'npm run trii -- status --json',
    'npm run trii -- import bars a.csv --symbol X',
    'docker compose -f docker/compose.yaml up',
    'docker build --target api .',
  ])('%s names nothing that is not there', (command) => {
    expect(faultOf(command, known)).toBeUndefined();
  });

  it.each([
    ['npm run build', 'there is no script build'],
    ['pnpm build', 'there is no script build'],
    ['npm verify', 'there is no script verify'],
    ['npm run trii -- sing', 'trii has no command sing'],
    ['npm run trii -- import prices', 'trii import has no command prices'],
    ['npm run trii -- status --yaml', 'trii status has no option --yaml'],
    ['npm run trii -- import bars --json', 'trii import bars has no option --json'],
    ['docker compose -f docker/other.yaml up', 'there is no file docker/other.yaml'],
    ['docker build --target web .', 'there is no target web'],
    ['bun apps/web/src/main.ts', 'there is no file apps/web/src/main.ts'],
  ])('%s is seen to name what is not there', (command, fault) => {
    expect(faultOf(command, known)).toBe(fault);
  });

  it('are known by what the help prints', () => {
    const help =
      'Usage: trii [options]\n\nOptions:\n  -h, --help  shows\n  --dry-run   writes nothing\n\nCommands:\n  import      Bring.\n              in\n  help [c]    d\n';
    expect(readHelp(help)).toEqual({ commands: ['import'], options: new Set(['--help', '--dry-run']) });
  });
});
