import { createClient } from '@trii/client';
import { newId } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';
import { openBareDatabase } from '../bare-database.ts';
import { openImportDesk } from '../import/import-desk.ts';

/** Who reads in the bench, with something to read. */
export interface Investor {
  readonly token: string;
  /** The one with positions. */
  readonly portfolioId: string;
  readonly portfolios: number;
  readonly positions: number;
}

const PORTFOLIOS = 3;
const POSITIONS = 10;
/** A session in the past; the summary takes the newest close up to today. */
const SESSION = '2024-12-30';

/** Registers, is verified, signs in, pays in and buys through the api, as any investor does. */
export async function makeInvestor(servers: ServerUrls, apiUrl: string): Promise<Investor> {
  const symbols = await pricedSymbols(servers);
  const person = { email: `bench-${newId()}@example.com`, password: 'seven calm rivers run north' };
  const visitor = createClient({ url: apiUrl });
  const { userId } = await visitor.identity.register.mutate({ ...person, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
  await verify(servers, userId);
  const { token } = await visitor.identity.signIn.mutate(person);
  const client = createClient({ url: apiUrl, token });
  let portfolioId = '';
  for (let number = 1; number <= PORTFOLIOS; number += 1)
    portfolioId = (await client.portfolio.open.mutate({ name: `Portfolio ${number}`, openedOn: SESSION })).id;
  await client.cash.deposit.mutate({ portfolioId, amount: '100000.00', currency: 'USD', date: SESSION });
  for (const symbol of symbols)
    await client.trading.recordTrade.mutate({
      portfolioId,
      symbol,
      tradeType: 'BUY',
      quantity: '7',
      price: '101.25',
      fees: '1.00',
      date: SESSION,
    });
  return { token, portfolioId, portfolios: PORTFOLIOS, positions: symbols.length };
}

/** What an operator's decision leaves, without the document that it is about. */
async function verify(servers: ServerUrls, userId: string): Promise<void> {
  const operator = openBareDatabase(servers.DATABASE_OPERATOR_URL, 1);
  try {
    await operator.transaction({ role: 'admin_role', userId: null }, 'write', (client) =>
      client.query("UPDATE users SET kyc_status = 'VERIFIED' WHERE id = $1", [userId]),
    );
  } finally {
    await operator.end();
  }
}

async function pricedSymbols(servers: ServerUrls): Promise<string[]> {
  await using desk = await openImportDesk(servers);
  const listed = await desk.list(POSITIONS);
  const worker = openBareDatabase(servers.DATABASE_WORKER_URL, 1);
  try {
    await worker.transaction({ role: 'worker_role', userId: null }, 'write', (client) =>
      client.query(
        `INSERT INTO daily_bars (instrument_id, session_date, close, source)
         SELECT id, $1, 104.5, 'bench' FROM unnest($2::uuid[]) AS id ON CONFLICT DO NOTHING`,
        [SESSION, listed.map(({ id }) => id)],
      ),
    );
  } finally {
    await worker.end();
  }
  return listed.map(({ symbol }) => symbol);
}
