import type { LocalDate } from '@trii/kernel';

export interface EntryDateBounds {
  readonly valuationDate: LocalDate;
  readonly openedOn: LocalDate;
  readonly lastEntryDate: LocalDate | null;
}

export type EntryDateCode = 'DATE_IN_FUTURE' | 'DATE_BEFORE_OPENING' | 'DATE_OUT_OF_ORDER';

/** The codes that {@link entryDate} may refuse with, for whatever command records an entry. */
export interface RefuseDate {
  readonly refuse: (code: EntryDateCode, details: Record<string, unknown>) => never;
}

/**
 * The date an entry takes effect: as asked for, else the valuation date. Entries of one portfolio are recorded in order of their dates (any number
 * on one date), so that every balance and average cost was true on its day and none changes afterwards.
 */
export function entryDate(ctx: RefuseDate, requested: LocalDate | undefined, bounds: EntryDateBounds): LocalDate {
  const { valuationDate, openedOn, lastEntryDate } = bounds;
  const date = requested ?? valuationDate;
  if (date > valuationDate) return ctx.refuse('DATE_IN_FUTURE', { date, valuationDate });
  if (date < openedOn) return ctx.refuse('DATE_BEFORE_OPENING', { date, openedOn });
  if (lastEntryDate !== null && date < lastEntryDate) return ctx.refuse('DATE_OUT_OF_ORDER', { date, lastEntryDate });
  return date;
}

/** The date of an entry that the platform makes by itself: the valuation date, or the last entry's where that is later. Never refused. */
export function nextEntryDate({ valuationDate, openedOn, lastEntryDate }: EntryDateBounds): LocalDate {
  const earliest = lastEntryDate === null || lastEntryDate < openedOn ? openedOn : lastEntryDate;
  return valuationDate < earliest ? earliest : valuationDate;
}
