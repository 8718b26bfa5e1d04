import { fields } from '@trii/contract';
import { z } from 'zod';

const { Decimal, Id, InstrumentSymbol, SessionDate } = fields;

/** Money is a decimal string here as on the wire; the specification's examples show numbers. */
const Money = Decimal;
const EpochMs = z.int().min(0);

/** What every value made by this platform carries beside the specified fields: of another version, or of an epoch that has ended, it is a miss. */
export const Envelope = z.object({
  schema_version: z.int(),
  /** Empty where nothing is ever dropped. */
  epoch: z.string(),
  last_updated: EpochMs,
});

export const QuoteValue = Envelope.extend({
  symbol: InstrumentSymbol,
  currency_code: z.string(),
  price: Money,
  change: Money.nullable(),
  /** Percent: 1 is 1 %. */
  change_pct: z.number().nullable(),
  volume: Money.nullable(),
  timestamp: EpochMs,
  session_date: SessionDate,
});

export const SessionValue = Envelope.extend({
  session_id: Id,
  user_id: Id,
  expires_at: EpochMs,
  permissions: z.array(z.enum(['read', 'write', 'trade', 'account', 'operate', 'grant'])),
  authenticated_at: EpochMs,
  last_activity: EpochMs,
});

const PositionValue = z.object({
  instrument_id: Id,
  symbol: z.string(),
  name: z.string(),
  quantity: Decimal,
  avg_cost: Money,
  cost_basis: Money,
  currency_code: z.string(),
  current_price: Money.nullable(),
  price_date: SessionDate.nullable(),
  current_value: Money.nullable(),
  unrealized_pnl: Money.nullable(),
  /** Percent: 1 is 1 %. */
  allocation_percentage: z.number().nullable(),
});

const Fraction = z.number().nullable();

const RateValue = z.object({
  from: z.string(),
  to: z.string(),
  rate: Decimal,
  as_of: z.string().nullable(),
  is_stale: z.boolean(),
  path: z.string(),
  legs: z.array(z.object({ from: z.string(), to: z.string(), rate: Decimal, as_of: z.string(), source: z.string() })),
});

export const PortfolioValue = Envelope.extend({
  total_value: Money.nullable(),
  /** Money, in the portfolio's currency. */
  daily_return: Money.nullable(),
  positions: z.array(PositionValue),
  // What our own view needs beside the specified fields.
  id: Id,
  name: z.string(),
  description: z.string().nullable(),
  base_currency: z.string(),
  status: z.string(),
  opened_on: SessionDate,
  valuation_date: SessionDate,
  last_entry_date: SessionDate.nullable(),
  cash_balance: Money,
  other_cash: z.array(z.object({ currency: z.string(), available: Money, reserved: Money, value: Money.nullable() })),
  rates: z.array(RateValue),
  missing_rates: z.array(z.object({ from: z.string(), to: z.string(), at: z.string() })),
  accrued_dividends: Money.nullable(),
  dividends_due: z.array(
    z.object({ symbol: z.string(), ex_date: SessionDate, pay_date: SessionDate, currency: z.string(), amount: Money }),
  ),
  invested_amount: Money,
  realized_pnl: Money,
  unrealized_pnl: Money.nullable(),
  performance: z
    .object({
      snapshot_date: SessionDate,
      daily_return: Fraction,
      total_return: Fraction,
      volatility: Fraction,
      sharpe_ratio: Fraction,
      max_drawdown: Fraction,
    })
    .nullable(),
});

export const PredictionValue = Envelope.extend({
  predicted_price: Money,
  /** 0 to 1. */
  confidence: z.number().min(0).max(1),
  target_date: SessionDate,
  features: z.record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()])),
});

// Entries of streams are flat text: ids and figures, never personal data.

/** Something that happened to an investor: whoever reads it asks for the rest. */
export const UpdateEntry = z.object({ name: z.string(), user: Id, aggregate: Id });

export const TickEntry = z.object({
  symbol: InstrumentSymbol,
  price: Money,
  /** Traded with this tick. */
  volume: Money.optional(),
  bid: Money.optional(),
  ask: Money.optional(),
  timestamp: z.string().regex(/^\d{1,15}$/, 'epoch milliseconds'),
});

export const NotificationEntry = z.object({ name: z.string(), notification: Id });
