import { decimal, toDecimalString, ZERO, type Decimal } from '@trii/kernel';
import type { LedgerEntry } from './read-entries.ts';

/** One ledger transaction that touched what the portfolio has of an asset, and what was there after it. */
export interface Explained {
  readonly transactionId: string;
  readonly date: string;
  readonly kind: string;
  readonly availableChange: string;
  readonly reservedChange: string;
  readonly available: string;
  readonly reserved: string;
  /** Of an instrument: what the open position cost, in the base currency; null for money. */
  readonly cost: string | null;
  readonly memo: string | null;
}

/**
 * Follows one asset through the ledger, oldest entry first. Available is `cash` of a currency and `holding` of an instrument; what stands on the
 * other accounts is nobody's balance and is left out.
 */
export function assetExplainer(asset: string): (entry: LedgerEntry) => Explained | undefined {
  let [available, reserved, cost] = [ZERO, ZERO, ZERO];
  return (entry) => {
    const own = entry.lines.filter((line) => line.asset === asset && ['cash', 'holding', 'reserved'].includes(line.account));
    if (own.length === 0) return undefined;
    const sum = (amounts: readonly (string | null)[]): Decimal =>
      amounts.reduce((total, amount) => (amount === null ? total : total.plus(decimal(amount))), ZERO);
    const reservedChange = sum(own.filter(({ account }) => account === 'reserved').map(({ amount }) => amount));
    const availableChange = sum(own.filter(({ account }) => account !== 'reserved').map(({ amount }) => amount));
    available = available.plus(availableChange);
    reserved = reserved.plus(reservedChange);
    cost = cost.plus(sum(own.map(({ costBasis }) => costBasis)));
    return {
      transactionId: entry.transactionId,
      date: entry.date,
      kind: entry.kind,
      availableChange: toDecimalString(availableChange),
      reservedChange: toDecimalString(reservedChange),
      available: toDecimalString(available),
      reserved: toDecimalString(reserved),
      cost: own.some(({ instrumentId }) => instrumentId !== null) ? toDecimalString(cost) : null,
      memo: entry.memo,
    };
  };
}

export function explainedRows(entries: readonly Explained[]): string[][] {
  const signed = (amount: string): string => (amount === '0' ? '' : amount.startsWith('-') ? amount : `+${amount}`);
  return [
    ['date', 'kind', 'change', 'of reserved', 'available', 'reserved', 'cost', 'transaction'],
    ...entries.map((entry) => [
      entry.date,
      entry.kind.toLowerCase(),
      signed(entry.availableChange),
      signed(entry.reservedChange),
      entry.available,
      entry.reserved,
      entry.cost ?? '',
      entry.transactionId,
    ]),
  ];
}
