import { createHash } from 'node:crypto';
import {
  type AnyDeclaration,
  identity,
  market,
  cash as cashContract,
  type OperatorScope,
  platform as declared,
  portfolio as portfolioContract,
} from '@trii/contract';
import { deliveriesOf, handlers, localOrigin, systemActor } from '@trii/domain';
import { newId } from '@trii/kernel';
import { codeOf } from '../platform/one-time-code.ts';
import {
  type BuiltPortfolio,
  createDailyBars,
  createInstrument,
  createPortfolio,
  createRate,
  createUser,
  deposit,
  post,
} from '../database/builders.ts';
import type { TestDatabase } from '../database/test-database.ts';
import { investorActor, type UserActor } from '../platform/actors.ts';
import { callAs } from '../platform/call-as.ts';
import type { TestPlatform } from '../platform/test-platform.ts';

/** An investor with a session and a portfolio that holds money, on the day that examples speak of. */
export interface Tenant {
  readonly actor: UserActor;
  readonly email: string;
  /** Opens the actor's session at any door on the same database. */
  readonly token: string;
  readonly portfolio: BuiltPortfolio;
  /** What nobody else may ever be shown. */
  readonly marks: readonly string[];
}

export interface World {
  readonly database: TestDatabase;
  readonly platform: TestPlatform;
}

const DAY = '2018-01-02';
const PASSWORD = identity.signIn.example.password;
const JOB = 'dispatch-snapshots';

/** What every world needs once: the instrument of the examples with bars on their dates, and a day to value at that no example moves. */
export async function prepareWorld(world: World): Promise<void> {
  const { database } = world;
  const { id } = await createInstrument(database, { symbol: 'DEMO' });
  const { example } = declared.setValuationDate;
  await createDailyBars(database, id, { [DAY]: '10.00', [example.date ?? DAY]: '12.50' });
  await createRate(database, { from: 'EUR', to: 'USD', rate: '1.25', asOf: `${example.date ?? DAY}T12:00:00Z` });
  await setDay(world);
}

/** Values at the day that examples speak of. */
export async function setDay({ platform }: World): Promise<void> {
  await callAs(platform, systemActor('cli'))(handlers.platform.setValuationDate, declared.setValuationDate.example);
}

export async function createTenant({ database, platform }: World, operatorScopes: readonly OperatorScope[] = []): Promise<Tenant> {
  const anyone = callAs(platform, { kind: 'anonymous' });
  const email = `${newId()}@example.com`;
  await anyone(handlers.identity.register, { ...identity.register.example, email, password: PASSWORD });
  await platform.inspect(`UPDATE users SET operator_scopes = $2, kyc_status = 'VERIFIED' WHERE email = $1`, [email, operatorScopes]);
  const { userId, token, permissions } = await anyone(handlers.identity.signIn, { email, password: PASSWORD });
  const [session] = await platform.inspect<{ id: string }>('SELECT id FROM user_sessions WHERE user_id = $1', [userId]);
  const actor = { ...investorActor(userId, permissions), sessionId: session?.id ?? '' };
  if (operatorScopes.length > 0) await giveFactor(platform, actor);
  const name = `Portfolio of ${userId}`;
  const portfolio = await createPortfolio(database, { userId, name, openedOn: DAY });
  await deposit(database, portfolio, { amount: '100000.00', date: DAY });
  return { actor, email, token, portfolio, marks: [userId, actor.sessionId, email, portfolio.id, name, token] };
}

/** As if a code of it had been shown, unless there is one: no operator does anything without. */
export async function giveFactor(platform: TestPlatform, actor: UserActor): Promise<void> {
  const found = await platform.inspect('SELECT FROM totp_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL', [actor.userId]);
  if (found.length > 0) return;
  await callAs(platform, actor)(handlers.identity.enrolTotp, {});
  await platform.inspect('UPDATE totp_factors SET confirmed_at = now() WHERE user_id = $1', [actor.userId]);
}
const takeFactor = ({ platform, tenant }: Filling) =>
  platform.inspect('WITH codes AS (DELETE FROM recovery_codes WHERE user_id = $1) DELETE FROM totp_factors WHERE user_id = $1', [
    tenant.actor.userId,
  ]);

interface Filling extends World {
  readonly declaration: AnyDeclaration;
  readonly tenant: Tenant;
}

interface Filler {
  /** The field names something of the tenant's: nobody else gets anything for it. */
  readonly isOwned?: boolean;
  readonly fill: (filling: Filling) => unknown;
}

const creates = ({ declaration }: Filling, entityType: string): boolean =>
  declaration.audit?.action === 'CREATE' && declaration.audit.entityType === entityType;

/** By field name, what stands in this world for what an example writes. Every other field stays as the example has it. */
const fillers: Readonly<Record<string, Filler>> = {
  portfolioId: { isOwned: true, fill: portfolioFor },
  fromPortfolioId: { isOwned: true, fill: sourceFor },
  toPortfolioId: {
    isOwned: true,
    fill: async ({ database, tenant }) => (await createPortfolio(database, { userId: tenant.actor.userId, openedOn: DAY })).id,
  },
  personId: { fill: ({ tenant }) => tenant.actor.userId },
  transactionId: { isOwned: true, fill: ({ database, tenant }) => deposit(database, tenant.portfolio, { amount: '1.00', date: DAY }) },
  holdId: { isOwned: true, fill: placeHoldOf },
  bankAccountId: { isOwned: true, fill: linkAccountOf },
  planId: { isOwned: true, fill: planOf },
  messageId: { fill: unmatchedMessage },
  paymentId: { fill: pendingPaymentOf },
  runKey: { fill: () => newId() },
  email: { fill: (filling) => (creates(filling, 'USER') ? `${newId()}@example.com` : filling.tenant.email) },
  newEmail: { fill: () => `${newId()}@example.com` },
  symbol: { fill: symbolFor },
  // One that changed it before goes back to the password that everybody here has.
  currentPassword: {
    fill: async ({ platform, tenant }) => {
      await platform.inspect('UPDATE users SET password_hash = $2 WHERE id = $1', [
        tenant.actor.userId,
        await platform.hashPassword(PASSWORD),
      ]);
      return PASSWORD;
    },
  },
  sessionId: { isOwned: true, fill: anotherSession },
  token: { fill: tokenOfMail },
  mailId: { fill: () => newId() },
  keyId: {
    isOwned: true,
    fill: keyOf,
  },
  documentId: { fill: documentFor },
  decisionId: { fill: () => newId() },
  submissionId: {
    fill: async ({ platform, tenant: { actor } }) => {
      const id = newId();
      await platform.inspect('INSERT INTO kyc_submissions (id, user_id, document_ids, decision_id) VALUES ($1, $2, $3, $1)', [
        id,
        actor.userId,
        [],
      ]);
      return id;
    },
  },
  exportId: { isOwned: true, fill: exportFor },
  code: { fill: codeFor },
  eventId: { fill: deadDelivery },
  jobName: { fill: () => JOB },
  // Announced for a day to come, each time another.
  actionId: { fill: announcedAction },
  instrumentId: { fill: () => newId() },
  importId: { fill: () => newId() },
  entryId: { fill: () => newId() },
  runId: { fill: () => newId() },
  // Who is erased must hold nothing, a decision is made once, and who is closed does nothing any more.
  userId: {
    fill: async ({ declaration, database, tenant }) =>
      declaration.kind !== 'command' || looks.has(declaration.name)
        ? tenant.actor.userId
        : (await createUser(database, { kycStatus: 'PENDING' })).id,
  },
};

/** Commands that leave as it is what they name besides the person. */
const looks: ReadonlySet<string> = new Set([
  identity.readKycDocument.name,
  identity.screenKyc.name,
  identity.exportPerson.name,
  identity.readPersonExportPart.name,
]);

/** What has to stand before an example succeeds, though no field of it says so. */
const preparations: Readonly<Record<string, (filling: Filling) => Promise<unknown>>> = {
  // By the password alone, and one at a time.
  [identity.signIn.name]: takeFactor,
  [identity.confirmPassword.name]: takeFactor,
  [identity.enrolTotp.name]: takeFactor,
  // Who is verified has nothing to hand in, and nobody hands in twice.
  [identity.submitKyc.name]: async (filling) => {
    const { platform, tenant } = filling;
    await addDocument(filling);
    await platform.inspect(`UPDATE users SET kyc_status = 'PENDING' WHERE id = $1`, [tenant.actor.userId]);
    await platform.inspect('UPDATE kyc_submissions SET decision_id = id WHERE user_id = $1', [tenant.actor.userId]);
  },
  // Five may be asked for in an hour.
  [identity.requestEmailChange.name]: ({ platform, tenant }) =>
    platform.inspect("DELETE FROM mails WHERE user_id = $1 AND kind = 'EMAIL_CHANGE_ASKED'", [tenant.actor.userId]),
  [identity.exportMyData.name]: forgetExports,
  [identity.exportPerson.name]: forgetExports,
};

/** There may be so many at once. */
async function forgetExports({ platform, tenant }: Filling): Promise<void> {
  await platform.inspect('DELETE FROM person_exports WHERE user_id = $1', [tenant.actor.userId]);
}

/** As every id in an example is written. */
const placeholder = /^00000000-0000-7000-8000-/;

/** The example's input as this tenant would send it. Each call makes anew what a command uses up. */
export async function fillExample(filling: Filling): Promise<Record<string, unknown>> {
  const example = filling.declaration.example as Readonly<Record<string, unknown>>;
  await preparations[filling.declaration.name]?.(filling);
  const fields = Object.entries(example).map(async ([field, value]): Promise<[string, unknown]> => {
    const filler = fillers[field];
    if (filler !== undefined) return [field, await filler.fill(filling)];
    if (typeof value === 'string' && placeholder.test(value)) {
      throw new Error(`${filling.declaration.name}: nothing stands for the example's ${field}. Add a filler to operations-world.ts`);
    }
    return [field, value];
  });
  return Object.fromEntries(await Promise.all(fields));
}

/** An example without a field asks for the caller's own: what it is refused for is theirs too. */
export const namesAnything = ({ example }: AnyDeclaration): boolean => Object.keys(example as object).length > 0;

export const namesOwned = ({ example }: AnyDeclaration): boolean =>
  Object.keys(example as object).some((field) => fillers[field]?.isOwned === true);

const mailKinds: Readonly<Record<string, string>> = {
  [identity.verifyEmail.name]: 'VERIFY_EMAIL',
  [identity.confirmEmailChange.name]: 'CONFIRM_EMAIL',
};

/** As if it came by mail. */
async function tokenOfMail({ platform, tenant, declaration }: Filling): Promise<string> {
  const token = `${newId()}${newId()}`;
  await platform.inspect(
    "INSERT INTO mails (id, user_id, kind, token_hash, expires_at, address) VALUES ($1, $2, $3, $4, now() + interval '1 day', $5)",
    [
      newId(),
      tenant.actor.userId,
      mailKinds[declaration.name] ?? 'RESET_PASSWORD',
      createHash('sha256').update(token).digest('base64url'),
      declaration.name === identity.confirmEmailChange.name ? `${newId()}@example.com` : null,
    ],
  );
  return token;
}

/** Beside the one that calls, which must go on. */
async function anotherSession({ platform, tenant }: Filling): Promise<string> {
  const id = newId();
  await platform.inspect(
    "INSERT INTO user_sessions (id, user_id, session_token, expires_at, permissions) VALUES ($1, $2, $3, now() + interval '1 day', '{read}')",
    [id, tenant.actor.userId, newId()],
  );
  return id;
}

/** To confirm a factor a code of its authenticator, as it shows it now; else a recovery code, which no clock ends. */
async function codeFor(filling: Filling): Promise<string> {
  const { declaration, platform, tenant } = filling;
  const call = callAs(platform, tenant.actor);
  await takeFactor(filling);
  const { secret } = await call(handlers.identity.enrolTotp, {});
  const code = codeOf(secret, platform.clock.now());
  if (declaration.name === identity.confirmTotp.name) return code;
  const { recoveryCodes } = await call(handlers.identity.confirmTotp, { code });
  return recoveryCodes[0] ?? '';
}

/** A program's; how many there may be is no matter of this. */
async function keyOf({ platform, tenant }: Filling): Promise<string> {
  const id = newId();
  await platform.inspect(
    `INSERT INTO api_keys (id, user_id, name, prefix, key_hash, permissions, created_at, expires_at)
     VALUES ($1, $2, 'a program', 'trii_', md5(random()::text), '{read}', now() - interval '1 hour', now() + interval '1 day')`,
    [id, tenant.actor.userId],
  );
  return id;
}

/** The tenant's; to be closed it must be flat, and it can be closed once. */
async function portfolioFor({ declaration, database, tenant }: Filling): Promise<string> {
  if (declaration.name !== portfolioContract.close.name) return tenant.portfolio.id;
  return (await createPortfolio(database, { userId: tenant.actor.userId, name: tenant.portfolio.id, openedOn: DAY })).id;
}

/** The tenant's own, with money, and with units of the examples' instrument where those are to leave it. */
async function sourceFor({ declaration, database, platform, tenant: { portfolio } }: Filling): Promise<string> {
  if (declaration.name !== portfolioContract.transferHolding.name) return portfolio.id;
  const [instrument] = await platform.inspect<{ id: string }>(`SELECT id FROM instruments WHERE symbol = 'DEMO'`);
  const asset = instrument?.id ?? '';
  const lines = [
    { account: 'holding', asset, amount: '1', costBasis: '10' },
    { account: 'external', asset, amount: '-1' },
  ];
  await post(database, { portfolio, kind: 'JOURNAL', date: DAY, lines });
  return portfolio.id;
}

/** A hold of the tenant's own: it can be released once. */
async function placeHoldOf({ platform, tenant: { actor, portfolio } }: Filling): Promise<string> {
  const hold = { ...portfolioContract.placeHold.example, portfolioId: portfolio.id };
  return (await callAs(platform, actor)(handlers.portfolio.placeHold, hold)).id;
}

/** Linked once; of the tenant's own until it is unlinked. */
async function linkAccountOf({ platform, tenant: { actor } }: Filling): Promise<string> {
  return (await callAs(platform, actor)(handlers.cash.linkBankAccount, cashContract.linkBankAccount.example)).id;
}

async function planOf(filling: Filling): Promise<string> {
  const { platform, tenant } = filling;
  const plan = { ...cashContract.planDeposit.example, portfolioId: tenant.portfolio.id, bankAccountId: await linkAccountOf(filling) };
  return (await callAs(platform, tenant.actor)(handlers.cash.planDeposit, plan)).id;
}

async function pendingPaymentOf({ platform, tenant: { actor, portfolio } }: Filling): Promise<string> {
  const deposit = { ...cashContract.announceDeposit.example, portfolioId: portfolio.id };
  return (await callAs(platform, actor)(handlers.cash.announceDeposit, deposit)).id;
}

/** What the bank said of nothing that is known: an operator can dismiss it, once. */
async function unmatchedMessage({ platform }: World): Promise<string> {
  const [row] = await platform.inspect<{ id: string }>(
    `INSERT INTO bank_messages (id, bank_reference, kind, amount, currency_code, booked_at, status)
     VALUES ($1, $2, 'SETTLED', 5, 'USD', now(), 'UNMATCHED') RETURNING id`,
    [newId(), newId()],
  );
  return row?.id ?? '';
}

/** A document with its parts sent; made of them where the operation asks for a whole one. */
async function documentFor(filling: Filling): Promise<string> {
  if (filling.declaration.name === identity.readKycDocument.name) return addDocument(filling);
  return filling.declaration.name === identity.addKycDocument.name ? sendParts(filling) : newId();
}

async function sendParts({ platform, tenant: { actor } }: Filling): Promise<string> {
  const documentId = newId();
  await callAs(platform, actor)(handlers.identity.uploadKycPart, { ...identity.uploadKycPart.example, documentId });
  return documentId;
}

/** One serves all looks: an investor keeps a bounded number. */
async function addDocument(filling: Filling): Promise<string> {
  const { documents } = await callAs(filling.platform, filling.tenant.actor)(handlers.identity.kyc, {});
  if (documents[0] !== undefined) return documents[0].documentId;
  const documentId = await sendParts(filling);
  await callAs(filling.platform, filling.tenant.actor)(handlers.identity.addKycDocument, {
    ...identity.addKycDocument.example,
    documentId,
  });
  return documentId;
}

/** One serves all looks. */
async function exportFor({ platform, tenant: { actor } }: Filling): Promise<string> {
  const [known] = await platform.inspect<{ id: string }>('SELECT id FROM person_exports WHERE user_id = $1', [actor.userId]);
  return (
    known?.id ??
    (await callAs(platform, { ...actor, authenticatedAt: Number.MAX_SAFE_INTEGER })(handlers.identity.exportMyData, {})).exportId
  );
}

/** The event of a job that gave up: an operator can drive it again, once. */
async function deadDelivery({ platform }: World): Promise<string> {
  const call = { actor: systemActor('cli'), origin: localOrigin(newId()), input: declared.requestJob.example };
  const { eventId } = await platform.executor.run(handlers.platform.requestJob, call);
  await deliveriesOf(platform.transactions).giveUp({ eventId, jobName: JOB }, 'INTERNAL: a test gave up');
  return eventId;
}

/** An action is entered once, and makes the instrument's entries of later days wait for it. */
async function symbolFor(filling: Filling): Promise<string> {
  if (creates(filling, 'INSTRUMENT')) return `N${newId().slice(-12).toUpperCase()}`;
  return creates(filling, 'CORPORATE_ACTION') ? (await createInstrument(filling.database)).symbol : 'DEMO';
}

/** An action that its day has not come for, so that it can be taken back. */
async function announcedAction({ platform, database }: World): Promise<string> {
  const { symbol } = await createInstrument(database);
  const input = { ...market.recordAction.example, symbol };
  const { id } = await platform.executor.run(handlers.market.recordAction, {
    actor: systemActor('cli'),
    origin: localOrigin(newId()),
    input,
  });
  return id;
}
