import { z } from 'zod';

/** What a caller is told of a wrong value also describes the field in the reference. */
const sentence = (what: string): string => `${what.charAt(0).toUpperCase()}${what.slice(1)}.`;
const textLike = (pattern: RegExp, what: string) => z.string().regex(pattern, what).describe(sentence(what));

/** Decimal strings on the wire: exact, never exponent form; bounded so that no input is absurdly large or precise. */
const decimalString = (pattern: RegExp, what: string) => z.string().max(40).regex(pattern, what).describe(sentence(what));

export const Decimal = decimalString(/^-?\d{1,20}(\.\d{1,18})?$/, 'a decimal such as "-12.5"');
/** An amount a caller may ask for: positive, at most 8 decimals; the currency's own scale is checked by the handler. */
export const PositiveAmount = decimalString(
  /^(?=.*[1-9])\d{1,12}(\.\d{1,8})?$/,
  'a positive decimal such as "1500.00" with at most 8 decimals',
);
export const NonNegativeAmount = decimalString(/^\d{1,12}(\.\d{1,8})?$/, 'zero or a positive decimal with at most 8 decimals');

export const Id = z.uuid();
export const CurrencyCode = textLike(/^[A-Z]{3}$/, 'an ISO 4217 code such as "USD"');
export const CountryCode = textLike(/^[A-Z]{2}$/, 'an ISO 3166-1 alpha-2 code such as "CO"');
export const InstrumentSymbol = textLike(/^[A-Z0-9][A-Z0-9.^-]{0,19}$/, 'a symbol such as "AAPL"');
/** ISO 8601 has a year 0000, the civil calendar of PostgreSQL and of our dates has not. */
export const SessionDate = z.iso.date().refine((date) => !date.startsWith('0000'), 'a date from year 0001 on');
export const Instant = z.iso.datetime().refine((instant) => !instant.startsWith('0000'), 'an instant from year 0001 on');
export const Email = z
  .email()
  .max(254)
  .transform((email) => email.toLowerCase());
export const PhoneNumber = textLike(/^\+[1-9]\d{6,14}$/, 'a number in E.164 such as "+573001234567"');
/** Goes into mails, lists of operators and terminals: no line of its own, and nothing that turns the direction of what stands around it. */
export const Name = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((name) => !/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u.test(name), 'one line without control characters');

/** Statistics are float64. */
export const Statistic = z.number().nullable().describe('A fraction: 0.01 is 1 %. Null where too few returns exist.');

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable().describe('Where the next page starts; null on the last.') });
export const PageLimit = z.int().min(1).max(500).default(100);
