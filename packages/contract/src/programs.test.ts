import { expect, it } from 'vitest';
import { callerOperations } from './reference/declared.ts';

/** What says who somebody is, what they agreed to, or who gets in: by the entity that the audit names. */
const ofThePerson = new Set(['KYC', 'CONSENT', 'RISK_PROFILE', 'SECOND_FACTOR', 'API_KEY', 'SESSION', 'MAIL', 'USER']);
/** The key's own end is no harm; a look at the own name and address is what `read` is for. */
const harmless = new Set(['identity.signOut', 'identity.me', 'identity.profile']);

it('keeps programs away from who somebody is: such operations ask for `account`, which no key has, or for a fresh session', () => {
  const open = callerOperations
    .filter(
      ({ access, audit, stepUp }) =>
        access.to === 'investor' && access.scope !== 'account' && ofThePerson.has(audit?.entityType ?? '') && stepUp !== true,
    )
    .map(({ name }) => name);
  expect(open.filter((name) => !harmless.has(name))).toEqual([]);
});

it('asks for a fresh session before KYC data is handed in, and before money leaves', () => {
  const fresh = callerOperations.flatMap(({ name, stepUp }) => (stepUp === true ? [name] : []));
  expect(fresh).toEqual(expect.arrayContaining(['identity.submitKyc', 'cash.withdraw', 'cash.requestWithdrawal', 'cash.linkBankAccount']));
});

it('leaves to who must have a second factor and has none what it takes to set one up, and to leave', () => {
  const open = callerOperations.flatMap(({ name, beforeSecondFactor }) => (beforeSecondFactor === true ? [name] : []));
  expect(open.toSorted((a, b) => a.localeCompare(b))).toEqual([
    'identity.confirmPassword',
    'identity.confirmTotp',
    'identity.enrolTotp',
    'identity.secondFactor',
    'identity.signOut',
  ]);
});
