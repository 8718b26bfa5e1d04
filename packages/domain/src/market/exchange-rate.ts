import { instant, ONE, roundDecimal, type CurrencyCode, type Decimal, type RoundingRule } from '@trii/kernel';

/** Derived rates keep this many digits: of COP to USD 15 count. Entered ones have at most ten, and are used as they are. */
const RATE_RULE: RoundingRule = { scale: 18, rounding: 'half-even' };

const HOUR_MS = 60 * 60 * 1000;

/** As somebody entered it: one unit of `from` is `rate` units of `to`. */
export interface KnownRate {
  readonly from: CurrencyCode;
  readonly to: CurrencyCode;
  readonly rate: Decimal;
  /** ISO 8601 in UTC with milliseconds, so that later is greater. */
  readonly asOf: string;
  readonly source: string;
}

/** `same`: the two are one currency. `inverse`: entered the other way round. `cross`: by way of the pivot currency. */
export type RatePath = 'same' | 'direct' | 'inverse' | 'cross';

export interface ExchangeRate {
  readonly from: CurrencyCode;
  readonly to: CurrencyCode;
  readonly rate: Decimal;
  /** Of the oldest rate that it comes from; null for one and the same currency. */
  readonly asOf: string | null;
  readonly path: RatePath;
  /** The entered rates that it comes from. */
  readonly legs: readonly KnownRate[];
}

export interface Pair {
  readonly from: CurrencyCode;
  readonly to: CurrencyCode;
}

/**
 * The rate of a pair from rates that are known, at most one of each direction: the entered one or, if that is newer, 1 over the opposite one; only when
 * there is neither, the product of from -> pivot and pivot -> to, each found by the same rule. Derived rates are rounded half-even to 18 digits, once.
 * A currency is worth one of itself. Undefined: there is no way from one to the other, and nothing stands in for it.
 */
export function findRate(known: readonly KnownRate[], { from, to }: Pair, pivot: CurrencyCode): ExchangeRate | undefined {
  if (from === to) return { from, to, rate: ONE, asOf: null, path: 'same', legs: [] };
  const near = neighbour(known, { from, to });
  if (near !== undefined) {
    const isDirect = near.leg.from === from;
    return {
      from,
      to,
      rate: roundDecimal(near.factor, RATE_RULE),
      asOf: near.leg.asOf,
      path: isDirect ? 'direct' : 'inverse',
      legs: [near.leg],
    };
  }
  const first = neighbour(known, { from, to: pivot });
  const second = neighbour(known, { from: pivot, to });
  if (first === undefined || second === undefined) return undefined;
  const legs = [first.leg, second.leg];
  const asOf = first.leg.asOf < second.leg.asOf ? first.leg.asOf : second.leg.asOf;
  return { from, to, rate: roundDecimal(first.factor.times(second.factor), RATE_RULE), asOf, path: 'cross', legs };
}

interface Leg {
  readonly leg: KnownRate;
  /** Units of `to` for one of `from`, to 50 digits. */
  readonly factor: Decimal;
}

function neighbour(known: readonly KnownRate[], { from, to }: Pair): Leg | undefined {
  const direct = known.find((rate) => rate.from === from && rate.to === to);
  const inverse = known.find((rate) => rate.from === to && rate.to === from);
  if (direct !== undefined && (inverse === undefined || direct.asOf >= inverse.asOf)) return { leg: direct, factor: direct.rate };
  return inverse === undefined ? undefined : { leg: inverse, factor: ONE.div(inverse.rate) };
}

/** Whether a rate is older than that many hours at a moment (ISO 8601, UTC). One and the same currency never ages. */
export function isStaleRate({ asOf }: Pick<ExchangeRate, 'asOf'>, at: string, ageHoursMax: number): boolean {
  return asOf !== null && instant(at).getTime() - instant(asOf).getTime() > ageHoursMax * HOUR_MS;
}
