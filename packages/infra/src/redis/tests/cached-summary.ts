import { portfolio, type OutputOf } from '@trii/contract';
import type { CachedRead, CacheSlot } from '@trii/domain';

export type Summary = OutputOf<typeof portfolio.summary>;

export const ids = {
  user: '00000000-0000-7000-8000-00000000000a',
  portfolio: '00000000-0000-7000-8000-00000000000b',
  instrument: '00000000-0000-7000-8000-00000000000c',
} as const;

export const slot: CacheSlot = { family: 'portfolio', userId: ids.user, id: ids.portfolio };

export const summaryWorth = (totalValue: string): Summary => ({
  id: ids.portfolio,
  name: 'Retirement',
  description: null,
  baseCurrency: 'USD',
  status: 'ACTIVE',
  openedOn: '2018-01-02',
  valuationDate: '2018-01-10',
  lastEntryDate: '2018-01-03',
  cashBalance: '24.5',
  otherCash: [],
  rates: [],
  missingRates: [],
  accruedDividends: '0',
  dividendsDue: [],
  investedAmount: '576',
  realizedPnl: '0',
  unrealizedPnl: '104',
  totalValue,
  dailyReturn: '850.25',
  positions: [
    {
      instrumentId: ids.instrument,
      symbol: 'TRK',
      name: 'Tracker',
      quantity: '10',
      avgCost: '50.1',
      costBasis: '501',
      currencyCode: 'USD',
      currentPrice: '60',
      priceDate: '2018-01-09',
      currentValue: '600',
      unrealizedPnl: '99',
      allocationPercentage: 54.3478,
    },
  ],
  performance: {
    snapshotDate: '2018-01-09',
    dailyReturn: 0.01,
    totalReturn: 0.104,
    volatility: null,
    sharpeRatio: null,
    maxDrawdown: null,
  },
});

export const readOf = (load: () => Promise<Summary>, at: CacheSlot = slot): CachedRead<Summary> => ({
  slot: at,
  parse: (kept) => portfolio.summary.output.safeParse(kept).data,
  load,
});
