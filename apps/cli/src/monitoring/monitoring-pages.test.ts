import { describe, expect, it } from 'vitest';
import { bar, sparkline } from './bar.ts';
import { byteSize, milliseconds } from './figures.ts';
import { connectionsPage, growthPage, sizesPage, slowQueriesPage } from './monitoring-pages.ts';

describe('a bar', () => {
  it.each([
    [10, 10, '████'],
    [5, 10, '██'],
    [20, 10, '████'],
    [1, 1_000_000, '▏'],
    [9, 32, '█▏'],
    [0, 10, ''],
    [0, 0, ''],
  ])('of %d of %d is "%s"', (part, whole, text) => {
    expect(bar(part, whole, 4)).toBe(text);
  });
});

describe('a sparkline', () => {
  it.each([
    [[0, 1, 2, 3, 4, 5, 6, 7], '▁▂▃▄▅▆▇█'],
    [[100, 50, 100], '█▁█'],
    [[5, 5, 5], '▁▁▁'],
    [[5], '▁'],
    [[], ''],
  ])('of %j is "%s"', (values, text) => {
    expect(sparkline(values)).toBe(text);
  });
});

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1536, '1.5 kB'],
  [-1_048_576, '-1.0 MB'],
  [5 * 1024 ** 4, '5.0 TB'],
  [5000 * 1024 ** 4, '5000.0 TB'],
])('%d bytes read %s', (bytes, text) => {
  expect(byteSize(bytes)).toBe(text);
});

it.each([
  [0.0123, '0.0123 ms'],
  [12.345, '12.3 ms'],
  [99.99, '100 ms'],
  [123_456.7, '123,457 ms'],
])('%d milliseconds read %s', (ms, text) => {
  expect(milliseconds(ms)).toBe(text);
});

const size = {
  schema: 'public',
  table: 'daily_bars',
  bytes: 2_097_152,
  compressedBytes: 0,
  partitions: 38,
  inserts: 20_000,
  updates: 0,
  deletes: 7,
};

describe('the page of sizes', () => {
  it('sets figures flush right, the largest table as the whole bar, and other schemas before the name', () => {
    const small = { ...size, schema: 'ops', table: 'notes', bytes: 1_048_576, partitions: 0, inserts: 5, deletes: 0 };
    expect(sizesPage({ items: [size, small], total: 40 })).toEqual([
      'table         size                        partitions  inserted  updated  deleted',
      'daily_bars  2.0 MB  ████████████████████          38    20,000        0        7',
      'ops.notes   1.0 MB  ██████████                     0         5        0        0',
      '38 more; --limit shows them.',
    ]);
  });

  it('has a column for what is compressed where something is', () => {
    const page = sizesPage({ items: [{ ...size, compressedBytes: 1_048_576 }], total: 1 }).join('\n');
    expect(page).toContain('compressed');
    expect(page).toContain('1.0 MB');
  });
});

describe('the page of connections', () => {
  const idle = {
    login: 'trii_worker',
    application: 'trii-workers',
    clientAddress: '10.0.0.7',
    state: 'idle in transaction',
    connections: 2,
    longestInStateSeconds: 3_700,
    longestTransactionSeconds: 3_701,
  };

  it('says who has kept a transaction open without using it', () => {
    const page = connectionsPage({ visibility: 'all', items: [idle], total: 1 });
    expect(page.at(-1)).toBe('trii_worker (trii-workers) has kept a transaction open for 1 h 1 min without doing anything in it.');
    expect(connectionsPage({ visibility: 'all', items: [{ ...idle, longestInStateSeconds: 5 }], total: 1 })).toHaveLength(2);
    expect(connectionsPage({ visibility: 'all', items: [{ ...idle, state: 'idle' }], total: 1 })).toHaveLength(2);
  });

  it('says what to grant where states are hidden', () => {
    const hidden = { ...idle, state: 'hidden', longestInStateSeconds: null, longestTransactionSeconds: null };
    expect(connectionsPage({ visibility: 'hidden', items: [hidden], total: 1 }).at(-1)).toMatch(/grant pg_read_all_stats to definer_role/);
  });
});

describe('the page of slow statements', () => {
  const statement = {
    query: 'SELECT  *\n  FROM x\tWHERE y = $1',
    role: 'authenticated_user',
    calls: 3,
    meanMs: 12.5,
    totalMs: 37.5,
    rows: 9,
    hitPercent: 99.5,
  };

  it('shows a statement on one line, cut where it is too long', () => {
    expect(slowQueriesPage({ visibility: 'all', items: [statement], total: 1 })[1]).toMatch(/ {2}SELECT \* FROM x WHERE y = \$1$/);
    const long = slowQueriesPage({
      visibility: 'all',
      items: [{ ...statement, query: 'x'.repeat(500), role: null, hitPercent: null }],
      total: 1,
    });
    expect(long[1]).toMatch(/ x{89}…$/);
  });

  it.each([
    ['all', /No statement was counted yet/],
    ['hidden', /grant pg_read_all_stats/],
    ['missing', /CREATE EXTENSION pg_stat_statements/],
    ['not_loaded', /shared_preload_libraries/],
  ] as const)('says what to do where there is none: %s', (visibility, said) => {
    expect(slowQueriesPage({ visibility, items: [], total: 0 }).join('\n')).toMatch(said);
  });
});

describe('the page of growth', () => {
  it('draws the way from one size to the other, and says ? where rows are not known', () => {
    const item = {
      schema: 'public',
      table: 'outbox',
      bytesBefore: 1024,
      bytesAfter: 3072,
      bytesGrown: 2048,
      inserts: 10,
      updates: null,
      deletes: 0,
      history: [1024, 1024, 3072],
    };
    const page = growthPage({ from: '2026-11-01T00:15:00.000Z', to: '2026-11-08T00:15:00.000Z', items: [item], total: 1 });
    expect(page[0]).toBe('From 2026-11-01T00:15:00.000Z to 2026-11-08T00:15:00.000Z: +2.0 kB');
    expect(page.at(-1)).toBe('outbox  1.0 kB  3.0 kB  +2.0 kB        10        ?        0  ▁▁█');
  });

  it('says how to get a sample where there is none', () => {
    expect(growthPage({ from: null, to: null, items: [], total: 0 })).toEqual([expect.stringContaining('trii monitor sample')]);
  });
});
