import { decimal, type LocalDate } from '@trii/kernel';
import { describe, expect, it } from 'vitest';
import type { Dated } from './dated-values.ts';
import { valuePortfolio, type Movement, type SessionRate, type ValuationInput, type ValuedSession } from './value-portfolio.ts';

const MON = '2018-01-08';
const TUE = '2018-01-09';
const WED = '2018-01-10';

const movement = (
  date: LocalDate,
  asset: string,
  change: { held?: string; cost?: string; inflow?: string; outflow?: string },
): Movement => ({
  date,
  asset,
  held: decimal(change.held ?? '0'),
  cost: decimal(change.cost ?? '0'),
  inflow: decimal(change.inflow ?? '0'),
  outflow: decimal(change.outflow ?? '0'),
});

const series = (...entries: [LocalDate, string][]): Dated<ReturnType<typeof decimal>>[] =>
  entries.map(([date, value]) => ({ date, value: decimal(value) }));

const rates = (from: string, ...entries: [LocalDate, string, 'stale'?][]): [string, SessionRate[]] => [
  from,
  entries.map(([date, text, stale]) => {
    const found = { from, to: 'USD', rate: decimal(text), asOf: `${date}T12:00:00.000Z`, path: 'direct' as const, legs: [] };
    return { date, value: found.rate, isStale: stale !== undefined, found };
  }),
];

const input = (parts: Partial<ValuationInput>): ValuationInput => ({
  baseCurrency: 'USD',
  sessions: [MON, TUE, WED],
  previous: null,
  movements: [],
  assets: new Map([['aapl', { currency: 'USD', closes: series([MON, '10'], [TUE, '11'], [WED, '12.5']) }]]),
  rates: new Map(),
  ...parts,
});

const figures = ({ date, cash, totalValue, invested, inflow, outflow, isStale }: ValuedSession) =>
  [date, cash, totalValue, invested, inflow, outflow, isStale].map(String);

/** 1,000 in on Monday; 50 bought on Tuesday for 11 and a fee of 5: cost 555; 100 out on Wednesday. */
const trading = [
  movement(MON, 'USD', { held: '1000', inflow: '1000' }),
  movement(TUE, 'USD', { held: '-555' }),
  movement(TUE, 'aapl', { held: '50', cost: '555' }),
  movement(WED, 'USD', { held: '-100', outflow: '100' }),
];

describe('valuePortfolio', () => {
  it('adds what is owed at the rate of the day, from its first day to before the day the ledger has it', () => {
    const owed = { currency: 'EUR', amount: decimal('45'), from: TUE, until: WED } as const;
    const { sessions } = valuePortfolio(
      input({ receivables: [owed], rates: new Map([rates('EUR', [MON, '1.1'], [TUE, '1.2'], [WED, '1.3'])]) }),
    );
    expect(sessions.map(({ totalValue, accruedDividends }) => [totalValue, accruedDividends].map(String))).toEqual([
      ['0', '0'],
      ['54', '54'],
      ['0', '0'],
    ]);
    expect(valuePortfolio(input({ receivables: [owed] })).missing).toEqual({ date: TUE, code: 'FX_RATE_MISSING', asset: 'EUR' });
  });

  it('adds cash and quantity times close, session by session', () => {
    const { sessions, missing } = valuePortfolio(input({ movements: trading }));
    expect(missing).toBeNull();
    expect(sessions.map(figures)).toEqual([
      [MON, '1000', '1000', '0', '1000', '0', 'false'],
      // 1000 - 555 = 445; 445 + 50 x 11 = 995
      [TUE, '445', '995', '555', '0', '0', 'false'],
      // 445 - 100 = 345; 345 + 50 x 12.5 = 970
      [WED, '345', '970', '555', '0', '100', 'false'],
    ]);
    expect(sessions.at(-1)?.holdings).toEqual([{ asset: 'aapl', price: decimal('12.5'), value: decimal('625'), cost: decimal('555') }]);
  });

  it('goes on from a snapshot: what lies before it is held but does not flow', () => {
    const { sessions } = valuePortfolio(input({ sessions: [WED], previous: TUE, movements: trading }));
    expect(sessions.map(figures)).toEqual([[WED, '345', '970', '555', '0', '100', 'false']]);
  });

  it('counts what moved on a closed day to the next session', () => {
    const saturday = movement('2018-01-06', 'USD', { held: '70', inflow: '70' });
    const { sessions } = valuePortfolio(input({ sessions: [MON], previous: '2018-01-05', movements: [saturday] }));
    expect(sessions.map(figures)).toEqual([[MON, '70', '70', '0', '70', '0', 'false']]);
  });

  it('carries the last close into a session without one and marks it stale', () => {
    const assets = new Map([['aapl', { currency: 'USD', closes: series([MON, '10'], [WED, '12']) }]]);
    const movements = [movement(MON, 'aapl', { held: '3', cost: '30' })];
    const { sessions } = valuePortfolio(input({ assets, movements }));
    expect(sessions.map(figures)).toEqual([
      [MON, '0', '30', '30', '0', '0', 'false'],
      [TUE, '0', '30', '30', '0', '0', 'true'],
      [WED, '0', '36', '30', '0', '0', 'false'],
    ]);
  });

  it('is not stale for an instrument that is no longer held', () => {
    const assets = new Map([['aapl', { currency: 'USD', closes: series([MON, '10']) }]]);
    const movements = [
      movement(MON, 'aapl', { held: '3', cost: '30' }),
      movement(TUE, 'aapl', { held: '-3', cost: '-30' }),
      movement(TUE, 'USD', { held: '33' }),
    ];
    const { sessions } = valuePortfolio(input({ assets, movements }));
    expect(sessions.map(figures).slice(1)).toEqual([
      [TUE, '33', '33', '0', '0', '0', 'false'],
      [WED, '33', '33', '0', '0', '0', 'false'],
    ]);
    expect(sessions.at(-1)?.holdings).toEqual([]);
  });

  it('stops the session before the one where a held instrument has no price yet', () => {
    const assets = new Map([['aapl', { currency: 'USD', closes: series([WED, '12']) }]]);
    const movements = [movement(MON, 'USD', { held: '100', inflow: '100' }), movement(TUE, 'aapl', { held: '1', cost: '9' })];
    const { sessions, missing } = valuePortfolio(input({ assets, movements }));
    expect(sessions.map(({ date }) => date)).toEqual([MON]);
    expect(missing).toEqual({ date: TUE, code: 'PRICE_MISSING', asset: 'aapl' });
  });

  it('converts another currency at the newest rate on or before the session, rounding half-even to 8 digits', () => {
    const assets = new Map([['bvc', { currency: 'EUR', closes: series([MON, '1.00000001'], [TUE, '3']) }]]);
    const movements = [movement(MON, 'bvc', { held: '1', cost: '0.5' })];
    const { sessions } = valuePortfolio(
      input({ sessions: [MON, TUE], assets, rates: new Map([rates('EUR', ['2018-01-05', '0.5'], [TUE, '1.25'])]), movements }),
    );
    // 1 x 1.00000001 x 0.5 = 0.500000005, a tie: to the even digit. 1 x 3 x 1.25 = 3.75
    expect(sessions.map(({ totalValue }) => String(totalValue))).toEqual(['0.5', '3.75']);
  });

  it('says which rate is missing', () => {
    const assets = new Map([['bvc', { currency: 'EUR', closes: series([MON, '1']) }]]);
    const movements = [movement(MON, 'bvc', { held: '1', cost: '1' })];
    const { sessions, missing } = valuePortfolio(input({ assets, movements, rates: new Map([rates('EUR', [TUE, '1.2'])]) }));
    expect(sessions).toEqual([]);
    expect(missing).toEqual({ date: MON, code: 'FX_RATE_MISSING', asset: 'bvc' });
  });

  it("values cash in another currency at the rate, beside the base currency's cash", () => {
    const movements = [movement(MON, 'USD', { held: '10', inflow: '10' }), movement(MON, 'EUR', { held: '20', inflow: '20' })];
    const { sessions } = valuePortfolio(input({ sessions: [MON], rates: new Map([rates('EUR', [MON, '1.1'])]), movements }));
    // 10 + 20 x 1.1 = 32, all of it paid in
    expect(sessions.map(figures)).toEqual([[MON, '10', '32', '0', '32', '0', 'false']]);
  });

  it('marks a session whose rate is too old, and tells the rates that it was valued by', () => {
    const movements = [movement(MON, 'EUR', { held: '20', inflow: '20' })];
    const { sessions } = valuePortfolio(
      input({
        sessions: [MON, TUE],
        movements,
        rates: new Map([rates('EUR', [MON, '1.1'], [TUE, '1.1', 'stale']), rates('GBP', [MON, '1.4'])]),
      }),
    );
    expect(sessions.map(({ isStale, totalValue }) => [isStale, String(totalValue)])).toEqual([
      [false, '22'],
      [true, '22'],
    ]);
    expect(sessions.map((session) => session.rates.map(({ found }) => `${found.from} ${String(found.rate)}`))).toEqual([
      ['EUR 1.1'],
      ['EUR 1.1'],
    ]);
  });

  it("lets a transfer in kind flow at the session's close", () => {
    const movements = [movement(TUE, 'aapl', { held: '2', cost: '15', inflow: '2' })];
    const { sessions } = valuePortfolio(input({ movements }));
    // 2 x 11
    expect(sessions.map(figures)[1]).toEqual([TUE, '0', '22', '15', '22', '0', 'false']);
  });
});
