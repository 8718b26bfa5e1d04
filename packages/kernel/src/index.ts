export { CALENDAR_CODES, isCalendarCode, tradingCalendar } from './calendar/index.ts';
export type { CalendarCode, TradingCalendar } from './calendar/index.ts';
export { canonicalJson } from './canonical-json.ts';
export { fixedClock, instant, manualClock, systemClock } from './clock.ts';
export type { Clock, ManualClock } from './clock.ts';
export { CURRENCY_CODES, isCurrencyCode, minorUnitOf } from './currency.ts';
export type { CurrencyCode } from './currency.ts';
export {
  decimal,
  decimalFromFloat,
  decimalPattern,
  isDecimal,
  isDecimalString,
  maxDecimal,
  minDecimal,
  ONE,
  roundDecimal,
  sumDecimals,
  toDecimalString,
  toFixedString,
  ZERO,
} from './decimal.ts';
export type { Decimal, DecimalInput, RoundingMode, RoundingRule } from './decimal.ts';
export { assertNever, CodedError, invariant, InvariantError, isCodedError } from './errors.ts';
export type { ErrorDetails } from './errors.ts';
export { idTime, isUuid, newId } from './id.ts';
export {
  addDays,
  addMonths,
  compareLocalDates,
  daysBetween,
  daysInMonth,
  endOfMonth,
  fromEpochDay,
  isLeapYear,
  isLocalDate,
  localDate,
  parseLocalDate,
  startOfMonth,
  startOfYear,
  toEpochDay,
  weekday,
  yearMonthDay,
  yearOf,
} from './local-date.ts';
export type { LocalDate, Weekday, YearMonthDay } from './local-date.ts';
export { Money } from './money.ts';
export { Quantity, QUANTITY_SCALE } from './quantity.ts';
export { seededRandom } from './random.ts';
export type { Random } from './random.ts';
export { isTimeZone, localDateIn, MS_PER_DAY, parseTimeOfDay, zonedTimeToEpochMs, zonedTimeToInstant, zoneOffsetMs } from './time-zone.ts';
export type { Disambiguation, LocalDateTime } from './time-zone.ts';
