import type { Outputs } from '@trii/client';
import { decimal, toDecimalString, toFixedString } from '@trii/kernel';
import { plot } from 'asciichart';
import { table } from '../output.ts';

type Summary = Outputs['portfolio']['summary'];
type Snapshot = Outputs['portfolio']['history']['items'][number];

const CHART_COLUMNS = 64;
const CHART_ROWS = 10;

/** One portfolio as lines of text: what it holds, how it did, and its value over time. */
export function portfolioPage(summary: Summary, history: readonly Snapshot[]): string[] {
  return [
    `${summary.name} · ${summary.status.toLowerCase()} · ${summary.baseCurrency} · valued at ${summary.valuationDate}`,
    '',
    ...table(positionRows(summary)),
    ...rateLines(summary),
    '',
    ...performanceLines(summary),
    ...chart(history, summary.baseCurrency),
  ];
}

const unknown = 'no price';
const money = (amount: string | null): string => (amount === null ? unknown : grouped(amount));
const percent = (fraction: number | null): string => (fraction === null ? '–' : `${(fraction * 100).toFixed(2)} %`);

function positionRows(summary: Summary): string[][] {
  const header = ['symbol', 'quantity', 'avg cost', 'price', 'value', 'unrealised', 'share'];
  const rows = summary.positions.map((position) => [
    position.symbol,
    position.quantity,
    money(position.avgCost),
    position.currentPrice === null
      ? unknown
      : `${grouped(position.currentPrice)}${position.priceDate === summary.valuationDate ? '' : ` (${position.priceDate})`}`,
    money(position.currentValue),
    money(position.unrealizedPnl),
    position.allocationPercentage === null ? '–' : `${position.allocationPercentage.toFixed(1)} %`,
  ]);
  return [
    header,
    ...rows,
    ['cash', '', '', '', money(summary.cashBalance), '', ''],
    ...summary.otherCash.map(({ currency, available, reserved, value }) => [
      `cash ${currency}`,
      toDecimalString(decimal(available).plus(decimal(reserved))),
      '',
      '',
      value === null ? 'no rate' : money(value),
      '',
      '',
    ]),
    ...(summary.dividendsDue.length === 0
      ? []
      : [['dividends due', '', '', '', summary.accruedDividends === null ? 'no rate' : money(summary.accruedDividends), '', '']]),
    ['total', '', '', '', money(summary.totalValue), money(summary.unrealizedPnl), ''],
  ];
}

/** By which rates, of which times, what is in other currencies is worth that. */
function rateLines({ rates, missingRates }: Summary): string[] {
  return [
    ...rates.map(({ from, to, rate, asOf, isStale }) => `1 ${from} = ${rate} ${to}, ${asOf ?? 'always'}${isStale ? ', stale' : ''}`),
    ...missingRates.map(({ from, to, at }) => `no rate of ${from} in ${to} at ${at}: trii rates set ${from} ${to} RATE`),
  ];
}

function performanceLines({ performance, realizedPnl, investedAmount }: Summary): string[] {
  const amounts = `invested ${money(investedAmount)} · realised ${money(realizedPnl)}`;
  if (performance === null)
    return [amounts, 'no snapshot yet: the workers write them every night, "trii job run snapshot-portfolios" does it now', ''];
  const { totalReturn, volatility, sharpeRatio, maxDrawdown, dailyReturn, snapshotDate } = performance;
  return [
    amounts,
    `since inception, to ${snapshotDate}: return ${percent(totalReturn)} (time-weighted) · volatility ${percent(volatility)} a year · Sharpe ${sharpeRatio?.toFixed(2) ?? '–'} · max. drawdown ${percent(maxDrawdown)} · last day ${percent(dailyReturn)}`,
    '',
  ];
}

/** The value at evenly spaced sessions; statistics and charts are float, money is not. */
function chart(history: readonly Snapshot[], currency: string): string[] {
  const first = history.at(0);
  const last = history.at(-1);
  if (first === undefined || last === undefined || history.length < 2) return [];
  const columns = Math.min(CHART_COLUMNS, history.length);
  const values = Array.from({ length: columns }, (_, column) => {
    const index = Math.round((column * (history.length - 1)) / (columns - 1));
    return Number(history[index]?.totalValue ?? 0);
  });
  return [`total value in ${currency}, ${first.date} to ${last.date}`, ...plot(values, { height: CHART_ROWS }).split('\n')];
}

/** 1234567.8952 becomes 1,234,567.90; --json has every digit. */
function grouped(amount: string): string {
  const [whole = '0', fraction = ''] = toFixedString(decimal(amount), { scale: 2, rounding: 'half-even' }).split('.');
  return `${whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')}.${fraction}`;
}
