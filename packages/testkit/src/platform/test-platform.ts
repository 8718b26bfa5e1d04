import { subscriptions } from '@trii/contract';
import {
  type BlobStore,
  createExecutor,
  type Executor,
  type ExecutorParts,
  type KeyVault,
  type Screening,
  sessionLimitsByDefault,
  type TransactionHost,
} from '@trii/domain';
import { bcryptHasher, closeOrm, configuredBlobs, createOrm, createTransactionHost, localScreening, sessionTokens } from '@trii/infra';
import { manualClock, systemClock, type ManualClock } from '@trii/kernel';
import { Pool } from 'pg';
import { testVault } from '../database/key-ring.ts';
import type { TestDatabase } from '../database/test-database.ts';
import { fakeBank, type FakeBank } from '../fakes/bank.ts';
import { fakeLive, type FakeLive } from '../fakes/live.ts';
import { recordingLogger, type RecordingLogger } from '../fakes/logger.ts';
import { type FakeMail, fakeMail } from '../fakes/mail.ts';
import { fakePasswords, type FakePasswords } from '../fakes/passwords.ts';
import { fakeSessions, type FakeSessions } from '../fakes/sessions.ts';
import { type FakeThrottle, fakeThrottle } from '../fakes/throttle.ts';
import { watchedTransactions, type OnStatement } from './watched-transactions.ts';

export interface TestPlatform {
  readonly executor: Executor;
  readonly transactions: TransactionHost;
  readonly clock: ManualClock;
  readonly logger: RecordingLogger;
  readonly passwords: FakePasswords;
  /** As this platform's accounts have it: by the fake, or under the pepper that was given. */
  hashPassword(password: string): Promise<string>;
  readonly sessions: FakeSessions;
  readonly live: FakeLive;
  readonly mail: FakeMail;
  readonly throttle: FakeThrottle;
  readonly bank: FakeBank;
  readonly blobs: BlobStore;
  readonly screening: Screening;
  readonly vault: KeyVault;
  /** What the tables really hold, past every policy: a superuser's statement. For assertions and for what no serving role may set up. */
  inspect<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
  close(): Promise<void>;
}

export type TestPlatformOptions = Partial<Pick<ExecutorParts, 'subscriptions' | 'reauthoriseMs' | 'secondFactorOf'>> & {
  /** Told of every plain statement before it runs. */
  readonly onStatement?: OnStatement;
  /** For password hashes that a platform with this pepper wrote; fakes unless said. */
  readonly pepper?: string;
  /** Another ring than the one that every builder wraps with. */
  readonly vault?: KeyVault;
  /** Another store than the one of the suite's database. */
  readonly blobs?: BlobStore;
};

const POOL_SIZE = 4;

/**
 * The executor as the apps wire it, on the serving logins of a suite's database, with fakes behind every port. Its clock starts now and then
 * moves only when told.
 */
export async function createTestPlatform(
  database: TestDatabase,
  { onStatement, pepper, vault = testVault(), blobs = configuredBlobs(database.servers), ...options }: TestPlatformOptions = {},
): Promise<TestPlatform> {
  const open = (url: string) => createOrm({ url, poolSize: POOL_SIZE, applicationName: 'trii-test' });
  const [api, operator, worker] = await Promise.all([open(database.urls.api), open(database.urls.operator), open(database.urls.worker)]);
  // A connection that has planned the partitioned tables before answers many times faster than a new one.
  const inspectors = new Pool({ connectionString: database.urls.admin, max: POOL_SIZE, application_name: 'trii-test' });
  // Tests end connections; the pool then opens another.
  inspectors.on('error', () => undefined);
  const serving = await createTransactionHost({
    anonymous_role: api,
    authenticated_user: api,
    admin_role: operator,
    worker_role: worker,
  });
  const transactions = onStatement === undefined ? serving : watchedTransactions(serving, onStatement);
  const clock = manualClock(systemClock.now());
  const fakes = {
    passwords: fakePasswords(),
    sessions: fakeSessions(),
    throttle: fakeThrottle(),
    live: fakeLive(),
    mail: fakeMail(),
    bank: fakeBank(),
    vault,
  };
  const screening = localScreening(['Listed Person']);
  const logger = recordingLogger();
  const passwords = pepper === undefined ? fakes.passwords : bcryptHasher({ cost: 4, pepper });
  const ports = {
    ...fakes,
    passwords,
    tokens: sessionTokens,
    sessionLimits: sessionLimitsByDefault,
    blobs,
    screening,
  };
  // Behind most actors of tests stands no account that could have a second factor; who tests that asks for it.
  const executor = createExecutor({ transactions, clock, logger, subscriptions, ports, secondFactorOf: 'nobody', ...options });
  return {
    executor,
    transactions,
    clock,
    logger,
    ...fakes,
    blobs,
    screening,
    hashPassword: passwords.hash,
    inspect: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await inspectors.query<Row>(text, [...values])).rows,
    close: async () => {
      await Promise.all([closeOrm(api), closeOrm(operator), closeOrm(worker), inspectors.end()]);
    },
  };
}
