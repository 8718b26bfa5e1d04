import type { market, OutputOf, portfolio } from '@trii/contract';
import { decimal, ONE, roundDecimal, sumDecimals, toDecimalString, type Clock, type Decimal, type LocalDate } from '@trii/kernel';
import { exchangeRateView, isStaleRate, rateMoment, readRateBook } from '../market/index.ts';
import type { Sql } from '../platform/index.ts';
import { readDividendsDue } from './actions/read-dividends-due.ts';
import type { HeldRow, StandingRow, SummaryRow } from './read-summary-rows.ts';
import { VALUE_RULE, valuePositions, type HeldPosition, type Valuation } from './valuation.ts';

type Summary = OutputOf<typeof portfolio.summary>;

/** What a portfolio holds, valued, and by which exchange rates. */
export interface ValuedStanding {
  readonly valuation: Valuation;
  readonly otherCash: Summary['otherCash'];
  readonly accruedDividends: Summary['accruedDividends'];
  readonly dividendsDue: Summary['dividendsDue'];
  readonly rates: Summary['rates'];
  readonly missingRates: Summary['missingRates'];
}

/** Where everything is in the base currency no rate is read. */
export async function valueStanding(
  { sql, clock }: { readonly sql: Sql; readonly clock: Clock },
  rows: readonly [StandingRow, ...SummaryRow[]],
  date: LocalDate,
): Promise<ValuedStanding> {
  const [first] = rows;
  const held = rows.filter(isHeld);
  const base = first.base_currency;
  const others = first.other_cash ?? [];
  const due = first.may_be_owed ? await readDividendsDue(sql, first.id, { from: date, to: date }) : [];
  const currencies = [...new Set([...others, ...held, ...due].map(({ currency }) => currency))]
    .filter((currency) => currency !== base)
    .toSorted();
  const quoted = currencies.length === 0 ? NO_RATES : await readQuoted({ sql, clock }, { currencies, base, date });
  const rateOf = (currency: string): Decimal | null => (currency === base ? ONE : (quoted.values.get(currency) ?? null));
  const otherCash = others.map(({ currency, available, reserved }) => {
    const rate = rateOf(currency);
    const amount = decimal(available).plus(decimal(reserved));
    return { currency, available, reserved, value: rate === null ? null : roundDecimal(amount.times(rate), VALUE_RULE) };
  });
  const accruedDividends = sumOrNull(
    due.map(({ currency, net }) => {
      const rate = rateOf(currency);
      return rate === null ? null : roundDecimal(net.times(rate), VALUE_RULE);
    }),
  );
  const own = decimal(first.cash_balance).plus(decimal(first.reserved_cash));
  const beside = sumOrNull([own, ...otherCash.map(({ value }) => value), accruedDividends]);
  return {
    valuation: valuePositions(
      beside,
      held.map((row) => heldPosition(row, rateOf(row.currency))),
    ),
    otherCash: otherCash.map(({ currency, available, reserved, value }) => ({
      currency,
      available: toDecimalString(decimal(available)),
      reserved: toDecimalString(decimal(reserved)),
      value: value === null ? null : toDecimalString(value),
    })),
    accruedDividends: accruedDividends === null ? null : toDecimalString(accruedDividends),
    dividendsDue: due.map(({ symbol, exDate, payDate, currency, net }) => ({
      symbol,
      exDate,
      payDate,
      currency,
      amount: toDecimalString(net),
    })),
    rates: quoted.rates,
    missingRates: quoted.missing,
  };
}

/** Null where one of them is not known. */
const sumOrNull = (values: readonly (Decimal | null)[]): Decimal | null => {
  const known = values.flatMap((value) => value ?? []);
  return known.length === values.length ? sumDecimals(known) : null;
};

export const isHeld = (row: StandingRow | SummaryRow): row is SummaryRow & HeldRow => 'instrument_id' in row && row.instrument_id !== null;

interface Quoted {
  readonly values: ReadonlyMap<string, Decimal>;
  readonly rates: OutputOf<typeof market.rate>[];
  readonly missing: Summary['missingRates'];
}

const NO_RATES: Quoted = { values: new Map(), rates: [], missing: [] };

interface Wanted {
  readonly currencies: readonly string[];
  readonly base: string;
  readonly date: LocalDate;
}

async function readQuoted({ sql, clock }: { sql: Sql; clock: Clock }, { currencies, base, date }: Wanted): Promise<Quoted> {
  const book = await readRateBook(sql, { currencies, to: base, at: rateMoment(date, clock) });
  const values = new Map<string, Decimal>();
  const rates: Quoted['rates'] = [];
  const missing: Summary['missingRates'] = [];
  for (const from of currencies) {
    const found = book.find({ from, to: base });
    if (found === undefined) missing.push({ from, to: base, at: book.at });
    else {
      values.set(from, found.rate);
      rates.push(exchangeRateView(found, isStaleRate(found, book.at, book.policy.valuationAgeHoursMax)));
    }
  }
  return { values, rates, missing };
}

function heldPosition(row: HeldRow, rate: Decimal | null): HeldPosition {
  return {
    instrumentId: row.instrument_id,
    symbol: row.symbol,
    name: row.instrument_name,
    quantity: decimal(row.quantity),
    avgCost: decimal(row.avg_cost),
    costBasis: decimal(row.cost_basis),
    currency: row.currency,
    price: row.close === null ? null : priceNow(row.close, row.splits),
    priceDate: row.price_date,
    rate,
  };
}

/** As a snapshot of a session without a close has it. */
function priceNow(close: string, splits: HeldRow['splits']): Decimal {
  const price = splits.reduce((from, [old, now]) => from.times(old).div(now), decimal(close));
  return splits.length === 0 ? price : roundDecimal(price, VALUE_RULE);
}
