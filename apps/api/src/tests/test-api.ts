import { createClient, platformError, type TriiClient } from '@trii/client';
import { newId } from '@trii/kernel';
import { createTestDatabase, personalKeys, recordingLogger, type RecordingLogger, type TestDatabase } from '@trii/testkit';
import { type Api, type ApiConfig, startApi } from '../server.ts';

export interface TestApi {
  readonly api: Api;
  readonly url: string;
  readonly database: TestDatabase;
  readonly logger: RecordingLogger;
  /** An investor with an account and a session. */
  investor(): Promise<{ readonly client: TriiClient; readonly email: string; readonly token: string }>;
  /** Another api on the same servers; whoever asks for it stops it. */
  another(): Promise<Api>;
  stop(): Promise<void>;
}

export const PASSWORD = 'correct horse battery';
export const PEPPER = 'a pepper for the tests';

/** The api as it runs, with cheap hashes, on a database of its own. */
export async function startTestApi(settings: Partial<ApiConfig> = {}): Promise<TestApi> {
  const database = await createTestDatabase();
  const logger = recordingLogger();
  const config = {
    ...database.servers,
    ...personalKeys,
    API_PORT: 0,
    HOST: '127.0.0.1',
    PASSWORD_PEPPER: PEPPER,
    BCRYPT_COST: 4,
    ...settings,
  };
  const api = await startApi(config, logger);
  const url = `http://127.0.0.1:${api.port}`;
  return {
    api,
    url,
    database,
    logger,
    async investor() {
      const email = `${newId()}@example.com`;
      const anyone = createClient({ url });
      await anyone.identity.register.mutate({ email, password: PASSWORD, firstName: 'Ada', lastName: 'Lovelace', countryCode: 'CO' });
      const { token } = await anyone.identity.signIn.mutate({ email, password: PASSWORD });
      return { client: createClient({ url, token }), email, token };
    },
    another: () => startApi(config, logger),
    async stop() {
      await api.stop();
      await database.close();
    },
  };
}

/** What the platform said of a call that failed; undefined for one that did not. */
export async function failureOf(call: Promise<unknown>) {
  return call.then(
    () => undefined,
    (error: unknown) => platformError(error),
  );
}
