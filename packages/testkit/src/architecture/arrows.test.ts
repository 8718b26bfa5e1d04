import { describe, expect, it } from 'vitest';
import { areasFollowLevels, areasHaveOneShape } from './area-arrows.ts';
import { dependenciesFollowArrows, importsFollowArrows, packagesHaveOneDoor } from './package-arrows.ts';
import { sourceTree } from './source-tree.ts';

const importing = (specifier: string): string => `// planted\nimport { x } from '${specifier}';\n`;
const importsFrom = (path: string, specifier: string) => importsFollowArrows(sourceTree({ [path]: importing(specifier) }));
const areaImport = (path: string, specifier: string) => areasFollowLevels(sourceTree({ [path]: importing(specifier) }));
const allowed: readonly unknown[] = [];

describe('imports between packages', () => {
  it.each([
    ['packages/kernel/src/a.ts', '@trii/contract'],
    ['packages/quant/src/risk/a.ts', '@trii/contract'],
    ['packages/contract/src/a.ts', '@trii/quant'],
    ['packages/domain/src/market/a.ts', '@trii/infra'],
    ['packages/domain/src/market/a.ts', '@trii/testkit'],
    ['packages/infra/src/a.ts', '@trii/stack'],
    ['packages/rpc/src/a.ts', '@trii/infra'],
    ['packages/jobs/src/a.ts', '@trii/infra'],
    ['packages/client/src/a.ts', '@trii/domain'],
    ['packages/stack/src/a.ts', '@trii/infra'],
    ['packages/testkit/src/a.ts', '@trii/api'],
    ['packages/kernel/src/a.test.ts', '@trii/testkit'],
    ['apps/api/src/a.ts', '@trii/stack'],
    ['apps/api/src/a.ts', '@trii/workers'],
    ['apps/workers/src/a.ts', '@trii/stack'],
    ['db/src/a.ts', '@trii/infra'],
  ])('%s must not import %s', (path, specifier) => {
    const [violation, ...others] = importsFrom(path, specifier);
    expect(violation).toMatchObject({
      path,
      line: 2,
      problem: expect.stringContaining(`must not import ${specifier}`),
      remedy: expect.stringMatching(/It may import /),
    });
    expect(others).toEqual([]);
  });

  it.each([
    ['packages/quant/src/a.ts', '@trii/kernel'],
    ['packages/domain/src/market/a.ts', '@trii/quant'],
    ['packages/domain/src/market/a.db.test.ts', '@trii/testkit'],
    ['apps/cli/src/a.ts', '@trii/stack'],
    ['packages/testkit/src/a.ts', '@trii/stack'],
    ['packages/kernel/src/a.ts', './b.ts'],
    ['packages/kernel/src/a.ts', 'decimal.js'],
  ])('%s may import %s', (path, specifier) => {
    expect(importsFrom(path, specifier)).toEqual(allowed);
  });

  it('refuses a path into another package and a door beside the door', () => {
    expect(importsFrom('packages/rpc/src/a.ts', '../../domain/src/index.ts')).toMatchObject([
      { line: 2, problem: "'../../domain/src/index.ts' leaves the package by path" },
    ]);
    expect(importsFrom('packages/rpc/src/a.ts', '@trii/domain/src/market/index.ts')).toMatchObject([
      { problem: expect.stringContaining("past the package's door") },
    ]);
  });

  it('refuses a package that imports itself by name', () => {
    expect(importsFrom('packages/rpc/src/a.test.ts', '@trii/rpc')).toMatchObject([{ line: 2, problem: 'rpc imports its own door' }]);
  });

  it('refuses a workspace that the table does not know', () => {
    expect(importsFrom('packages/extras/src/a.ts', 'zod')).toMatchObject([{ problem: 'extras has no row in the table of arrows' }]);
  });

  it('refuses the arrow in package.json, where only devDependencies may name testkit', () => {
    const manifest = (field: string, name: string) =>
      sourceTree({ 'packages/domain/package.json': `{\n  "${field}": {\n    "${name}": "workspace:*"\n  }\n}\n` });
    expect(dependenciesFollowArrows(manifest('dependencies', '@trii/infra'))).toMatchObject([
      { path: 'packages/domain/package.json', line: 3 },
    ]);
    expect(dependenciesFollowArrows(manifest('dependencies', '@trii/testkit'))).toHaveLength(1);
    expect(dependenciesFollowArrows(manifest('devDependencies', '@trii/testkit'))).toEqual(allowed);
    expect(dependenciesFollowArrows(manifest('dependencies', 'zod'))).toEqual(allowed);
  });

  it('lets an app go without a door, but not with one that leads nowhere', () => {
    expect(packagesHaveOneDoor(sourceTree({ 'apps/api/package.json': '{}' }))).toEqual(allowed);
    expect(packagesHaveOneDoor(sourceTree({ 'apps/api/package.json': '{ "exports": { ".": "./src/index.ts" } }' }))).toHaveLength(1);
  });

  it('refuses a second door in package.json and a door without a room', () => {
    const door = (exports: string, file: string) =>
      sourceTree({ 'packages/quant/package.json': `{ "exports": ${exports} }`, [`packages/quant/${file}`]: '' });
    expect(packagesHaveOneDoor(door('{ ".": "./src/index.ts" }', 'src/index.ts'))).toEqual(allowed);
    expect(packagesHaveOneDoor(door('{ ".": "./src/index.ts", "./risk": "./src/risk.ts" }', 'src/index.ts'))).toHaveLength(1);
    expect(packagesHaveOneDoor(door('{ ".": "./src/index.ts" }', 'src/other.ts'))).toHaveLength(1);
  });
});

describe('imports between areas', () => {
  it.each([
    ['packages/domain/src/platform/a.ts', '../market/index.ts', 'platform (level 0) must not import market (level 1)'],
    ['packages/domain/src/market/a.ts', '../identity/index.ts', 'market (level 1) must not import identity (level 1)'],
    ['packages/domain/src/compliance/a.ts', '../trading/index.ts', 'compliance (level 3) must not import trading (level 4)'],
    ['packages/domain/src/trading/a.ts', '../notifications/index.ts', 'trading (level 4) must not import notifications (level 6)'],
    ['packages/contract/src/portfolio/a.ts', '../trading/trading.ts', 'portfolio (level 2) must not import trading (level 4)'],
    ['packages/domain/src/trading/a.ts', '../portfolio/portfolio.entity.ts', 'trading goes past the door of portfolio'],
    ['packages/domain/src/trading/rules/a.ts', '../../portfolio/cash/b.ts', 'trading goes past the door of portfolio'],
    ['packages/contract/src/trading/a.ts', '../reference/openapi.ts', 'trading imports reference/openapi.ts, which imports every area'],
    ['packages/domain/src/trading/a.ts', '../index.ts', 'trading imports index.ts, which imports every area'],
  ])('%s must not import %s', (path, specifier, problem) => {
    expect(areaImport(path, specifier)).toMatchObject([{ path, line: 2, problem }]);
  });

  it.each([
    ['packages/domain/src/trading/a.ts', '../portfolio/index.ts'],
    ['packages/domain/src/trading/a.ts', './b.ts'],
    ['packages/domain/src/trading/rules/a.ts', '../b.ts'],
    ['packages/domain/src/entities.ts', './portfolio/portfolio.entity.ts'],
    ['packages/contract/src/trading/a.ts', '../declaration.ts'],
    ['packages/infra/src/trading/a.ts', '../portfolio/b.ts'],
  ])('%s may import %s', (path, specifier) => {
    expect(areaImport(path, specifier)).toEqual(allowed);
  });

  it('wants a door and half a page in every area of domain, and no folder that is no area', () => {
    const files = {
      'packages/domain/src/market/bar.ts': '',
      'packages/contract/src/market/index.ts': '',
      'packages/domain/src/shop/index.ts': '',
      'packages/domain/src/shop/README.md': '',
    };
    expect(areasHaveOneShape(sourceTree(files)).map(({ path, problem }) => `${path} ${problem}`)).toEqual([
      'packages/domain/src/market/index.ts is missing',
      'packages/domain/src/market/README.md is missing',
      'packages/domain/src/shop shop is no area',
    ]);
  });
});
