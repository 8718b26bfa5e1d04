import { defineEntity, p } from '@mikro-orm/postgresql';
import { currencyColumn, idColumn, instantColumn, moneyColumn, nowColumn, tenantPolicies } from '../../platform/index.ts';
import { Hold } from '../hold.entity.ts';
import { Portfolio } from '../portfolio.entity.ts';
import { BankAccount } from './bank-account.entity.ts';

const PaymentSchema = defineEntity({
  name: 'Payment',
  tableName: 'payments',
  ...tenantPolicies('payments', ['user', 'admin', 'worker']),
  properties: {
    id: idColumn(),
    userId: p.uuid(),
    portfolioId: () => p.manyToOne(Portfolio).mapToPk().joinColumn('portfolio_id'),
    bankAccountId: () => p.manyToOne(BankAccount).mapToPk().joinColumn('bank_account_id').nullable().deleteRule('no action'),
    direction: p.enum(['DEPOSIT', 'WITHDRAWAL']).nativeEnumName('payment_direction'),
    status: p
      .enum(['PENDING', 'SENDING', 'SENT', 'SETTLED', 'REJECTED', 'RETURNED', 'CANCELLED'])
      .nativeEnumName('payment_status')
      .default('PENDING'),
    amount: moneyColumn(),
    currencyCode: currencyColumn(),
    reference: p.text().unique('payments_reference_unique'),
    memo: p.text().nullable(),
    holdId: () => p.manyToOne(Hold).mapToPk().joinColumn('hold_id').nullable().deleteRule('no action'),
    transactionId: p.uuid().nullable(),
    returnTransactionId: p.uuid().nullable(),
    failure: p.text().nullable(),
    createdAt: nowColumn(),
    updatedAt: nowColumn(),
    settledAt: instantColumn().nullable(),
  },
  indexes: [
    { name: 'idx_payments_portfolio', properties: ['portfolioId', 'id'] },
    { name: 'idx_payments_user_date', properties: ['userId', 'createdAt'] },
  ],
  uniques: [
    { name: 'idx_payments_transaction', properties: ['transactionId'], where: 'transaction_id is not null' },
    { name: 'idx_payments_hold', properties: ['holdId'], where: 'hold_id is not null' },
  ],
  checks: [
    { name: 'payments_amount_positive', expression: 'amount > 0' },
    {
      name: 'payments_withdrawal_is_held',
      expression: `direction <> 'WITHDRAWAL'::payment_direction or (hold_id is not null and bank_account_id is not null)`,
    },
    {
      name: 'payments_settled_is_posted',
      expression: `(status = any (array['SETTLED'::payment_status, 'RETURNED'::payment_status])) = (transaction_id is not null)`,
    },
    { name: 'payments_returned_is_posted', expression: `(status = 'RETURNED'::payment_status) = (return_transaction_id is not null)` },
  ],
});

export class Payment extends PaymentSchema.class {}
PaymentSchema.setClass(Payment);
