import { z } from 'zod';
import { command, query, scope } from '../declaration.ts';
import { CurrencyCode, Id, Instant } from '../fields.ts';

/** ISO 13616: the country's code and check digits go to the end, letters become 10 to 35, and the number leaves 1 when divided by 97. */
function hasIbanCheckDigits(iban: string): boolean {
  const moved = iban.slice(4) + iban.slice(0, 4);
  let rest = 0;
  for (const sign of moved) rest = (rest * (sign >= 'A' ? 100 : 10) + Number.parseInt(sign, 36)) % 97;
  return rest === 1;
}

const Iban = z
  .string()
  .max(34)
  .regex(/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/, 'an IBAN without spaces')
  .refine(hasIbanCheckDigits, 'an IBAN with right check digits')
  .describe('An IBAN without spaces; for countries that have them.');

export const BankAccountView = z.object({
  id: Id,
  label: z.string().nullable(),
  currency: z.string(),
  lastFour: z.string().describe('Of the account number; more of it is never shown.'),
  linkedAt: Instant,
});

export const linkBankAccount = command('cash.linkBankAccount', {
  summary: 'Link an own account at a bank, for money to go to and to be collected from. Linked already, it stays as it is.',
  input: z
    .strictObject({
      currency: CurrencyCode,
      label: z.string().trim().min(1).max(60).optional(),
      iban: Iban.optional(),
      bankCode: z
        .string()
        .regex(/^[A-Z0-9]{1,11}$/, 'letters and digits')
        .optional()
        .describe('The code of the bank, where accounts have no IBAN.'),
      accountNumber: z
        .string()
        .regex(/^[A-Z0-9]{4,30}$/, '4 to 30 letters and digits')
        .optional(),
    })
    .refine(
      ({ iban, bankCode, accountNumber }) =>
        iban === undefined ? bankCode !== undefined && accountNumber !== undefined : bankCode === undefined && accountNumber === undefined,
      'either iban or bankCode and accountNumber',
    ),
  output: BankAccountView,
  access: scope('write'),
  stepUp: true,
  pii: true,
  errors: ['CURRENCY_NOT_SERVED', 'TOO_MANY_BANK_ACCOUNTS', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'BANK_ACCOUNT', action: 'CREATE' },
  example: { currency: 'USD', iban: 'DE89370400440532013000' },
});

export const unlinkBankAccount = command('cash.unlinkBankAccount', {
  summary: 'Forget a linked account. Payments on their way to it go on.',
  input: z.strictObject({ bankAccountId: Id }),
  output: BankAccountView,
  access: scope('write'),
  errors: ['NOT_FOUND'],
  audit: { entityType: 'BANK_ACCOUNT', action: 'DELETE', idField: 'bankAccountId' },
  example: { bankAccountId: '00000000-0000-7000-8000-000000000005' },
});

export const bankAccounts = query('cash.bankAccounts', {
  summary: 'The accounts that the investor linked, newest first.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(BankAccountView) }),
  access: scope('read'),
  example: {},
});
