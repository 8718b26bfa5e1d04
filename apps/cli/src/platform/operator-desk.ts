import { subscriptions } from '@trii/contract';
import {
  type Call,
  createExecutor,
  type Executor,
  localOrigin,
  type Ports,
  sessionLimitsByDefault,
  systemActor,
  type TransactionHost,
} from '@trii/domain';
import { closeOrm, configuredBlobs, createOrm, createTransactionHost } from '@trii/infra';
import { newId, systemClock } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';
import { cachedSessions } from './cached-sessions.ts';
import { closedVault } from './personal-keys.ts';

/** The executor as the command line uses it: by the operator's and the worker's login, in this process. */
export interface OperatorDesk extends AsyncDisposable {
  readonly executor: Executor;
  readonly transactions: TransactionHost;
  /** A call in the name of the command line; the key makes a repeat give the first answer again. */
  call(input: unknown, idempotencyKey?: string): Call;
}

const POOL_SIZE = 2;

/** What has no place at the command line: nobody signs in here and nobody listens. */
const noPorts: Omit<Ports, 'sessions' | keyof PersonalPorts> = {
  passwords: { hash: unreachable, verify: unreachable, isOutdated: unreachable, isCommon: unreachable },
  tokens: { issue: unreachable, hash: unreachable },
  throttle: { begin: unreachable, succeeded: unreachable },
  sessionLimits: sessionLimitsByDefault,
  live: { subscribe: unreachable },
  mail: { send: unreachable },
  bank: { register: unreachable, instruct: unreachable, messages: unreachable, acknowledge: unreachable },
  screening: { screen: unreachable },
};

function unreachable(): never {
  throw new Error("the command line runs operators' and system operations only; investors come through the api");
}

/** What opens people's data; without it a desk opens nobody's. */
export type PersonalPorts = Pick<Ports, 'vault' | 'blobs'>;

const closedPorts: PersonalPorts = { vault: closedVault, blobs: configuredBlobs({}) };

/** Without personal ports this desk opens nobody's data. */
export async function openOperatorDesk(
  servers: ServerUrls,
  say: (text: string, fields: object) => void,
  personal: PersonalPorts = closedPorts,
): Promise<OperatorDesk> {
  const operator = await createOrm({ url: servers.DATABASE_OPERATOR_URL, poolSize: POOL_SIZE, applicationName: 'trii-cli' });
  const worker = await createOrm({ url: servers.DATABASE_WORKER_URL, poolSize: POOL_SIZE, applicationName: 'trii-cli' });
  // For reads in a person's own rights: what is exported of them is what they are shown.
  const api =
    personal === closedPorts ? undefined : await createOrm({ url: servers.DATABASE_URL, poolSize: 1, applicationName: 'trii-cli' });
  const transactions = await createTransactionHost({
    admin_role: operator,
    worker_role: worker,
    ...(api === undefined ? {} : { authenticated_user: api }),
  });
  const logger = {
    info: () => undefined,
    warn: (fields: object, message: string) => say(`${message} ${JSON.stringify(fields)}`, fields),
    error: (fields: object, message: string) => say(`${message} ${JSON.stringify(fields)}`, fields),
  };
  const cached = cachedSessions(servers.REDIS_CACHE_URL, logger);
  const ports = { ...noPorts, sessions: cached.sessions, ...personal };
  return {
    transactions,
    executor: createExecutor({ transactions, clock: systemClock, ports, logger, subscriptions }),
    call: (input, idempotencyKey) => ({ actor: systemActor('cli'), origin: localOrigin(newId()), input, idempotencyKey }),
    async [Symbol.asyncDispose]() {
      cached.close();
      await Promise.all([operator, worker, ...(api === undefined ? [] : [api])].map(closeOrm));
    },
  };
}
