import { type AnyDeclaration, callerOperations } from '@trii/contract';
import { systemClock } from '@trii/kernel';
import {
  createPortfolio,
  createTenant,
  createTestPlatform,
  deposit,
  fillExample,
  giveFactor,
  prepareWorld,
  setDay,
  type RecordingLogger,
  type Slot,
  tableCounter,
  type TableCounter,
  type Tenant,
  type TestPlatform,
} from '@trii/testkit';
import { PEPPER, startTestApi } from '../tests/test-api.ts';

export type CallerName = 'anonymous' | 'investor' | 'operator';

/** Of the examples. */
const DAY = '2018-01-02';
const SET_PASSWORD = 'UPDATE users SET password_hash = $2 WHERE id = $1';

/** Somebody with an account, and what every example says when it is theirs. */
interface Person {
  readonly tenant: Tenant;
  readonly examples: Map<string, Record<string, unknown>>;
}

/** What operators set for everybody, and what would keep examples from being made. */
const SETTINGS = ['cash_limits', 'cash_settings', 'fx_policy'] as const;

/** As they are now, to be put back. */
async function keptSettings({ inspect }: Pick<TestPlatform, 'inspect'>): Promise<() => Promise<void>> {
  const kept = new Map<string, string>();
  for (const table of SETTINGS) {
    const [row] = await inspect<{ rows: unknown }>(`SELECT coalesce(jsonb_agg(t), '[]') AS rows FROM ${table} t`);
    kept.set(table, JSON.stringify(row?.rows ?? []));
  }
  return async () => {
    for (const [table, rows] of kept) {
      await inspect(`DELETE FROM ${table}`);
      await inspect(`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $1)`, [rows]);
    }
  };
}

type Part = Exclude<CallerName, 'anonymous'> | 'bystander';

export interface FuzzWorld extends TableCounter {
  readonly url: string;
  readonly logger: RecordingLogger;
  tokenOf(caller: CallerName): string | undefined;
  /** Remembers what a caller wrote: to be shown that again, as in the audit of the own calls, tells nothing. */
  hear(caller: CallerName, text: string): void;
  /** What nobody but its owner may be shown. Operators may be shown much, so nothing of it is asked of their answers. */
  marksHiddenFrom(caller: CallerName): readonly string[];
  fill(operation: string, caller: CallerName, slot: Slot): unknown;
  /** Makes an example anew: one that asks for a code is good for a moment, and by itself. */
  renew(declaration: AnyDeclaration, caller: Exclude<CallerName, 'anonymous'>): Promise<void>;
  /** Somebody new in the place of each whose session a call ended, and the business date that examples speak of. */
  restore(): Promise<void>;
}

/** An api on a database of its own, with people who have accounts, sessions, portfolios and money. The bystander calls nothing. */
export async function createFuzzWorld(): Promise<FuzzWorld> {
  // Nobody waits: what a call is told when it has to is tested elsewhere.
  const limit = { burst: 1_000_000, perSecond: 1_000_000 };
  const server = await startTestApi({ RATE_LIMIT_SESSION: limit, RATE_LIMIT_ADDRESS: limit });
  const { database, logger, url } = server;
  // With the pepper of the api, so that the passwords of the accounts that it makes are good there.
  const platform = await createTestPlatform(database, { pepper: PEPPER });
  const world = { database, platform };
  await prepareWorld(world);
  const restoreSettings = await keptSettings(platform);
  const unknownHash = await platform.hashPassword('a password that nobody who calls knows');
  const createPerson = async (part: Part): Promise<Person> => {
    const tenant = await createTenant(world, part === 'operator' ? ['operate', 'grant'] : []);
    const examples = new Map<string, Record<string, unknown>>();
    for (const declaration of callerOperations) examples.set(declaration.name, await fillExample({ ...world, declaration, tenant }));
    if (part === 'bystander') await platform.inspect(SET_PASSWORD, [tenant.actor.userId, unknownHash]);
    // Examples of the second factor took it off again.
    if (part === 'operator') await giveFactor(platform, tenant.actor);
    return { tenant, examples };
  };
  const people: Record<Part, Person> = {
    investor: await createPerson('investor'),
    operator: await createPerson('operator'),
    bystander: await createPerson('bystander'),
  };
  const counter = await tableCounter(database);
  /** Marks that the investor, or who may sign in as them, named in a call. */
  let written = new Set<string>();
  const othersMarks = (): string[] => [...people.bystander.tenant.marks, ...people.operator.tenant.marks];
  return {
    url,
    logger,
    counts: counter.counts,
    tokenOf: (caller) => (caller === 'anonymous' ? undefined : people[caller].tenant.token),
    marksHiddenFrom: (caller) => {
      // Who is not signed in knows the investor's password.
      return caller === 'operator' ? [] : othersMarks().filter((mark) => !written.has(mark));
    },
    hear: (caller, text) => {
      if (caller !== 'operator') for (const mark of othersMarks()) if (text.includes(mark)) written.add(mark);
    },
    fill: (operation, caller, { slotOf, path }) => {
      const own = caller === 'anonymous' ? 'investor' : caller;
      const example = people[slotOf === 'caller' ? own : 'bystander'].examples.get(operation);
      return path.reduce<unknown>((at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined), example);
    },
    renew: async (declaration, caller) => {
      const { tenant, examples } = people[caller];
      platform.clock.set(systemClock.now());
      // Who handed documents in before waits for a verdict, and does not deal.
      await platform.inspect("UPDATE users SET kyc_status = 'VERIFIED' WHERE id = $1", [tenant.actor.userId]);
      // Entries of other examples may lie after the day that this one speaks of.
      const portfolio = await createPortfolio(database, { userId: tenant.actor.userId, openedOn: DAY });
      await deposit(database, portfolio, { amount: '1000.00', date: DAY });
      examples.set(declaration.name, await fillExample({ ...world, declaration, tenant: { ...tenant, portfolio } }));
    },
    restore: async () => {
      await setDay(world);
      await restoreSettings();
      for (const part of ['investor', 'operator'] as const) {
        const headers = { authorization: `Bearer ${people[part].tenant.token}` };
        if (!(await fetch(`${url}/trpc/identity.me`, { headers })).ok) {
          people[part] = await createPerson(part);
          if (part === 'investor') written = new Set();
        }
      }
    },
    close: async () => {
      await counter.close();
      await platform.close();
      await server.stop();
    },
  };
}
