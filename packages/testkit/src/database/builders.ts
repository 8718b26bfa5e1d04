import { sessionKeys, setKeys, type Sql } from '@trii/domain';
import { newId } from '@trii/kernel';
import type { ClientBase } from 'pg';
import { personalKeys, testVault } from './key-ring.ts';
import type { Sessions } from './sessions.ts';

// Rows as the platform itself would write them, through the serving logins: what a builder cannot do, no session can.

export interface BuiltUser {
  readonly id: string;
  readonly email: string;
}

/** Verified unless said: most tests are of investors who trade. */
export async function createUser(
  sessions: Sessions,
  given: { readonly email?: string; readonly passwordHash?: string; readonly kycStatus?: 'PENDING' | 'VERIFIED' | 'REJECTED' } = {},
): Promise<BuiltUser> {
  const id = newId();
  const email = given.email ?? `${id}@example.com`;
  const vault = testVault();
  const dataKey = await vault.issue(id);
  const { keyId, wrappedKey, masterKeyId } = await vault.wrap(dataKey);
  await sessions.as({ role: 'anonymous_role', userId: null }, async (client) => {
    await setKeys(sqlOf(client), sessionKeys(dataKey, personalKeys.PII_BLIND_INDEX_KEY));
    await client.query('SELECT register_user($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)', [
      id,
      email,
      given.passwordHash ?? 'not-a-hash',
      'Ada',
      'Lovelace',
      'CO',
      'America/Bogota',
      keyId,
      wrappedKey,
      masterKeyId,
    ]);
  });
  const kycStatus = given.kycStatus ?? 'VERIFIED';
  if (kycStatus !== 'PENDING')
    await sessions.as({ role: 'admin_role', userId: null }, (client) =>
      client.query('UPDATE users SET kyc_status = $2 WHERE id = $1', [id, kycStatus]),
    );
  return { id, email };
}

/** A client as the domain's SQL wants it: values as bind parameters. */
export const sqlOf =
  (client: ClientBase): Sql =>
  async <Row extends object>(strings: TemplateStringsArray, ...values: readonly unknown[]) =>
    (
      await client.query<Row>(
        strings.reduce((text, part, index) => `${text}$${index}${part}`),
        [...values],
      )
    ).rows;

export interface BuiltPortfolio {
  readonly id: string;
  readonly userId: string;
}

export async function createPortfolio(
  sessions: Sessions,
  given: { readonly userId: string; readonly name?: string; readonly openedOn?: string; readonly baseCurrency?: string },
): Promise<BuiltPortfolio> {
  const id = newId();
  await sessions.as({ role: 'authenticated_user', userId: given.userId }, (client) =>
    client.query('INSERT INTO portfolios (id, user_id, name, base_currency, opened_on) VALUES ($1, $2, $3, $4, $5)', [
      id,
      given.userId,
      given.name ?? 'Retirement',
      given.baseCurrency ?? 'USD',
      given.openedOn ?? '2018-01-02',
    ]),
  );
  return { id, userId: given.userId };
}

export interface BuiltInstrument {
  readonly id: string;
  readonly symbol: string;
}

export async function createInstrument(
  sessions: Sessions,
  given: { readonly symbol?: string; readonly type?: string; readonly exchangeCode?: string; readonly currencyCode?: string } = {},
): Promise<BuiltInstrument> {
  const id = newId();
  const symbol = given.symbol ?? `T${id.slice(-8).toUpperCase()}`;
  await sessions.as({ role: 'admin_role', userId: null }, (client) =>
    client.query('INSERT INTO instruments (id, symbol, name, type, exchange_code, currency_code) VALUES ($1, $2, $2, $3, $4, $5)', [
      id,
      symbol,
      given.type ?? 'STOCK',
      given.exchangeCode ?? 'XNYS',
      given.currencyCode ?? 'USD',
    ]),
  );
  return { id, symbol };
}

/** Close-only daily bars: session date to close. */
export async function createDailyBars(sessions: Sessions, instrumentId: string, closes: Readonly<Record<string, string>>): Promise<void> {
  await sessions.as({ role: 'worker_role', userId: null }, (client) =>
    client.query(
      `INSERT INTO daily_bars (instrument_id, session_date, close, source)
       SELECT $1, bar.day, bar.close, 'test' FROM unnest($2::date[], $3::numeric[]) AS bar (day, close)`,
      [instrumentId, Object.keys(closes), Object.values(closes)],
    ),
  );
}

export const createRate = (
  sessions: Sessions,
  given: { readonly from: string; readonly to: string; readonly rate: string; readonly asOf: string },
): Promise<unknown> =>
  sessions.as({ role: 'admin_role', userId: null }, (client) =>
    client.query("INSERT INTO fx_rates (base_currency, quote_currency, rate, as_of, source) VALUES ($1, $2, $3, $4, 'test')", [
      given.from,
      given.to,
      given.rate,
      given.asOf,
    ]),
  );

export interface PostingLine {
  readonly account: string;
  /** Either a currency of three capital letters or an instrument's id. */
  readonly asset: string;
  readonly amount: string;
  readonly costBasis?: string;
  readonly realizedPnl?: string;
}

export interface LedgerEntry {
  readonly portfolio: BuiltPortfolio;
  readonly kind: string;
  readonly date?: string;
  readonly lines: readonly PostingLine[];
  /** Whose session writes it; the owner's unless said. */
  readonly asUserId?: string;
}

/** One ledger transaction, by one statement, as the investor. Returns its id. */
export async function post(sessions: Sessions, entry: LedgerEntry): Promise<string> {
  const transactionId = newId();
  const rows = entry.lines.map((line, index) => ({
    id: newId(),
    transaction_id: transactionId,
    line: index + 1,
    user_id: entry.portfolio.userId,
    portfolio_id: entry.portfolio.id,
    account: line.account,
    currency_code: /^[A-Z]{3}$/.test(line.asset) ? line.asset : null,
    instrument_id: /^[A-Z]{3}$/.test(line.asset) ? null : line.asset,
    amount: line.amount,
    cost_basis: line.costBasis ?? null,
    realized_pnl: line.realizedPnl ?? null,
    kind: entry.kind,
    effective_date: entry.date ?? '2018-01-02',
  }));
  await sessions.as({ role: 'authenticated_user', userId: entry.asUserId ?? entry.portfolio.userId }, (client) =>
    client.query(
      `INSERT INTO postings (id, transaction_id, line, user_id, portfolio_id, account, currency_code, instrument_id, amount, cost_basis, realized_pnl, kind, effective_date)
       SELECT id, transaction_id, line, user_id, portfolio_id, account, currency_code, instrument_id, amount, cost_basis, realized_pnl, kind, effective_date
       FROM jsonb_populate_recordset(NULL::postings, $1::jsonb)`,
      [JSON.stringify(rows)],
    ),
  );
  return transactionId;
}

export const deposit = (
  sessions: Sessions,
  portfolio: BuiltPortfolio,
  { amount, date = '2018-01-02' }: { readonly amount: string; readonly date?: string },
): Promise<string> =>
  post(sessions, {
    portfolio,
    kind: 'DEPOSIT',
    date,
    lines: [
      { account: 'cash', asset: 'USD', amount },
      { account: 'external', asset: 'USD', amount: `-${amount}` },
    ],
  });
