import type { market, OutputOf } from '@trii/contract';
import { decimal, invariant, toDecimalString } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';

type Action = OutputOf<typeof market.recordAction>;

export interface ActionRow {
  readonly id: string;
  readonly symbol: string;
  readonly kind: Action['kind'];
  readonly status: Action['status'];
  readonly ex_date: string;
  readonly record_date: string | null;
  readonly pay_date: string | null;
  readonly amount: string | null;
  readonly currency_code: string | null;
  readonly withholding_pct: string | null;
  readonly ratio_from: number | null;
  readonly ratio_to: number | null;
  readonly fraction_price: string | null;
  readonly old_symbol: string | null;
  readonly new_symbol: string | null;
  readonly child_symbol: string | null;
  readonly cost_part: string | null;
  readonly cost_whole: string | null;
}

export function actionView(row: ActionRow): Action {
  const text = (amount: string | null): string | null => (amount === null ? null : toDecimalString(decimal(amount)));
  const number = (figure: string | null): number | null => (figure === null ? null : Number(figure));
  return {
    id: row.id,
    symbol: row.symbol,
    kind: row.kind,
    status: row.status,
    exDate: row.ex_date,
    recordDate: row.record_date,
    payDate: row.pay_date,
    amount: text(row.amount),
    currency: row.currency_code,
    withholdingPct: number(row.withholding_pct),
    ratioFrom: row.ratio_from,
    ratioTo: row.ratio_to,
    fractionPrice: text(row.fraction_price),
    oldSymbol: row.old_symbol,
    newSymbol: row.new_symbol ?? row.child_symbol,
    costPart: number(row.cost_part),
    costWhole: number(row.cost_whole),
  };
}

export async function readAction(sql: Sql, id: string): Promise<Action> {
  const [row] = await sql<ActionRow>`
    SELECT a.*, i.symbol, c.symbol AS child_symbol FROM corporate_actions a JOIN instruments i ON i.id = a.instrument_id
    LEFT JOIN instruments c ON c.id = a.new_instrument_id WHERE a.id = ${id}`;
  invariant(row !== undefined, 'an action is never removed');
  return actionView(row);
}
