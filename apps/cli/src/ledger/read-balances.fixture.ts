import type { Hledger } from './hledger.fixture.ts';

/** What hledger itself adds up for every account and commodity: `assets:cash USD` -> `1234.5`. Zero balances are left out. */
export function balancesOf(hledger: Hledger, file: string): Record<string, string> {
  const { code, out, err } = hledger('-f', file, 'bal', '--flat', '--no-total', '--layout=bare', '-O', 'csv');
  if (code !== 0) throw new Error(err);
  const rows = out
    .trim()
    .split('\n')
    .slice(1)
    .map((row) => row.split('","').map((cell) => cell.replaceAll('"', '')));
  return Object.fromEntries(
    rows.flatMap(([account, commodity, amount]) => (Number(amount) === 0 ? [] : [[`${account} ${commodity}`, trimmed(amount ?? '')]])),
  );
}

const trimmed = (amount: string): string => (amount.includes('.') ? amount.replace(/\.?0+$/, '') : amount);
