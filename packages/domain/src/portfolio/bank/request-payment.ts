import { cash as contract, type InputOf } from '@trii/contract';
import { isCurrencyCode, newId, toDecimalString, type Money } from '@trii/kernel';
import { handler, type CommandContext } from '../../platform/index.ts';
import { payableAmount, refuseField } from '../amount-rules.ts';
import { placeHold } from '../holds/keep-hold.ts';
import { lockPortfolio, type LockedPortfolio } from '../lock-portfolio.ts';
import type { PaymentDirection } from './bank-message.ts';
import { requireWithinLimits } from './payment-limits.ts';
import { paymentView } from './read-payments.ts';

type Code = 'NOT_FOUND' | 'PORTFOLIO_NOT_ACTIVE' | 'CURRENCY_NOT_SERVED' | 'CURRENCY_MISMATCH' | 'LIMIT_EXCEEDED' | 'INVALID_INPUT';
interface Context extends Pick<CommandContext, 'sql' | 'clock' | 'emit' | 'note'> {
  readonly refuse: (code: Code, details: Record<string, unknown>) => never;
}
type Input = InputOf<typeof contract.announceDeposit>;

/** Nothing is booked before the bank says that it came. */
export const announceDepositHandler = handler(contract.announceDeposit, async (ctx, input) =>
  paymentView(ctx.sql, input.portfolioId, await announcePayment(ctx, input)),
);

/** @returns the payment's id */
export async function announcePayment(ctx: Context, input: Input): Promise<string> {
  const wanted = await startPayment(ctx, input, 'DEPOSIT');
  return writePayment(ctx, { ...wanted, bankAccountId: input.bankAccountId, memo: input.memo, direction: 'DEPOSIT', holdId: null });
}

/** The money is held in the same transaction: from here on nothing else can take it, and no payment goes out without it. */
export const requestWithdrawalHandler = handler(contract.requestWithdrawal, async (ctx, input) => {
  const wanted = await startPayment(ctx, input, 'WITHDRAWAL');
  const { portfolio, amount, reference } = wanted;
  const asset = { currency: amount.currency };
  const { id: holdId } = await placeHold(ctx, portfolio, {
    asset,
    amount: amount.amount,
    holder: 'PAYMENT',
    reason: `withdrawal ${reference}`,
  });
  const id = await writePayment(ctx, { ...wanted, bankAccountId: input.bankAccountId, memo: input.memo, direction: 'WITHDRAWAL', holdId });
  return paymentView(ctx.sql, input.portfolioId, id);
});

interface Wanted {
  readonly portfolio: LockedPortfolio;
  readonly amount: Money;
  readonly reference: string;
}

/** Without the letters and digits that people mistake for others: an investor may have to write it. */
const REFERENCE_SIGNS = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';
const REFERENCE_LENGTH = 12;

/** From the random end of a new id: 31^12 of them, and the database holds each to be one payment's. */
function newReference(): string {
  let rest = BigInt(`0x${newId().replaceAll('-', '').slice(-16)}`);
  let reference = '';
  for (let at = 0; at < REFERENCE_LENGTH; at += 1) {
    reference += REFERENCE_SIGNS.charAt(Number(rest % BigInt(REFERENCE_SIGNS.length)));
    rest /= BigInt(REFERENCE_SIGNS.length);
  }
  return `T${reference}`;
}

async function startPayment(ctx: Context, input: Omit<Input, 'memo'>, direction: PaymentDirection): Promise<Wanted> {
  const portfolio = await lockPortfolio(ctx, input.portfolioId, ['ACTIVE', 'SUSPENDED']);
  const { currency, bankAccountId } = input;
  if (!isCurrencyCode(currency)) return refuseField(ctx, 'currency', 'a currency of ISO 4217');
  const amount = payableAmount(ctx, { field: 'amount', amount: input.amount, currency });
  if (bankAccountId !== undefined) await requireAccount(ctx, bankAccountId, currency);
  await requireWithinLimits(ctx, { userId: portfolio.userId, direction, amount });
  return { portfolio, amount, reference: newReference() };
}

export async function requireAccount(
  ctx: Pick<CommandContext, 'sql'> & {
    readonly refuse: (code: 'NOT_FOUND' | 'CURRENCY_MISMATCH', details: Record<string, unknown>) => never;
  },
  bankAccountId: string,
  currency: string,
): Promise<void> {
  const [account] = await ctx.sql<{ currency: string }>`
    SELECT currency_code AS currency FROM bank_accounts WHERE id = ${bankAccountId} AND removed_at IS NULL`;
  if (account === undefined) return ctx.refuse('NOT_FOUND', { bankAccountId });
  if (account.currency !== currency) ctx.refuse('CURRENCY_MISMATCH', { currency, accountCurrency: account.currency });
}

interface NewPayment extends Wanted {
  readonly direction: PaymentDirection;
  readonly bankAccountId?: string | undefined;
  readonly memo?: string | undefined;
  readonly holdId: string | null;
}

async function writePayment(ctx: Context, payment: NewPayment): Promise<string> {
  const { portfolio, amount, reference, direction, bankAccountId = null, memo = null, holdId } = payment;
  const { id: portfolioId, userId } = portfolio;
  const id = newId();
  const figure = toDecimalString(amount.amount);
  await ctx.sql`
    INSERT INTO payments (id, user_id, portfolio_id, bank_account_id, direction, amount, currency_code, reference, memo, hold_id, created_at)
    VALUES (${id}, ${userId}, ${portfolioId}, ${bankAccountId}, ${direction}::payment_direction, ${figure}, ${amount.currency}, ${reference}, ${memo}, ${holdId},
      ${ctx.clock.now().toISOString()}::timestamptz)`;
  ctx.emit(contract.PaymentRequested, { aggregateId: portfolioId, userId, payload: { portfolioId, paymentId: id } });
  ctx.note({ newValues: { paymentId: id, direction, amount: figure, currency: amount.currency, bankAccountId, holdId } });
  return id;
}
