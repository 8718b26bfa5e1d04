import { createHash, createHmac } from 'node:crypto';
import {
  Failure,
  type Bank,
  type BankInstruction,
  type BankMessage,
  type DatabaseSession,
  type Sql,
  type TransactionHost,
} from '@trii/domain';
import { seededRandom, type Clock } from '@trii/kernel';

/** How often something goes wrong, each from 0 to 1. */
export interface BankFaults {
  /** The first try of an instruction finds the bank away. */
  readonly outage: number;
  /** Turned down at once. */
  readonly refusal: number;
  /** Taken, and turned down later. */
  readonly rejection: number;
  /** Booked, and returned later. */
  readonly return: number;
  /** Said twice. */
  readonly duplicate: number;
}

export interface SimulatedBankOptions {
  readonly transactions: Pick<TransactionHost, 'bulk'>;
  readonly clock: Clock;
  /** The same seed and the same keys make the same fate of every payment. */
  readonly seed: number;
  readonly delayMsMax: number;
  readonly faults?: BankFaults;
}

/** Rare enough that a demo works, often enough that whoever builds on it meets each of them. */
const SOME_FAULTS: BankFaults = { outage: 0.05, refusal: 0.01, rejection: 0.01, return: 0.01, duplicate: 0.05 };
const bankSession: DatabaseSession = { role: 'worker_role', userId: null };

/** An account is known to the bank by what only the bank can compute of its number: no books are needed for it. */
export const registerSimulated =
  (seed: number): Bank['register'] =>
  ({ number, currency }) =>
    Promise.resolve({
      token: `sim-${createHmac('sha256', String(seed)).update(`${currency} ${number}`).digest('base64url').slice(0, 24)}`,
    });

/**
 * A bank for development and tests, with books of its own in two tables, so that it forgets nothing when a worker dies. What becomes of a payment
 * follows from seed and key alone; a repeated key is answered as before and books nothing again. It plays the investor's part too: an announced
 * deposit comes, after a while.
 */
export function simulatedBank({ transactions, clock, seed, delayMsMax, faults = SOME_FAULTS }: SimulatedBankOptions): Bank {
  const now = (): string => clock.now().toISOString();
  const inBooks = <T>(work: (sql: Sql) => Promise<T>): Promise<T> => transactions.bulk(bankSession, ({ sql }) => work(sql));
  return {
    register: registerSimulated(seed),
    async instruct(instruction) {
      const fate = fateOf(seed, instruction.key, { faults, delayMsMax });
      const answer = await inBooks(async (sql) => take(sql, { instruction, fate, at: now() }));
      if (answer === undefined) throw new Failure('UNAVAILABLE', { bank: 'simulated' });
      return answer;
    },
    messages: (limit) =>
      inBooks(async (sql) => {
        const rows = await sql<MessageRow>`
          SELECT bank_reference, kind, reference, amount, currency_code, reason, to_char(due_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS booked_at
          FROM simulated_bank_messages WHERE acknowledged_at IS NULL AND due_at <= ${now()}::timestamptz ORDER BY due_at, bank_reference LIMIT ${limit}`;
        return rows.map(messageOf);
      }),
    acknowledge: (bankReferences) =>
      inBooks(async (sql) => {
        await sql`
          UPDATE simulated_bank_messages SET acknowledged_at = ${now()}::timestamptz
          WHERE bank_reference = ANY(${[...bankReferences]}::text[]) AND acknowledged_at IS NULL AND due_at <= ${now()}::timestamptz`;
      }),
  };
}

interface Fate {
  readonly isAwayFirst: boolean;
  readonly isRefused: boolean;
  /** After the payment was taken, in milliseconds. */
  readonly tells: readonly {
    readonly kind: BankMessage['kind'];
    readonly reason: string | null;
    readonly afterMs: number;
    readonly copies: number;
  }[];
}

function fateOf(seed: number, key: string, { faults, delayMsMax }: { readonly faults: BankFaults; readonly delayMsMax: number }): Fate {
  const random = seededRandom(createHash('sha256').update(`${seed} ${key}`).digest().readUIntBE(0, 6));
  const happens = (rate: number): boolean => random.float() < rate;
  const [isAwayFirst, isRefused, isRejected, isReturned] = [faults.outage, faults.refusal, faults.rejection, faults.return].map(happens);
  const copies = (): number => (happens(faults.duplicate) ? 2 : 1);
  const bookedMs = random.integer(0, delayMsMax);
  const returned = {
    kind: 'RETURNED',
    reason: 'ACCOUNT_CLOSED',
    afterMs: bookedMs + random.integer(1, delayMsMax + 1),
    copies: copies(),
  } as const;
  const settled = { kind: 'SETTLED', reason: null, afterMs: bookedMs, copies: copies() } as const;
  const rejected = { kind: 'REJECTED', reason: 'ACCOUNT_UNKNOWN', afterMs: bookedMs, copies: copies() } as const;
  return {
    isAwayFirst: isAwayFirst === true,
    isRefused: isRefused === true,
    tells: isRejected === true ? [rejected] : [settled, ...(isReturned === true ? [returned] : [])],
  };
}

interface Taking {
  readonly instruction: BankInstruction;
  readonly fate: Fate;
  readonly at: string;
}

/** Undefined: the bank was away, and remembers that it was asked. */
async function take(
  sql: Sql,
  { instruction, fate, at }: Taking,
): Promise<{ accepted: true } | { accepted: false; reason: string } | undefined> {
  const { key, reference, amount, currency } = instruction;
  const [asked] = await sql<{ attempts: number; accepted: boolean | null; reason: string | null }>`
    INSERT INTO simulated_bank_payments AS b (key, attempts) VALUES (${key}, 1)
    ON CONFLICT (key) DO UPDATE SET attempts = b.attempts + 1 RETURNING attempts, accepted, reason`;
  if (asked?.accepted === true) return { accepted: true };
  if (asked?.accepted === false) return { accepted: false, reason: asked.reason ?? 'REFUSED' };
  if (fate.isAwayFirst && asked?.attempts === 1) return undefined;
  const reason = fate.isRefused ? 'ACCOUNT_BLOCKED' : null;
  await sql`UPDATE simulated_bank_payments SET accepted = ${!fate.isRefused}, reason = ${reason} WHERE key = ${key}`;
  if (reason !== null) return { accepted: false, reason };
  for (const tell of fate.tells) {
    for (let copy = 1; copy <= tell.copies; copy += 1) {
      await sql`
        INSERT INTO simulated_bank_messages (bank_reference, copy, kind, reference, amount, currency_code, reason, due_at)
        VALUES (${`${tell.kind}-${key}`}, ${copy}, ${tell.kind}, ${reference}, ${amount}, ${currency}, ${tell.reason},
          ${at}::timestamptz + make_interval(secs => ${(tell.afterMs * copy) / 1000}))`;
    }
  }
  return { accepted: true };
}

interface MessageRow {
  readonly bank_reference: string;
  readonly kind: BankMessage['kind'];
  readonly reference: string | null;
  readonly amount: string;
  readonly currency_code: string;
  readonly reason: string | null;
  readonly booked_at: string;
}

const messageOf = (row: MessageRow): BankMessage => ({
  bankReference: row.bank_reference,
  kind: row.kind,
  reference: row.reference,
  amount: row.amount,
  currency: row.currency_code,
  reason: row.reason,
  bookedAt: row.booked_at,
});
