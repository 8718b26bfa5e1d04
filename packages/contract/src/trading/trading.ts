import { z } from 'zod';
import { command, scope } from '../declaration.ts';
import { event } from '../event.ts';
import { ExchangeRateView } from '../market/index.ts';
import { Decimal, Id, InstrumentSymbol, NonNegativeAmount, PositiveAmount, SessionDate } from '../fields.ts';

export const TradeType = z.enum(['BUY', 'SELL']);

export const RecordedTradeView = z.object({
  tradeId: Id,
  transactionId: Id,
  portfolioId: Id,
  symbol: z.string(),
  currency: z.string().describe('Of price, total amount, fees and cash balance; cost and gain are in the base currency.'),
  baseRate: ExchangeRateView.nullable().describe(
    'By which cost and gain were booked in the base currency; null where the instrument is in it.',
  ),
  tradeType: TradeType,
  quantity: Decimal,
  price: Decimal,
  totalAmount: Decimal.describe('Quantity times price, without fees.'),
  fees: Decimal,
  date: SessionDate,
  cashBalance: Decimal.describe('Available afterwards, of that currency.'),
  positionQuantity: Decimal,
  avgCost: Decimal,
  realizedPnl: Decimal.describe('Of this trade: proceeds less sell fee less average cost; zero for a purchase.'),
});

export const recordTrade = command('trading.recordTrade', {
  summary: 'Record a purchase or sale that already happened, at its price and with its fee.',
  input: z.strictObject({
    portfolioId: Id,
    symbol: InstrumentSymbol,
    tradeType: TradeType,
    quantity: PositiveAmount,
    price: PositiveAmount,
    fees: NonNegativeAmount.optional().describe(
      'As charged; left out, by the schedule of the currency (`cash.feeSchedules`), which without one is nothing.',
    ),
    date: SessionDate,
  }),
  output: RecordedTradeView,
  access: scope('trade'),
  errors: [
    'NOT_FOUND',
    'PORTFOLIO_NOT_ACTIVE',
    'INSTRUMENT_NOT_TRADEABLE',
    'FX_RATE_MISSING',
    'FX_RATE_STALE',
    'DATE_IN_FUTURE',
    'DATE_BEFORE_OPENING',
    'DATE_OUT_OF_ORDER',
    'NOT_A_SESSION',
    'INSUFFICIENT_CASH',
    'INSUFFICIENT_QUANTITY',
    'ACTION_PENDING',
    'INVALID_INPUT',
  ],
  audit: { entityType: 'TRADE', action: 'CREATE' },
  example: {
    portfolioId: '00000000-0000-7000-8000-000000000001',
    symbol: 'DEMO',
    tradeType: 'BUY',
    quantity: '1',
    price: '10.00',
    fees: '0.10',
    date: '2018-01-02',
  },
});

export const TradeRecorded = event('trading.TradeRecorded', {
  aggregateType: 'PORTFOLIO',
  payload: z.object({ portfolioId: Id, tradeId: Id, transactionId: Id }),
});
