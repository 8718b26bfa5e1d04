import { cash as contract, type InputOf, type OutputOf } from '@trii/contract';
import { invariant, newId } from '@trii/kernel';
import { handler, userIdOf, type Sql } from '../../platform/index.ts';

type View = OutputOf<typeof contract.linkBankAccount>;
type Input = InputOf<typeof contract.linkBankAccount>;

const ACCOUNTS_MAX = 10;

interface Row {
  readonly id: string;
  readonly label: string | null;
  readonly currency_code: string;
  readonly last_four: string;
  readonly linked_at: string;
}

/** The bank learns the number once and gives a token; here it rests under the investor's own key. The same number is linked once. */
export const linkBankAccountHandler = handler(contract.linkBankAccount, {
  prepare: async ({ ports }, input) => ports.bank.register({ number: numberOf(input), currency: input.currency }),
  async handle(ctx, input) {
    const userId = userIdOf(ctx.actor);
    const number = numberOf(input);
    // Two at once take turns, so that both see the same account.
    await ctx.sql`SELECT pg_advisory_xact_lock(hashtextextended(${`bank_accounts|${userId}`}, 0))`;
    const served = await ctx.sql`SELECT FROM cash_limits WHERE currency_code = ${input.currency} LIMIT 1`;
    if (served.length === 0) return ctx.refuse('CURRENCY_NOT_SERVED', { currency: input.currency });
    const linked = await ctx.sql<{ id: string; is_same: boolean }>`
      SELECT id, number_bidx = blind_index(${number}) AS is_same FROM bank_accounts WHERE user_id = ${userId} AND removed_at IS NULL`;
    const same = linked.find((account) => account.is_same);
    if (same !== undefined) return accountView(ctx.sql, same.id);
    if (linked.length >= ACCOUNTS_MAX) return ctx.refuse('TOO_MANY_BANK_ACCOUNTS', { max: ACCOUNTS_MAX });
    const id = newId();
    await ctx.sql`
      INSERT INTO bank_accounts (id, user_id, currency_code, label, number_enc, number_bidx, last_four, bank_token)
      VALUES (${id}, ${userId}, ${input.currency}, ${input.label ?? null}, encrypt_pii(${number}), blind_index(${number}), ${number.slice(-4)}, ${ctx.prepared.token})`;
    ctx.note({ entityId: id, newValues: { currency: input.currency } });
    return accountView(ctx.sql, id);
  },
});

/** Taken from the lists; what is on its way to it goes on, since the bank knows it by its token. */
export const unlinkBankAccountHandler = handler(contract.unlinkBankAccount, async (ctx, { bankAccountId }) => {
  const [found] = await ctx.sql<{ id: string }>`
    UPDATE bank_accounts SET removed_at = ${ctx.clock.now().toISOString()}::timestamptz WHERE id = ${bankAccountId} AND removed_at IS NULL RETURNING id`;
  if (found === undefined) return ctx.refuse('NOT_FOUND', { bankAccountId });
  return accountView(ctx.sql, bankAccountId);
});

export const bankAccountsHandler = handler(contract.bankAccounts, async ({ sql }) => {
  const rows = await sql<Row>`
    SELECT id, label, currency_code, last_four, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS linked_at
    FROM bank_accounts WHERE removed_at IS NULL ORDER BY id DESC`;
  return { items: rows.map(viewOf) };
});

async function accountView(sql: Sql, id: string): Promise<View> {
  const [row] = await sql<Row>`
    SELECT id, label, currency_code, last_four, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS linked_at
    FROM bank_accounts WHERE id = ${id}`;
  invariant(row !== undefined, 'what was just written is there');
  return viewOf(row);
}

const viewOf = (row: Row): View => ({
  id: row.id,
  label: row.label,
  currency: row.currency_code,
  lastFour: row.last_four,
  linkedAt: row.linked_at,
});

function numberOf({ iban, bankCode, accountNumber }: Input): string {
  return iban ?? `${bankCode ?? ''} ${accountNumber ?? ''}`;
}
