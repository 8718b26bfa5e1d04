import { ONE, roundDecimal, ZERO, type Decimal, type LocalDate, type RoundingRule } from '@trii/kernel';
import type { SplitRatio } from '@trii/quant';
import type { ExchangeRate } from '../market/index.ts';
import { lookUp, type Dated } from './dated-values.ts';

/** As the money columns numeric(20,8) hold a value. */
export const VALUE_RULE: RoundingRule = { scale: 8, rounding: 'half-even' };

/** What all postings of one date change in one asset: a currency by its code, an instrument by its id. */
export interface Movement {
  readonly date: LocalDate;
  readonly asset: string;
  /** Signed, in units of the asset: cash or holding, reserved or not. */
  readonly held: Decimal;
  /** Signed change of the open position's cost, in the base currency. */
  readonly cost: Decimal;
  /** What crossed the border to the outside, in units of the asset; neither is negative. */
  readonly inflow: Decimal;
  readonly outflow: Decimal;
}

/** A currency is its own price: it has no closes. */
export interface Asset {
  readonly currency: string;
  /** By session, oldest first; one before the first session to be valued carries forward. */
  readonly closes: readonly Dated<Decimal>[] | null;
  /** Its splits by ex date: a close from before one is carried on in the units from after it. */
  readonly splits?: readonly Dated<SplitRatio>[];
}

/** What a currency is worth at the close of a session. */
export interface SessionRate extends Dated<Decimal> {
  /** Older than a valuation takes without a mark. */
  readonly isStale: boolean;
  /** Where it comes from. */
  readonly found: ExchangeRate;
}

/** Something owed to the portfolio, counted on the sessions from `from` on and before `until`; null: until further notice. */
export interface Receivable {
  readonly currency: string;
  readonly amount: Decimal;
  readonly from: LocalDate;
  readonly until: LocalDate | null;
}

export interface ValuationInput {
  readonly baseCurrency: string;
  /** In order. */
  readonly sessions: readonly LocalDate[];
  /** The last session that has a snapshot: movements up to then are only carried, not counted as flows. */
  readonly previous: LocalDate | null;
  /** By date. */
  readonly movements: readonly Movement[];
  /** Dividends between their ex date and the day the ledger has them. */
  readonly receivables?: readonly Receivable[];
  readonly assets: ReadonlyMap<string, Asset>;
  /** Units of the base currency per unit of that currency, oldest first. */
  readonly rates: ReadonlyMap<string, readonly SessionRate[]>;
}

export interface ValuedHolding {
  readonly asset: string;
  /** In the asset's own currency; 1 for a currency. */
  readonly price: Decimal;
  /** In the base currency, as are all amounts below. */
  readonly value: Decimal;
  readonly cost: Decimal;
}

export interface ValuedSession {
  readonly date: LocalDate;
  /** In the base currency alone; other currencies are holdings. */
  readonly cash: Decimal;
  /** With what is owed to the portfolio. */
  readonly totalValue: Decimal;
  readonly accruedDividends: Decimal;
  readonly invested: Decimal;
  readonly inflow: Decimal;
  readonly outflow: Decimal;
  /** Some held instrument has no close in this session, its last one stands in; or a rate is too old. */
  readonly isStale: boolean;
  readonly holdings: readonly ValuedHolding[];
  /** By currency, those that a holding was valued by. */
  readonly rates: readonly SessionRate[];
}

/** Why the portfolio cannot be valued from that session on. */
export interface MissingFigure {
  readonly date: LocalDate;
  readonly code: 'PRICE_MISSING' | 'FX_RATE_MISSING';
  readonly asset: string;
}

export interface Valuation {
  /** Up to the session before the one where something is missing. */
  readonly sessions: readonly ValuedSession[];
  readonly missing: MissingFigure | null;
}

/** What the ledger says is there at a moment. */
interface Holding {
  quantity: Decimal;
  cost: Decimal;
}

interface Flow {
  readonly asset: string;
  readonly inflow: Decimal;
  readonly outflow: Decimal;
}

/**
 * Values a portfolio at the close of each session: cash plus quantity x close (x rate) plus what is owed to it (x rate), each value rounded half-even to 8 digits.
 * A holding without a close in the session takes its newest earlier one, and the session is stale; so it is with a rate that is too old. Without any close or rate on or before the
 * session the valuation ends the session before: a missing price is never zero.
 */
export function valuePortfolio(input: ValuationInput): Valuation {
  const { sessions, movements } = input;
  const held = new Map<string, Holding>();
  const valued: ValuedSession[] = [];
  let next = 0;
  for (const date of sessions) {
    const flows: Flow[] = [];
    for (let movement = movements[next]; movement !== undefined && movement.date <= date; movement = movements[++next]) {
      carry(held, movement);
      if (input.previous === null || movement.date > input.previous) flows.push(movement);
    }
    const session = valueSession({ input, date, held, flows });
    if ('code' in session) return { sessions: valued, missing: session };
    valued.push(session);
  }
  return { sessions: valued, missing: null };
}

function carry(held: Map<string, Holding>, movement: Movement): void {
  const holding = held.get(movement.asset);
  if (holding === undefined) {
    held.set(movement.asset, { quantity: movement.held, cost: movement.cost });
    return;
  }
  holding.quantity = holding.quantity.plus(movement.held);
  holding.cost = holding.cost.plus(movement.cost);
}

interface SessionParts {
  readonly input: ValuationInput;
  readonly date: LocalDate;
  readonly held: ReadonlyMap<string, Holding>;
  readonly flows: readonly Flow[];
}

function valueSession({ input, date, held, flows }: SessionParts): ValuedSession | MissingFigure {
  const cash = held.get(input.baseCurrency)?.quantity ?? ZERO;
  const holdings: ValuedHolding[] = [];
  const rates = new Map<string, SessionRate>();
  let totalValue = cash;
  let invested = ZERO;
  let isStale = false;
  for (const [asset, { quantity, cost }] of held) {
    invested = invested.plus(cost);
    if (asset === input.baseCurrency || quantity.isZero()) continue;
    const unit = unitValue(input, asset, date);
    if ('code' in unit) return unit;
    const value = valueOf(quantity, unit);
    holdings.push({ asset, price: unit.price, value, cost });
    totalValue = totalValue.plus(value);
    isStale ||= unit.isStale;
    if (unit.rate !== null) rates.set(unit.rate.found.from, unit.rate);
  }
  let accruedDividends = ZERO;
  for (const { currency, amount, from, until } of input.receivables ?? []) {
    if (date < from || (until !== null && date >= until)) continue;
    const unit = unitValue(input, currency, date);
    if ('code' in unit) return unit;
    accruedDividends = accruedDividends.plus(valueOf(amount, unit));
    isStale ||= unit.isStale;
    if (unit.rate !== null) rates.set(unit.rate.found.from, unit.rate);
  }
  totalValue = totalValue.plus(accruedDividends);
  const sums = sumFlows(input, date, flows);
  return 'code' in sums
    ? sums
    : { date, cash, totalValue, accruedDividends, invested, ...sums, isStale, holdings, rates: [...rates.values()] };
}

/** A transfer in kind flows at the close of the session that it falls to. */
function sumFlows(input: ValuationInput, date: LocalDate, flows: readonly Flow[]): { inflow: Decimal; outflow: Decimal } | MissingFigure {
  let inflow = ZERO;
  let outflow = ZERO;
  for (const flow of flows) {
    if (flow.inflow.isZero() && flow.outflow.isZero()) continue;
    const unit = unitValue(input, flow.asset, date);
    if ('code' in unit) return unit;
    inflow = inflow.plus(valueOf(flow.inflow, unit));
    outflow = outflow.plus(valueOf(flow.outflow, unit));
  }
  return { inflow, outflow };
}

interface UnitValue {
  readonly price: Decimal;
  /** Null in the base currency. */
  readonly rate: SessionRate | null;
  readonly isStale: boolean;
}

function unitValue(input: ValuationInput, asset: string, date: LocalDate): UnitValue | MissingFigure {
  const { currency, closes, splits = [] } = input.assets.get(asset) ?? { currency: asset, closes: null };
  const close = closes === null ? { date, value: ONE } : lookUp(closes, date);
  if (close === undefined) return { date, code: 'PRICE_MISSING', asset };
  const isStale = close.date !== date;
  const price = isStale ? inUnitsOf(date, close, splits) : close.value;
  if (currency === input.baseCurrency) return { price, rate: null, isStale };
  const rate = lookUp(input.rates.get(currency) ?? [], date);
  return rate === undefined ? { date, code: 'FX_RATE_MISSING', asset } : { price, rate, isStale: isStale || rate.isStale };
}

function inUnitsOf(date: LocalDate, close: Dated<Decimal>, splits: readonly Dated<SplitRatio>[]): Decimal {
  const between = splits.filter((split) => split.date > close.date && split.date <= date);
  const exact = between.reduce((price, { value: { from, to } }) => price.times(from).div(to), close.value);
  return between.length === 0 ? exact : roundDecimal(exact, VALUE_RULE);
}

function valueOf(quantity: Decimal, { price, rate }: UnitValue): Decimal {
  const exact = quantity.times(price);
  return roundDecimal(rate === null ? exact : exact.times(rate.value), VALUE_RULE);
}
