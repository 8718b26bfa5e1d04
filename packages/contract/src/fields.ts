import { z } from 'zod';

/** Decimal strings on the wire: exact, never exponent form; bounded so that no input is absurdly large or precise. */
const decimalString = (pattern: RegExp, what: string) => z.string().max(40).regex(pattern, what);

export const Decimal = decimalString(/^-?\d{1,20}(\.\d{1,18})?$/, 'a decimal such as "-12.5"');
/** An amount a caller may ask for: positive, at most 8 decimals; the currency's own scale is checked by the handler. */
export const PositiveAmount = decimalString(
  /^(?=.*[1-9])\d{1,12}(\.\d{1,8})?$/,
  'a positive decimal such as "1500.00" with at most 8 decimals',
);
export const NonNegativeAmount = decimalString(/^\d{1,12}(\.\d{1,8})?$/, 'zero or a positive decimal with at most 8 decimals');

export const Id = z.uuid();
export const CurrencyCode = z.string().regex(/^[A-Z]{3}$/, 'an ISO 4217 code such as "USD"');
export const InstrumentSymbol = z.string().regex(/^[A-Z0-9][A-Z0-9.^-]{0,19}$/, 'a symbol such as "AAPL"');
/** ISO 8601 has a year 0000, the civil calendar of PostgreSQL and of our dates has not. */
export const SessionDate = z.iso.date().refine((date) => !date.startsWith('0000'), 'a date from year 0001 on');
export const Instant = z.iso.datetime();
export const Email = z
  .email()
  .max(254)
  .transform((email) => email.toLowerCase());
export const Name = z.string().trim().min(1).max(100);

/** Statistics are float64 fractions (0.01 is 1 %); null where too few returns exist. */
export const Statistic = z.number().nullable();

export const pageOf = <T extends z.ZodType>(item: T) => z.object({ items: z.array(item), nextCursor: z.string().nullable() });
export const PageLimit = z.int().min(1).max(500).default(100);
