import type { Actor } from './money-calls.ts';
import type { MoneyModel } from './money-model.ts';
import { CURRENCIES } from './money-rates.ts';
import { asNumeric } from './portfolio-model.ts';

/** The books against the model, and against themselves. @returns where they differ; null when they agree */
export async function auditBooks(actor: Actor, model: MoneyModel): Promise<string | null> {
  const { platform, portfolioIds, userId } = actor;
  const portfolios = await platform.inspect(
    `SELECT p.realized_pnl, p.invested_amount,
       (SELECT count(*)::text FROM (SELECT FROM postings WHERE portfolio_id = p.id GROUP BY transaction_id, currency_code, instrument_id HAVING sum(amount) <> 0) b) AS broken,
       (SELECT count(*)::text FROM (SELECT FROM postings WHERE portfolio_id = p.id GROUP BY currency_code, instrument_id HAVING sum(amount) <> 0) b) AS made,
       (SELECT count(*)::text FROM exchanges e WHERE e.portfolio_id = p.id AND e.to_amount + e.spread_amount + e.remainder > e.from_amount * e.rate) AS gained
     FROM portfolios p WHERE p.id = ANY($1) ORDER BY p.id`,
    [portfolioIds],
  );
  const payments = await platform.inspect(
    `SELECT p.status, p.amount, (SELECT count(DISTINCT l.transaction_id)::int FROM postings l WHERE l.portfolio_id = p.portfolio_id AND l.memo = p.reference) AS posted
     FROM payments p WHERE p.user_id = $1 ORDER BY p.id`,
    [userId],
  );
  const found = [portfolios, await cash(actor), await positions(actor), payments];
  const expected = [
    model.portfolios.map((each) => ({
      realized_pnl: asNumeric(each.gain),
      invested_amount: asNumeric([...each.positions.values()].reduce((sum, { cost }) => sum + cost, 0n)),
      broken: '0',
      made: '0',
      gained: '0',
    })),
    modelledCash(model),
    modelledPositions(model),
    model.bank.payments.map(({ status, amount }) => ({
      status,
      amount: asNumeric(amount),
      posted: status === 'RETURNED' ? 2 : status === 'SETTLED' ? 1 : 0,
    })),
  ];
  const [a, b] = [JSON.stringify(expected), JSON.stringify(found)];
  return a === b ? null : `the books say ${b}, the model ${a}`;
}

/** `0/EUR: available reserved`, of what is not nothing. */
async function cash({ platform, portfolioIds }: Actor): Promise<string[]> {
  const rows = await platform.inspect<{ id: string; currency: string; available: string; reserved: string }>(
    `SELECT id, base_currency AS currency, cash_balance AS available, reserved_cash AS reserved FROM portfolios WHERE id = ANY($1)
     UNION ALL SELECT portfolio_id, currency_code, balance, reserved FROM cash_balances WHERE portfolio_id = ANY($1) AND balance + reserved <> 0`,
    [portfolioIds],
  );
  return rows
    .map(({ id, currency, available, reserved }) => `${portfolioIds.indexOf(id)}/${currency}: ${available} ${reserved}`)
    .toSorted();
}

const modelledCash = ({ portfolios }: MoneyModel): string[] =>
  portfolios
    .flatMap((each, at) =>
      CURRENCIES.flatMap((currency) => {
        const [available, reserved] = [each.cash[currency], each.reserved[currency]];
        return currency === 'USD' || available + reserved !== 0n
          ? [`${at}/${currency}: ${asNumeric(available)} ${asNumeric(reserved)}`]
          : [];
      }),
    )
    .toSorted();

async function positions({ platform, portfolioIds, instrumentIds }: Actor): Promise<string[]> {
  const rows = await platform.inspect<Record<'portfolio_id' | 'instrument_id' | 'quantity' | 'reserved_quantity' | 'cost_basis', string>>(
    'SELECT portfolio_id, instrument_id, quantity, reserved_quantity, cost_basis FROM positions WHERE portfolio_id = ANY($1) AND quantity + reserved_quantity + cost_basis <> 0',
    [portfolioIds],
  );
  return rows
    .map((row) => {
      const place = `${portfolioIds.indexOf(row.portfolio_id)}/${instrumentIds.indexOf(row.instrument_id)}`;
      return `${place}: ${row.quantity} ${row.reserved_quantity} ${row.cost_basis}`;
    })
    .toSorted();
}

const modelledPositions = ({ portfolios }: MoneyModel): string[] =>
  portfolios
    .flatMap(({ positions: own }, at) =>
      [...own].flatMap(([asset, { held, reserved, cost }]) =>
        held + reserved + cost === 0n ? [] : [`${at}/${asset}: ${asNumeric(held)} ${asNumeric(reserved)} ${asNumeric(cost)}`],
      ),
    )
    .toSorted();
