import { describe, expect, it } from 'vitest';
import { loginFinding, seriesEngineFinding, visibilityFinding } from './database-checks.ts';
import { bunFinding, freeSpaceFinding, nodeFinding } from './machine-checks.ts';

describe('a serving login', () => {
  const harmless = { login: 'trii_api', serverVersion: '18.4', isSuperuser: false, bypassesRowSecurity: false, isOwner: false };

  it('that is bound by row-level security is fine', () => {
    expect(loginFinding(harmless)).toMatchObject({ state: 'ok' });
  });

  it.each([
    { isSuperuser: true, says: 'superuser' },
    { bypassesRowSecurity: true, says: 'bypasses row-level security' },
    { isOwner: true, says: 'owner' },
  ])('that could step around it fails, with its mend: $says', ({ says, ...power }) => {
    expect(loginFinding({ ...harmless, ...power })).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining(says),
      mend: expect.any(String),
    });
  });
});

describe('the series engine', () => {
  it.each([
    { engine: null, timescaleVersion: null, timescaleLicense: null, state: 'not checked', says: 'first migration' },
    { engine: 'native', timescaleVersion: null, timescaleLicense: null, state: 'ok', says: 'no TimescaleDB' },
    { engine: 'native', timescaleVersion: '2.28.3', timescaleLicense: 'apache', state: 'ok', says: 'licence "apache"' },
    { engine: 'native', timescaleVersion: '2.28.3', timescaleLicense: 'timescale', state: 'ok', says: 'trii migrate --series timescale' },
    { engine: 'timescale', timescaleVersion: '2.28.3', timescaleLicense: 'timescale', state: 'ok', says: '2.28.3, community licence' },
    { engine: 'timescale', timescaleVersion: '2.28.3', timescaleLicense: 'apache', state: 'failed', says: 'no rollup is refreshed' },
  ])('$engine with TimescaleDB $timescaleVersion of licence $timescaleLicense is $state', ({ state, says, ...found }) => {
    expect(seriesEngineFinding(found)).toMatchObject({ state, detail: expect.stringContaining(says) });
  });
});

describe('statistics of the server', () => {
  it.each([
    ['hidden', 'pg_read_all_stats'],
    ['missing', 'CREATE EXTENSION'],
    ['not_loaded', 'shared_preload_libraries'],
  ] as const)('that are %s are warned about, with their mend', (visibility, mend) => {
    expect(visibilityFinding(visibility)).toMatchObject({ state: 'warning', mend: expect.stringContaining(mend) });
  });

  it('that are seen are fine', () => {
    expect(visibilityFinding('all')).toMatchObject({ state: 'ok' });
  });
});

describe('the machine', () => {
  it.each([
    ['v20.0.0', 'ok'],
    ['v24.21.0', 'ok'],
    ['v18.20.1', 'failed'],
    [undefined, 'failed'],
  ])('with Node %s is %s', (version, state) => {
    expect(nodeFinding(version)).toMatchObject({ state });
  });

  it('is warned about on another Bun than the pinned one', () => {
    expect(bunFinding('1.4.5', '1.4.5')).toMatchObject({ state: 'ok' });
    expect(bunFinding('1.3.0', '1.4.5')).toMatchObject({ state: 'warning' });
  });

  it.each([
    [1.9e9, 'failed'],
    [2e9, 'warning'],
    [5e9, 'ok'],
  ])('with %d bytes free is %s', (bytes, state) => {
    expect(freeSpaceFinding(bytes)).toMatchObject({ state });
  });
});
