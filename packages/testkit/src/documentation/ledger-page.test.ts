import { readFileSync } from 'node:fs';
import { portfolio } from '@trii/contract';
import { decimal, sumDecimals } from '@trii/kernel';
import { expect, test } from 'vitest';

const page = readFileSync(new URL('../../../../docs/LEDGER.md', import.meta.url), 'utf8');

/** The transactions that the page shows: a block each, one posting a line. */
const shown = [...page.matchAll(/^```ledger (\w+)\n([^`]*)^```/gm)].map(([, kind = '', text = '']) => ({
  kind,
  lines: text
    .trim()
    .split('\n')
    .map((line) => /^(?<account>\w+) +(?<amount>-?[\d.]+) (?<asset>[A-Z]+)(?: +cost .*)?$/.exec(line)?.groups ?? { unreadable: line }),
}));

test('shows transactions of most kinds', () => expect(shown.length).toBeGreaterThanOrEqual(8));

test.each(shown)('the example of $kind has known accounts and sums to zero for each asset', ({ kind, lines }) => {
  expect(portfolio.LedgerKind.options).toContain(kind);
  for (const line of lines) expect(portfolio.LedgerAccount.options).toContain(line['account']);
  for (const [asset, own] of Map.groupBy(lines, (line) => line['asset']))
    expect([asset, sumDecimals(own.map((line) => decimal(line['amount'] ?? ''))).toString()]).toEqual([asset, '0']);
});
