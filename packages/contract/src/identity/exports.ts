import { z } from 'zod';
import { command, operator, scope } from '../declaration.ts';
import { Id, Instant } from '../fields.ts';

const PERSON = '00000000-0000-7000-8000-000000000001';
const EXPORT = '00000000-0000-7000-8000-000000000002';

/** An archive is handed out in parts of this size, the last one shorter. */
export const exportPartBytes = 1024 * 1024;
const PARTS_MAX = 256;
const EXPORT_COST = 50;

const Made = z.object({
  exportId: Id,
  bytes: z.int(),
  parts: z.int().describe('To be read one by one, from 0 on.'),
  sha256: z.string().describe('Of the whole archive, in hexadecimal.'),
  files: z.int(),
  rows: z.int().describe('Of all tables.'),
  expiresAt: Instant.describe('Until then its parts can be read: a day.'),
});
const PartNumber = z
  .int()
  .min(0)
  .max(PARTS_MAX - 1);
const Part = z.object({ part: z.int(), bytes: z.int(), content: z.string().describe('Base64. All parts in their order are the archive.') });
const MAKING = ['TOO_MANY_EXPORTS', 'EXPORT_TOO_LARGE', 'PERSON_ERASED', 'KEY_UNAVAILABLE'] as const;
const READING = ['NOT_FOUND', 'PERSON_ERASED', 'KEY_UNAVAILABLE'] as const;

export const exportMyData = command('identity.exportMyData', {
  summary:
    'Make an archive (ZIP) of everything the platform holds about the investor: a file of JSON Lines for each table, the documents, and a manifest. It rests encrypted under the investor’s own key for a day; at most three at once.',
  input: z.strictObject({}),
  output: Made,
  access: scope('account'),
  stepUp: true,
  errors: MAKING,
  audit: { entityType: 'EXPORT', action: 'CREATE' },
  pii: true,
  cost: EXPORT_COST,
  example: {},
});

export const readExportPart = command('identity.readExportPart', {
  summary: 'One part of an archive, a mebibyte of it. The row in the audit is committed before the bytes go out.',
  input: z.strictObject({ exportId: Id, part: PartNumber }),
  output: Part,
  access: scope('account'),
  stepUp: true,
  errors: READING,
  audit: { entityType: 'EXPORT', action: 'READ', idField: 'exportId' },
  replay: 'none',
  pii: true,
  cost: 5,
  example: { exportId: EXPORT, part: 0 },
});

export const exportPerson = command('identity.exportPerson', {
  summary:
    'The same archive for an operator who was asked for it: what that person would get, no more. It stands in that person’s own trail.',
  input: z.strictObject({ userId: Id }),
  output: Made,
  access: operator('operate'),
  stepUp: true,
  errors: ['NOT_FOUND', ...MAKING],
  audit: { entityType: 'EXPORT', action: 'READ', idField: 'userId', isOfPerson: true },
  pii: true,
  subject: 'userId',
  cost: EXPORT_COST,
  example: { userId: PERSON },
});

export const readPersonExportPart = command('identity.readPersonExportPart', {
  summary: 'One part of a person’s archive, for an operator. The row in that person’s own trail is committed before the bytes go out.',
  input: z.strictObject({ userId: Id, exportId: Id, part: PartNumber }),
  output: Part,
  access: operator('operate'),
  stepUp: true,
  errors: READING,
  audit: { entityType: 'EXPORT', action: 'READ', idField: 'userId', isOfPerson: true },
  replay: 'none',
  pii: true,
  subject: 'userId',
  cost: 5,
  example: { userId: PERSON, exportId: EXPORT, part: 0 },
});
