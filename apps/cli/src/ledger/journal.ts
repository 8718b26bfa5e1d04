import { decimal, toDecimalString, ZERO, type Decimal } from '@trii/kernel';
import type { LedgerEntry } from './read-entries.ts';

/** A format that a ledger is written in, transaction by transaction. */
export interface LedgerFormat {
  readonly head: string;
  entry(entry: LedgerEntry): string;
  /** What stands below the last transaction. */
  end(): string;
}

const journalAccounts = {
  cash: 'assets:cash',
  reserved: 'assets:reserved',
  holding: 'assets:holding',
  external: 'equity:external',
  trading: 'equity:trading',
  fees: 'expenses:fees',
  income: 'income',
} as const satisfies Record<LedgerEntry['lines'][number]['account'], string>;

/**
 * Plain-text accounting as hledger and Ledger read it. Every commodity balances by itself, so no prices are needed; what a holding cost stands in
 * comments. Below the last transaction the balances of all accounts are asserted, so that a line that was lost or changed is found.
 * Source: https://hledger.org/1.25/hledger.html#journal-format
 */
export function journalFormat(title: string): LedgerFormat {
  const known = new Set<string>();
  const balances = new Map<string, { readonly account: string; readonly asset: string; amount: Decimal }>();
  let lastDate = '';
  return {
    head: `; ${plain(title)}\n\n${Object.values(journalAccounts)
      .map((account) => `account ${account}\n`)
      .join('')}`,
    entry(entry) {
      const declared = entry.lines.filter(({ asset }) => !known.has(asset) && known.add(asset)).map(({ asset }) => declaration(asset));
      const lines = entry.lines.map((line) => {
        const account = journalAccounts[line.account];
        const balance = balances.get(`${account} ${line.asset}`) ?? { account, asset: line.asset, amount: ZERO };
        balance.amount = balance.amount.plus(decimal(line.amount));
        balances.set(`${account} ${line.asset}`, balance);
        const notes = [
          line.costBasis === null ? [] : [`cost ${line.costBasis}`],
          line.realizedPnl === null ? [] : [`gain ${line.realizedPnl}`],
        ];
        const note = notes.flat().join(', ');
        return `    ${account.padEnd(16)}  ${line.amount} ${commodity(line.asset)}${note === '' ? '' : `  ; ${note}`}\n`;
      });
      if (entry.date > lastDate) lastDate = entry.date;
      const memo = entry.memo === null ? '' : ` ${plain(entry.memo)}`;
      const reverses = entry.reverses === null ? '' : `    ; reverses ${entry.reverses}\n`;
      return `${declared.join('')}\n${entry.date} * (${entry.transactionId}) ${entry.kind}${memo}\n${reverses}${lines.join('')}`;
    },
    end() {
      if (balances.size === 0) return '';
      const lines = [...balances.values()].map(
        ({ account, asset, amount }) =>
          `    ${account.padEnd(16)}  0 ${commodity(asset)} = ${toDecimalString(amount)} ${commodity(asset)}\n`,
      );
      return `\n${lastDate} * balances\n${lines.join('')}`;
    },
  };
}

/** Anything but letters would be read as part of the number or as syntax. */
const commodity = (asset: string): string => (/^[A-Z]+$/.test(asset) ? asset : `"${asset}"`);

const declaration = (asset: string): string => `\ncommodity ${commodity(asset)}\n    format 1.00000000 ${commodity(asset)}\n`;

/** A semicolon begins a comment and a bar splits the description; a line break would end it. */
const plain = (text: string): string => text.replaceAll(/[\s\p{Cc};|]+/gu, ' ').trim();
