import { subscriptions } from '@trii/contract';
import { type Call, createExecutor, type Executor, localOrigin, type Ports, systemActor, type TransactionHost } from '@trii/domain';
import { closeOrm, createOrm, createTransactionHost } from '@trii/infra';
import { newId, systemClock } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';

/** The executor as the command line uses it: by the operator's and the worker's login, in this process. */
export interface OperatorDesk extends AsyncDisposable {
  readonly executor: Executor;
  readonly transactions: TransactionHost;
  /** A call in the name of the command line; the key makes a repeat give the first answer again. */
  call(input: unknown, idempotencyKey?: string): Call;
}

const POOL_SIZE = 2;

/** What has no place at the command line: nobody signs in here and nobody listens. */
const noPorts: Ports = {
  passwords: { hash: unreachable, verify: unreachable },
  sessions: { find: unreachable, end: unreachable },
  tokens: { issue: unreachable, hash: unreachable },
  live: { subscribe: unreachable },
};

function unreachable(): never {
  throw new Error("the command line runs operators' and system operations only; investors come through the api");
}

export async function openOperatorDesk(servers: ServerUrls, say: (text: string) => void): Promise<OperatorDesk> {
  const operator = await createOrm({ url: servers.DATABASE_OPERATOR_URL, poolSize: POOL_SIZE, applicationName: 'trii-cli' });
  const worker = await createOrm({ url: servers.DATABASE_WORKER_URL, poolSize: POOL_SIZE, applicationName: 'trii-cli' });
  const transactions = await createTransactionHost({ admin_role: operator, worker_role: worker });
  const logger = {
    info: () => undefined,
    warn: (fields: object, message: string) => say(`${message} ${JSON.stringify(fields)}`),
    error: (fields: object, message: string) => say(`${message} ${JSON.stringify(fields)}`),
  };
  return {
    transactions,
    executor: createExecutor({ transactions, clock: systemClock, ports: noPorts, logger, subscriptions }),
    call: (input, idempotencyKey) => ({ actor: systemActor('cli'), origin: localOrigin(newId()), input, idempotencyKey }),
    async [Symbol.asyncDispose]() {
      await Promise.all([closeOrm(operator), closeOrm(worker)]);
    },
  };
}
