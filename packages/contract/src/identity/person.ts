import { z } from 'zod';
import { batch, command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { CountryCode, Email, Id, Instant, Name, NonNegativeAmount, PhoneNumber, SessionDate } from '../fields.ts';

import { KycStatus } from './kyc.ts';

const PERSON = '00000000-0000-7000-8000-000000000001';
const TimeZone = z.string().max(64).describe('An IANA time zone such as "America/Bogota".');

const IncomeRange = z
  .strictObject({ min: NonNegativeAmount.nullable(), max: NonNegativeAmount.nullable() })
  .refine(({ min, max }) => min !== null || max !== null, 'one bound at least; null takes the range back')
  .describe('Income a year in USD; a bound that is not known is null.');

/** What a person told about themselves; null is what they did not. */
const Personal = z.object({
  firstName: z.string().nullable(),
  lastName: z.string().nullable(),
  phone: z.string().nullable(),
  birthDate: z.string().nullable(),
  incomeRange: z.object({ min: z.string().nullable(), max: z.string().nullable() }).nullable(),
  countryCode: z.string().nullable(),
  timezone: z.string(),
});

export const profile = query('identity.profile', {
  summary: 'What the investor told about themselves. Every look leaves a row in the audit.',
  input: z.strictObject({}),
  output: Personal,
  access: scope('read'),
  audit: { entityType: 'USER', action: 'READ' },
  pii: true,
  example: {},
});

export const updateProfile = command('identity.updateProfile', {
  summary: 'Change what the investor tells about themselves: fields left out stay, null takes back.',
  input: z
    .strictObject({
      firstName: Name.optional(),
      lastName: Name.optional(),
      phone: PhoneNumber.nullable().optional(),
      birthDate: SessionDate.nullable().optional(),
      incomeRange: IncomeRange.nullable().optional(),
      countryCode: CountryCode.optional(),
      timezone: TimeZone.optional(),
    })
    .refine((changes) => Object.keys(changes).length > 0, 'a field to change'),
  output: z.object({ updated: z.array(z.string()).describe('Names of the fields that were given.') }),
  access: scope('write'),
  errors: ['PERSON_ERASED', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'USER', action: 'UPDATE' },
  stepUp: true,
  pii: true,
  example: { phone: '+573001234567', birthDate: '1990-05-17', incomeRange: { min: '20000.00', max: '35000.00' } },
});

export const person = query('identity.person', {
  summary: "An operator's look at one person. Every look leaves a row in the audit.",
  input: z.strictObject({ userId: Id }),
  output: Personal.extend({
    userId: Id,
    email: z.string(),
    kycStatus: KycStatus,
    isActive: z.boolean(),
    suspendedAt: Instant.nullable().describe('Since when they may not trade.'),
    erasedAt: Instant.nullable().describe('Since when this person is erased; what names them is null then.'),
  }),
  access: operator('operate'),
  errors: ['NOT_FOUND', 'KEY_UNAVAILABLE'],
  audit: { entityType: 'USER', action: 'READ', idField: 'userId', isOfPerson: true },
  pii: true,
  subject: 'userId',
  example: { userId: PERSON },
});

export const peopleByPhone = command('identity.peopleByPhone', {
  summary:
    'Who gave this phone number: found by its keyed hash, without opening any data. A command, so that the number stands in no URL; every look leaves a row in the audit.',
  input: z.strictObject({ phone: PhoneNumber }),
  output: z.object({ userIds: z.array(Id).describe('At most 100.') }),
  access: operator('operate'),
  audit: { entityType: 'USER', action: 'READ' },
  replay: 'none',
  pii: true,
  example: { phone: '+573001234567' },
});

export const personByEmail = command('identity.personByEmail', {
  summary: 'Who has this e-mail address. A command, so that the address stands in no URL; every look leaves a row in the audit.',
  input: z.strictObject({ email: Email }),
  output: z.object({ userId: Id }),
  access: operator('operate'),
  errors: ['NOT_FOUND'],
  audit: { entityType: 'USER', action: 'READ', isOfPerson: true },
  replay: 'none',
  example: { email: 'ada@example.com' },
});

export const erasePerson = command('identity.erasePerson', {
  summary:
    'Erase a person for good: their data key, what was encrypted with it, address and sessions. Ledger and audit keep their rows. Refused while a portfolio holds anything.',
  input: z.strictObject({ userId: Id }),
  output: z.object({ userId: Id, isNew: z.boolean().describe('False: they were erased before.') }),
  access: operator('operate'),
  errors: ['NOT_FOUND', 'PERSON_HOLDS_ASSETS'],
  audit: { entityType: 'USER', action: 'DELETE', idField: 'userId', isOfPerson: true },
  example: { userId: PERSON },
});

export const PersonErased = event('identity.PersonErased', { aggregateType: 'USER', payload: z.object({ userId: Id }) });

const KeyCounts = z.object({
  masterKeyId: z.string(),
  people: z.int().describe('Whose data key is wrapped under it.'),
});

export const keyStatus = query('identity.keyStatus', {
  summary: 'Under which master keys people’s data keys are wrapped, and how many people still wait for a key.',
  input: z.strictObject({}),
  output: z.object({
    masterKeys: z.array(KeyCounts),
    destroyed: z.int().describe('Keys of people who were erased.'),
    withoutKey: z.int().describe('People of an older database who still wait for a key; counted up to 1,000.'),
  }),
  access: system,
  example: {},
});

const KEYS_AUDIT = { entityType: 'PERSON_KEY', action: 'UPDATE' } as const;
/** Every run is one of its own; what is left to do stands in the data. */
const RunInput = z.strictObject({ runId: Id });

export const rotateKeys = batch('identity.rotateKeys', {
  summary: 'Wrap every data key under the current master key. Reads go on meanwhile; a run that was killed is gone on with by the next.',
  input: RunInput,
  output: z.object({ rewrapped: z.int(), unopened: z.int().describe('Keys that the ring does not open; they stay as they are.') }),
  access: system,
  audit: KEYS_AUDIT,
  example: { runId: PERSON },
});

export const namesDue = query('identity.namesDue', {
  summary: 'Whether names may still rest in plain text, since the database is older than their encryption.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean() }),
  access: system,
  example: {},
});

export const encryptNames = batch('identity.encryptNames', {
  summary: 'Give everyone of an older database a data key and move their names under it; then let the database refuse plain names.',
  input: RunInput,
  output: z.object({ people: z.int() }),
  access: system,
  audit: KEYS_AUDIT,
  pii: true,
  example: { runId: PERSON },
});

export const applyRetention = batch('identity.applyRetention', {
  summary:
    'Remove what is kept no longer of people: mails and sessions by platform.retention, expired archives, blobs that are no document.',
  input: RunInput,
  output: z.object({ mails: z.int(), sessions: z.int(), exports: z.int(), blobs: z.int() }),
  access: system,
  audit: { entityType: 'RETENTION', action: 'DELETE' },
  pii: true,
  example: { runId: PERSON },
});

export const reindexPhones = batch('identity.reindexPhones', {
  summary: 'Compute the blind index of every phone number anew, after its key was changed.',
  input: RunInput,
  output: z.object({ reindexed: z.int(), unopened: z.int() }),
  access: system,
  audit: KEYS_AUDIT,
  pii: true,
  example: { runId: PERSON },
});
