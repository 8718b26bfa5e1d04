import { createClient, platformError, type TriiClient } from '@trii/client';
import { handlers } from '@trii/domain';
import { CodedError } from '@trii/kernel';
import type { OperatorDesk } from '../platform/operator-desk.ts';
import { demoFiles, importDemoFile } from './demo-files.ts';
import { demoInstruments, type DemoInvestor, demoInvestors, type DemoStep } from './demo-plan.ts';

export interface DemoParts {
  readonly apiUrl: string;
  readonly password: string;
  readonly desk: OperatorDesk;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

const WAIT_POLL_MS = 250;
const WAIT_MAX_MS = 120_000;

/**
 * Lists the demo's instruments, imports their real prices, lets three investors act through the typed client and waits until the workers have
 * written every nightly snapshot. Safe to run again: what is there already is left as it is.
 */
export async function loadDemo(parts: DemoParts): Promise<void> {
  const loaded = await Promise.all(demoInvestors.map((investor) => isLoaded(investor, parts)));
  if (loaded.every(Boolean)) {
    parts.say('the demo is loaded already');
    await snapshotsWritten(parts);
    return;
  }
  await listInstruments(parts);
  for (const file of demoFiles) parts.say(await importDemoFile(file, parts.desk));
  await fixValuationDate(parts);
  // Side by side: each waits mostly for its own commits.
  await Promise.all(demoInvestors.map((investor) => act(investor, parts)));
  await snapshotsWritten(parts);
}

async function listInstruments({ desk }: DemoParts): Promise<void> {
  for (const instrument of demoInstruments) {
    const input = { ...instrument, exchangeCode: 'XNYS', currencyCode: 'USD' };
    await desk.executor.run(handlers.market.listInstrument, desk.call(input)).catch((error: unknown) => {
      if (!(error instanceof CodedError && error.code === 'SYMBOL_TAKEN')) throw error;
    });
  }
}

/** The last session that both traded instruments have a bar for. */
async function fixValuationDate({ desk, say }: DemoParts): Promise<void> {
  const lastBars = demoFiles.flatMap((file) => (file.lastDate === undefined ? [] : [file.lastDate])).toSorted();
  const [date] = lastBars;
  if (date === undefined) throw new CodedError('DEMO_BROKEN', 'No file of the demo gives the traded prices.');
  await desk.executor.run(handlers.platform.setValuationDate, desk.call({ date }));
  say(`valued at ${date}, the last day that all traded instruments have a price for`);
}

async function isLoaded(investor: DemoInvestor, parts: DemoParts): Promise<boolean> {
  const client = await signedIn(investor, parts).catch((error: unknown) => {
    if (platformError(error)?.code === 'INVALID_CREDENTIALS') return undefined;
    throw error;
  });
  if (client === undefined) return false;
  const { items } = await client.portfolio.list.query({});
  const portfolio = items.find((item) => item.name === investor.portfolio.name);
  if (portfolio === undefined) return false;
  const { lastEntryDate } = await client.portfolio.summary.query({ portfolioId: portfolio.id });
  return lastEntryDate === investor.steps.at(-1)?.date;
}

async function signedIn(investor: DemoInvestor, { apiUrl, password }: DemoParts): Promise<TriiClient> {
  const { token } = await createClient({ url: apiUrl }).identity.signIn.mutate({ email: investor.email, password, deviceInfo: 'demo' });
  return createClient({ url: apiUrl, token });
}

async function act(investor: DemoInvestor, parts: DemoParts): Promise<void> {
  const { email, firstName, lastName, timezone } = investor;
  await createClient({ url: parts.apiUrl })
    // Who registered before stays as they are.
    .identity.register.mutate({ email, password: parts.password, firstName, lastName, countryCode: 'CO', timezone });
  const client = await signedIn(investor, parts);
  await verify(client, investor, parts);
  const context = (step: number | string) => ({ context: { idempotencyKey: `demo-${investor.slug}-${step}` } });
  const { id: portfolioId } = await client.portfolio.open.mutate({ ...investor.portfolio, baseCurrency: 'USD' }, context('open'));
  for (const [index, step] of investor.steps.entries()) {
    parts.signal.throwIfAborted();
    await takeStep(client, { portfolioId, step, context: context(index) });
  }
  parts.say(`${firstName} ${lastName}: ${investor.steps.length} entries in "${investor.portfolio.name}"`);
}

/** Only verified investors trade: an operator looks at who this is, as with anybody else. */
async function verify(client: TriiClient, { slug }: DemoInvestor, { desk }: DemoParts): Promise<void> {
  const { userId, kycStatus } = await client.identity.me.query({});
  if (kycStatus === 'VERIFIED') return;
  const verdict = { userId, decision: 'VERIFIED' as const, reason: 'An investor of the demo: made up, and known to be.' };
  await desk.executor.run(handlers.identity.decideKyc, desk.call(verdict, `demo-${slug}-kyc`));
}

interface Taking {
  readonly portfolioId: string;
  readonly step: DemoStep;
  readonly context: { readonly context: { readonly idempotencyKey: string } };
}

async function takeStep(client: TriiClient, { portfolioId, step, context }: Taking): Promise<void> {
  if ('amount' in step) {
    await client.cash[step.kind].mutate({ portfolioId, amount: step.amount, currency: 'USD', date: step.date }, context);
    return;
  }
  const { symbol, date, quantity, fees } = step;
  const { bars } = await client.market.dailyBars.query({ symbol, from: date, to: date });
  const [bar] = bars;
  if (bar === undefined) throw new CodedError('DEMO_BROKEN', `${symbol} has no bar on ${date}.`);
  await client.trading.recordTrade.mutate({ portfolioId, symbol, tradeType: step.kind, quantity, price: bar.close, fees, date }, context);
}

/** The same dispatch that the schedule does, asked for now; then the workers' progress until nothing is due. */
async function snapshotsWritten({ desk, signal, say }: DemoParts): Promise<void> {
  const due = async () => (await desk.executor.run(handlers.platform.jobProgress, desk.call({}))).duePortfolios;
  if ((await due()) === 0) return;
  await desk.executor.run(handlers.platform.requestJob, desk.call({ job: 'snapshot-portfolios' }));
  const start = performance.now();
  while ((await due()) > 0) {
    signal.throwIfAborted();
    if (performance.now() - start > WAIT_MAX_MS) {
      throw new CodedError(
        'SNAPSHOTS_LATE',
        'The workers have not written the snapshots within two minutes. "trii status" shows whether they run; their log says why not.',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, WAIT_POLL_MS));
  }
  say(`snapshots written in ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
