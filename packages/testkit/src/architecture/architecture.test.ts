import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { areasFollowLevels, areasHaveOneShape } from './area-arrows.ts';
import { bannedCallsStayHome } from './banned-calls.ts';
import { dependenciesAreExplained, importsAreDeclared, librariesStayHome, versionsComeFromCatalog } from './libraries.ts';
import { filesStaySmall, namesSayWhatIsInside, nothingForDeno } from './names-and-sizes.ts';
import { dependenciesFollowArrows, importsFollowArrows, packagesHaveOneDoor } from './package-arrows.ts';
import { redisKeysStayHome } from './redis-keys.ts';
import { exceptionsHaveReasons, formulasAreDocumented } from './reasons.ts';
import { readSourceTree, type SourceTree } from './source-tree.ts';
import { decisionsExist, documentLinksResolve, nothingNamesAMachine } from './traces.ts';
import { describeViolations, type Violation } from './violation.ts';

const tree = readSourceTree(fileURLToPath(new URL('../../../../', import.meta.url)));

const rules: readonly [name: string, rule: (tree: SourceTree) => Violation[]][] = [
  ['imports between packages follow the arrows', importsFollowArrows],
  ['dependencies in package.json follow the arrows', dependenciesFollowArrows],
  ['a package has one door', packagesHaveOneDoor],
  ['areas import only lower areas, through their doors', areasFollowLevels],
  ['an area folder has its shape', areasHaveOneShape],
  ['third-party libraries stay in their homes', librariesStayHome],
  ['what ships is declared under dependencies', importsAreDeclared],
  ['versions come from the catalog', versionsComeFromCatalog],
  ['every library is explained in docs/DEPENDENCIES.md', dependenciesAreExplained],
  ['clock, environment, chance and I/O stay in their homes', bannedCallsStayHome],
  ['keys of Redis stay in their home', redisKeysStayHome],
  ['casts and lint exceptions give their reason', exceptionsHaveReasons],
  ['functions of quant state their formula', formulasAreDocumented],
  ['files stay small', filesStaySmall],
  ['names say what is inside', namesSayWhatIsInside],
  ['nothing is for another runtime or package manager', nothingForDeno],
  ['nothing names a machine', nothingNamesAMachine],
  ['links in the documentation resolve', documentLinksResolve],
  ['decisions that are named exist', decisionsExist],
];

test('the tree that the rules judge is this repository', () => {
  expect([...tree.keys()]).toEqual(
    expect.arrayContaining(['package.json', 'packages/kernel/src/index.ts', 'apps/api/package.json', 'db/package.json']),
  );
});

test.each(rules)('%s', (_name, rule) => {
  expect(describeViolations(rule(tree))).toEqual([]);
});
