import { cash, type OutputOf } from '@trii/contract';
import { addDays, decimal, toDecimalString, ZERO, type LocalDate } from '@trii/kernel';
import { Failure, handler, valuationDate, type Sql } from '../../platform/index.ts';
import { readRates, type AccrualRate } from './accrual-rates.ts';
import { readAccrued, type AccruedFigure } from './read-accrued.ts';

type View = OutputOf<typeof cash.accruals>['items'][number];

const MONTHS_SHOWN = 12;

interface Row {
  readonly base_currency: string;
  readonly opened_on: LocalDate;
  readonly accrued_through: LocalDate | null;
}

/** What has accrued up to yesterday, by the same reckoning that posts it. What accrues in the base currency is told from the first day on. */
export const accrualsHandler = handler(cash.accruals, async ({ sql, clock }, { portfolioId }) => {
  const [portfolio] = await sql<Row>`SELECT base_currency, opened_on, accrued_through FROM portfolios WHERE id = ${portfolioId}`;
  if (portfolio === undefined) throw new Failure('NOT_FOUND', { portfolioId });
  const today = await valuationDate(sql, clock);
  const through = addDays(today, -1);
  const all = await readRates(sql);
  const standing = standingRates(all, today);
  const figures = await readAccrued(sql, [portfolioId], through);
  const known = new Set(figures.map(({ kind, currency }) => `${kind} ${currency}`));
  const untold = standing
    .filter(({ kind, currency, tiers }) => tiers.length > 0 && currency === portfolio.base_currency && !known.has(`${kind} ${currency}`))
    .map(({ kind, currency }): AccruedFigure => ({ portfolioId, kind, currency, accrued: ZERO, closed: null }));
  const postings = await readPostings(sql, portfolioId);
  const items = [...figures, ...untold].map((figure): View => {
    const { kind, currency, accrued, closed } = figure;
    const isOf = (each: { readonly kind: string; readonly currency: string }): boolean => each.kind === kind && each.currency === currency;
    const rate = standing.find(isOf);
    return {
      kind,
      currency,
      since: firstOpenDay(portfolio, all.findLast(isOf)?.validFrom),
      through,
      accrued: toDecimalString(accrued.minus(closed?.accrued ?? ZERO)),
      carried: toDecimalString(closed?.carry ?? ZERO),
      unpaid: toDecimalString(closed?.unpaid ?? ZERO),
      dayCount: rate === undefined || rate.tiers.length === 0 ? null : rate.dayCount,
      tiers: rate?.tiers ?? [],
      postings: postings.filter(isOf).map(({ through: until, amount, transactionId }) => ({
        through: until,
        amount: toDecimalString(decimal(amount)),
        transactionId,
      })),
    };
  });
  return { items: items.toSorted((a, b) => (a.kind + a.currency < b.kind + b.currency ? -1 : 1)) };
});

/** Of each kind and currency what holds on that day; rates come newest first. */
const standingRates = (rates: readonly AccrualRate[], today: LocalDate): AccrualRate[] =>
  [...Map.groupBy(rates, ({ kind, currency }) => `${kind} ${currency}`).values()].flatMap(
    (each) => each.find(({ validFrom }) => validFrom <= today) ?? [],
  );

function firstOpenDay({ opened_on: openedOn, accrued_through: closed }: Row, firstRate: string | undefined): string {
  if (closed !== null) return addDays(closed, 1);
  return firstRate === undefined || firstRate < openedOn ? openedOn : firstRate;
}

interface PostingRow {
  readonly kind: View['kind'];
  readonly currency: string;
  readonly through: string;
  readonly amount: string;
  readonly transactionId: string | null;
}

const readPostings = (sql: Sql, portfolioId: string): Promise<PostingRow[]> =>
  sql<PostingRow>`
    SELECT kind, currency_code AS currency, posted_through AS through, posted AS amount, transaction_id AS "transactionId" FROM (
      SELECT *, row_number() OVER (PARTITION BY kind, currency_code ORDER BY posted_through DESC) AS n
      FROM cash_accruals WHERE portfolio_id = ${portfolioId}) a
    WHERE n <= ${MONTHS_SHOWN} ORDER BY kind, currency_code, posted_through DESC`;
