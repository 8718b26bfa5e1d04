import { Failure, type Bank, type BankAnswer, type BankInstruction, type BankMessage } from '@trii/domain';
import { newId } from '@trii/kernel';

export interface FakeBank extends Bank {
  /** Every instruction that came, repeats too. */
  readonly instructed: readonly BankInstruction[];
  /** What it took: each key once. */
  readonly taken: ReadonlyMap<string, BankInstruction>;
  /** What it answers to the keys that come from now on. */
  answers(answer: BankAnswer | 'away'): void;
  /** Says that of a payment; the same `bankReference` is the same message. */
  say(message: Partial<BankMessage> & Pick<BankMessage, 'kind' | 'amount'>): BankMessage;
}

/** A bank in memory that says what a test tells it to. */
export function fakeBank(): FakeBank {
  const instructed: BankInstruction[] = [];
  const taken = new Map<string, BankInstruction>();
  const answered = new Map<string, BankAnswer>();
  let answer: BankAnswer | 'away' = { accepted: true };
  let outgoing: BankMessage[] = [];
  return {
    instructed,
    taken,
    answers: (next) => {
      answer = next;
    },
    say(message) {
      const said = { bankReference: newId(), reference: null, currency: 'USD', reason: null, bookedAt: '2018-01-04T12:00:00Z', ...message };
      outgoing.push(said);
      return said;
    },
    register: ({ number }) => Promise.resolve({ token: `token of ${number.slice(-4)}` }),
    instruct(instruction) {
      instructed.push(instruction);
      if (answer === 'away') return Promise.reject(new Failure('UNAVAILABLE'));
      const first = answered.get(instruction.key) ?? answer;
      answered.set(instruction.key, first);
      if (first.accepted && !taken.has(instruction.key)) taken.set(instruction.key, instruction);
      return Promise.resolve(first);
    },
    messages: (limit) => Promise.resolve(outgoing.slice(0, limit)),
    acknowledge: (bankReferences) => {
      outgoing = outgoing.filter(({ bankReference }) => !bankReferences.includes(bankReference));
      return Promise.resolve();
    },
  };
}
