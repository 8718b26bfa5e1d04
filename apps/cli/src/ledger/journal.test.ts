import { expect, it } from 'vitest';
import { csvFormat } from './csv.ts';
import { journalFormat } from './journal.ts';
import type { LedgerEntry } from './read-entries.ts';

const line = (account: LedgerEntry['lines'][number]['account'], asset: string, amount: string) => ({
  account,
  asset,
  instrumentId: asset === 'USD' ? null : '00000000-0000-7000-8000-0000000000aa',
  amount,
  costBasis: account === 'holding' ? '30.5' : null,
  realizedPnl: null,
});

const purchase: LedgerEntry = {
  transactionId: '00000000-0000-7000-8000-000000000001',
  kind: 'BUY',
  date: '2018-01-03',
  recordedAt: '2018-01-03T21:00:00.000Z',
  memo: 'first; "best"\n2018-01-04 * forged | entry',
  tradeId: null,
  reverses: null,
  reversedBy: null,
  lines: [
    line('cash', 'USD', '-30.5'),
    line('trading', 'USD', '30'),
    line('fees', 'USD', '0.5'),
    line('trading', 'BRK.B', '-3'),
    line('holding', 'BRK.B', '3'),
  ],
};

it('writes a transaction as plain-text accounting: names that are no word in quotes, and no memo that could be syntax', () => {
  const journal = journalFormat('Ledger of "Savings"');
  expect(journal.entry(purchase)).toBe(`
commodity USD
    format 1.00000000 USD

commodity "BRK.B"
    format 1.00000000 "BRK.B"

2018-01-03 * (00000000-0000-7000-8000-000000000001) BUY first "best" 2018-01-04 * forged entry
    assets:cash       -30.5 USD
    equity:trading    30 USD
    expenses:fees     0.5 USD
    equity:trading    -3 "BRK.B"
    assets:holding    3 "BRK.B"  ; cost 30.5
`);
  expect(journal.entry(purchase)).not.toContain('commodity');
  expect(journal.end()).toContain('\n2018-01-03 * balances\n    assets:cash       0 USD = -61 USD\n');
});

it('writes one CSV record per posting, and quotes what would break it', () => {
  const records = csvFormat.entry(purchase).split('\r\n');
  expect(records).toHaveLength(6);
  expect(records[4]).toBe(
    '00000000-0000-7000-8000-000000000001,5,2018-01-03,2018-01-03T21:00:00.000Z,BUY,holding,BRK.B,00000000-0000-7000-8000-0000000000aa,3,30.5,,,,"first; ""best""\n2018-01-04 * forged | entry"',
  );
  expect(csvFormat.head).toMatch(/^transaction_id,line,date,/);
});
