// A frontend's code: compiled and run by client-package.db.test.ts in projects of its own, against the packed client.
import { createClient, type ErrorCode, type Inputs, type Outputs, platformError, type TriiClient } from '@trii/client';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <_T extends true>(): void => undefined;

/** Written by hand from docs/reference/operations.md: what the compiler must see of each kind of field. Never called. */
export function typesAreExact(client: TriiClient, id: string): void {
  same<
    Same<
      Inputs['cash']['deposit'],
      { portfolioId: string; amount: string; currency: string; date?: string | undefined; memo?: string | undefined }
    >
  >();
  same<Same<Inputs['portfolio']['history']['limit'], number | undefined>>();
  same<Same<Inputs['trading']['recordTrade']['tradeType'], 'BUY' | 'SELL'>>();
  same<Same<Inputs['platform']['setValuationDate'], { date: string | null }>>();
  same<Same<Outputs['identity']['me']['permissions'], ('read' | 'write' | 'trade' | 'account' | 'operate' | 'grant')[]>>();
  same<Same<Outputs['portfolio']['summary']['positions'][number]['currentPrice'], string | null>>();
  same<Same<Outputs['portfolio']['list']['items'][number]['status'], 'ACTIVE' | 'SUSPENDED' | 'CLOSED'>>();
  same<Same<NonNullable<ReturnType<typeof platformError>>['code'], ErrorCode>>();
  client.portfolio.updates.subscribe(
    {},
    { onData: ({ id, data }) => same<Same<[typeof id, (typeof data)['kind']], [string, 'snapshot' | 'events' | 'gap']>>() },
  );

  // @ts-expect-error an amount is decimal text, not a float
  void client.cash.deposit.mutate({ portfolioId: id, amount: 10, currency: 'USD' });
  // @ts-expect-error a field is missing
  void client.cash.deposit.mutate({ portfolioId: id, amount: '10' });
  // @ts-expect-error a field is not declared
  void client.portfolio.summary.query({ portfolioId: id, surprise: 1 });
  // @ts-expect-error a query is not a command
  void client.portfolio.summary.mutate;
  // @ts-expect-error there is no such operation
  void client.portfolio.steal;
  // @ts-expect-error what the platform runs itself is out of reach
  void client.analytics.snapshotsDue;
  // @ts-expect-error no error code is called so
  same<Same<'NO_SUCH_CODE' & ErrorCode, 'NO_SUCH_CODE'>>();
  // @ts-expect-error an answer is not just anything
  same<Same<Outputs['portfolio']['summary'], never>>();
}

export interface Visit {
  readonly portfolios: readonly string[];
  readonly cash: string;
  readonly repeated: boolean;
  readonly refused: ErrorCode | undefined;
  readonly firstFrame: string;
}

/** Signs in and reads, changes something twice under one key, asks for what is not there, and listens. */
export async function visit(url: string, email: string, password: string): Promise<Visit> {
  const { token } = await createClient({ url }).identity.signIn.mutate({ email, password });
  const client = createClient({ url, token: () => token });
  const { items } = await client.portfolio.list.query({});
  const portfolioId = items[0]?.id ?? '';
  const context = { context: { idempotencyKey: crypto.randomUUID() } };
  const deposit = { portfolioId, amount: '250.00', currency: 'USD' };
  const first = await client.cash.deposit.mutate(deposit, context);
  const again = await client.cash.deposit.mutate(deposit, context);
  const { cashBalance } = await client.portfolio.summary.query({ portfolioId });
  return {
    portfolios: items.map(({ name }) => name),
    cash: cashBalance,
    repeated: first.transactionId === again.transactionId,
    refused: await refusalOf(client.portfolio.summary.query({ portfolioId: crypto.randomUUID() })),
    firstFrame: await firstFrameOf(client),
  };
}

const refusalOf = async (call: Promise<unknown>): Promise<ErrorCode | undefined> =>
  call.then(
    () => undefined,
    (error: unknown) => platformError(error)?.code,
  );

async function firstFrameOf(client: TriiClient): Promise<string> {
  return new Promise((resolve, reject) => {
    const subscription = client.portfolio.updates.subscribe(
      {},
      {
        onData: ({ data }) => {
          subscription.unsubscribe();
          resolve(data.kind);
        },
        onError: reject,
      },
    );
  });
}
