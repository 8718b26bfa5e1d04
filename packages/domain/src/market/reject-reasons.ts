/**
 * Why a line of a bar file is not imported: the code that reports and reject files carry, and what it means. A rejected line
 * changes nothing; nothing about it is guessed.
 */
export const rejectReasons = {
  wrong_field_count: 'the line has another number of fields than the header',
  unterminated_quote: 'a quoted field is not closed on its line',
  broken_quote: 'text stands before or after the quotes of a field',
  line_too_long: 'the line is longer than any bar',
  missing_value: 'a required value is empty',
  not_a_number: 'a value is not a plain number',
  too_many_digits: 'a value has more than 12 digits before or 8 after the point',
  negative_price: 'a price is below zero',
  zero_price: 'a price is zero',
  negative_volume: 'the volume is below zero',
  incomplete_bar: 'open, high and low come together or not at all',
  high_below_low: 'the high is below the low',
  open_outside_range: 'the open lies outside of low and high',
  close_outside_range: 'the close lies outside of low and high',
  not_a_date: "the date is not one of the file's date format",
  nonexistent_local_time: 'clocks in the time zone never show this time',
  ambiguous_local_time: 'clocks in the time zone show this time twice',
  not_aligned: 'the time is not the start of a bar of this resolution',
  future_time: 'the bar had not ended yet when it was imported',
  before_retention: 'intraday bars of that time were dropped by retention and only their rollups are kept',
  not_a_session: 'the exchange had no session on that day',
  outside_calendar: 'the exchange calendar does not reach that day',
  not_a_month_boundary: 'a monthly bar is dated on the first or the last day of its month',
  unknown_symbol: 'no instrument with this symbol is listed',
  no_exchange: 'the instrument has no exchange, so its sessions are not known',
  conflicting_repeat: 'an earlier line of the file gives other values for the same bar',
  out_of_order: 'the line lies too far behind earlier ones to tell whether it repeats one: sort the file by date',
} as const;

export type RejectReason = keyof typeof rejectReasons;

/** What is wrong with one line. `detail` quotes the offending value. */
export interface Fault {
  readonly reason: RejectReason;
  readonly detail: string;
}

export function fault(reason: RejectReason, detail = ''): Fault {
  return { reason, detail: detail.length > DETAIL_MAX ? `${detail.slice(0, DETAIL_MAX)}…` : detail };
}

/** A report stays readable whatever the file holds. */
const DETAIL_MAX = 80;

export function isFault(value: object): value is Fault {
  return 'reason' in value;
}
