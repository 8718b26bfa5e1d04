import { z } from 'zod';
import { batch, command, operator, query, scope, system } from '../declaration.ts';
import { event } from '../event.ts';
import { Id, Instant, PageLimit, pageOf, SessionDate } from '../fields.ts';

/** Jobs an operator may start by hand. */
export const RequestableJob = z.enum(['snapshot-portfolios']);

export const JobRequested = event('platform.JobRequested', {
  aggregateType: 'JOB',
  payload: z.object({ job: RequestableJob }),
});

/** What everything is valued at has changed. */
export const ValuationDateSet = event('platform.ValuationDateSet', {
  aggregateType: 'VALUATION_CLOCK',
  audience: 'everyone',
  payload: z.object({ date: SessionDate.nullable() }),
});

export const requestJob = command('platform.requestJob', {
  summary: 'Start a scheduled job now, through the outbox like any other.',
  input: z.strictObject({ job: RequestableJob }),
  output: z.object({ eventId: z.uuid() }),
  access: operator('operate'),
  audit: { entityType: 'JOB', action: 'CREATE' },
  example: { job: 'snapshot-portfolios' },
});

/** A count that is bounded: a look must not read a backlog of millions. */
const Counted = z.int().describe('At most 10,000 are counted: so many mean as many or more.');

export const JobProgressView = z.object({
  pending: Counted,
  relayed: Counted,
  done: z.int().describe('Within the last 24 hours, of the newest 10,000 deliveries of any kind.'),
  dead: Counted,
  duePortfolios: Counted,
});

export const jobProgress = query('platform.jobProgress', {
  summary: 'How many deliveries wait, run, ended, or gave up, and how many portfolios lack snapshots.',
  input: z.strictObject({}),
  output: JobProgressView,
  access: operator('operate'),
  example: {},
});

export const valuationDate = query('platform.valuationDate', {
  summary: 'The business date the platform values at.',
  input: z.strictObject({}),
  output: z.object({ date: SessionDate, followsSystemClock: z.boolean() }),
  access: scope('read'),
  example: {},
});

export const setValuationDate = command('platform.setValuationDate', {
  summary: 'Value at a fixed date (a demo on historical prices), or follow the system clock again with null.',
  input: z.strictObject({ date: SessionDate.nullable() }),
  output: z.object({ date: SessionDate, followsSystemClock: z.boolean() }),
  access: operator('operate'),
  audit: { entityType: 'VALUATION_CLOCK', action: 'UPDATE' },
  example: { date: '2018-05-25' },
});

/** A part of a series that retention dropped. */
const DroppedPart = z.object({
  series: z.string(),
  from: SessionDate,
  rows: z.int(),
  keptHours: z.int().describe('Hours whose rollups were kept of them.'),
});

export const maintainPartitions = command('platform.maintainPartitions', {
  summary:
    'Make the partitions of the coming days, months and years, move what fell into a default partition where it belongs, and drop what series keep no longer.',
  input: z.strictObject({}),
  output: z.object({ changed: z.int(), dropped: z.array(DroppedPart) }),
  access: system,
  audit: { entityType: 'PARTITION', action: 'CREATE' },
  replay: 'none',
  example: {},
});

export const DeadDeliveryView = z.object({
  eventId: Id,
  jobName: z.string(),
  eventName: z.string(),
  aggregateId: Id,
  attempts: z.int().describe('Handed to the queue this often.'),
  reason: z.string(),
  eventAt: Instant,
});

export const deadDeliveries = query('platform.deadDeliveries', {
  summary: 'Jobs that gave up for good, with their reason, oldest event first.',
  input: z.strictObject({ cursor: Id.optional(), limit: PageLimit }),
  output: pageOf(DeadDeliveryView),
  access: operator('operate'),
  example: {},
});

export const redriveDelivery = command('platform.redriveDelivery', {
  summary: 'Drive a job that gave up once more, as if its event had just come.',
  input: z.strictObject({ eventId: Id, jobName: z.string().min(1).max(100) }),
  output: z.object({ eventId: Id, jobName: z.string() }),
  access: operator('operate'),
  errors: ['NOT_FOUND'],
  audit: { entityType: 'DELIVERY', action: 'UPDATE', idField: 'eventId' },
  example: { eventId: '00000000-0000-7000-8000-000000000002', jobName: 'snapshot-portfolios' },
});

export const auditDue = query('platform.auditDue', {
  summary: 'Whether audit rows wait to be chained.',
  input: z.strictObject({}),
  output: z.object({ due: z.boolean() }),
  access: system,
  example: {},
});

export const closeAuditBlocks = batch('platform.closeAuditBlocks', {
  summary: 'Chain the audit rows that no running transaction can precede any more: per investor, in signed blocks.',
  input: z.strictObject({}),
  output: z.object({ rows: z.int(), blocks: z.int() }),
  access: system,
  audit: { entityType: 'AUDIT_BLOCK', action: 'CREATE' },
  example: {},
});

/** Whose trail: one investor's, that of rows which belong to nobody, or every one. */
const TrailScope = z.enum(['person', 'platform', 'all']);

export const exportAudit = query('platform.exportAudit', {
  summary: 'Stream the audit trail with its signed blocks into a file, as of one moment.',
  input: z
    .strictObject({ scope: TrailScope, personId: Id.optional(), from: Instant.optional(), to: Instant.optional() })
    .refine(
      ({ scope, personId }) => (scope === 'person') === (personId !== undefined),
      'a person is named for the scope "person", and for no other',
    ),
  output: z.object({ blocks: z.int(), rows: z.int(), waiting: z.int() }),
  access: operator('operate'),
  audit: { entityType: 'AUDIT_LOG', action: 'READ', idField: 'personId', isOfPerson: true },
  pii: true,
  sealed: true,
  example: { scope: 'person', personId: '00000000-0000-7000-8000-000000000003' },
});

const AuditRow = {
  id: Id,
  at: Instant,
  entityType: z.string(),
  entityId: Id.nullable(),
  action: z.string(),
  useCase: z.string(),
  outcome: z.enum(['ok', 'refused', 'denied']),
  actor: z.string(),
  ipAddress: z.string().nullable(),
  userAgent: z.string().nullable(),
};
export const OwnAuditView = z.object(AuditRow);
export const AuditView = z.object({
  ...AuditRow,
  personId: Id.nullable(),
  requestId: z.string().nullable(),
  oldValues: z.unknown().describe('What was there before, as the operation noted it; null when it noted nothing.'),
  newValues: z.unknown().describe('What is there now, or why it was refused.'),
});

const Cursor = z
  .string()
  .regex(/^[\d:.TZ-]{20,32}\/[0-9a-f-]{36}$/)
  .refine((cursor) => {
    const [at, id] = cursor.split('/');
    return Instant.safeParse(at).success && Id.safeParse(id).success;
  }, 'a nextCursor of this operation')
  .describe('The nextCursor of the page before.');

export const auditTrail = query('platform.auditTrail', {
  summary: 'What was done to one person or to one thing, and by whom, newest first. Leaves an audit row itself.',
  input: z
    .strictObject({
      personId: Id.optional().describe('The investor whose rows they are.'),
      entityType: z.string().min(1).max(60).optional(),
      entityId: Id.optional(),
      from: Instant.optional(),
      to: Instant.optional(),
      cursor: Cursor.optional(),
      limit: PageLimit,
    })
    .refine(
      ({ personId, entityType, entityId }) => personId !== undefined || (entityType !== undefined && entityId !== undefined),
      'name a person, or the type and the id of a thing',
    ),
  output: pageOf(AuditView),
  access: operator('operate'),
  audit: { entityType: 'AUDIT_LOG', action: 'READ', idField: 'personId', isOfPerson: true },
  pii: true,
  sealed: true,
  example: { personId: '00000000-0000-7000-8000-000000000003' },
});

export const myAudit = query('platform.myAudit', {
  summary: 'What was done in the name of this investor, newest first.',
  input: z.strictObject({ cursor: Cursor.optional(), limit: PageLimit }),
  output: pageOf(OwnAuditView),
  access: scope('read'),
  example: {},
});

export const AuditHeadView = z.object({
  chain: Id.describe("The investor's id; the nil UUID for what belongs to nobody."),
  blockNumber: z.int(),
  blockHash: z.string().describe('Hexadecimal. Noted outside, it shows later whether the chain was cut or written anew.'),
  signingKeyId: z.string(),
  closedAt: Instant,
});

export const auditHeads = query('platform.auditHeads', {
  summary: 'The newest signed block of every audit chain, and since when rows wait for one.',
  input: z.strictObject({ cursor: Id.optional(), limit: PageLimit }),
  output: z.object({
    items: z.array(AuditHeadView),
    nextCursor: z.string().nullable(),
    waiting: z.object({
      rows: z.int().describe('At most 10,000 are counted.'),
      since: Instant.nullable().describe(
        'When the oldest of them was written. More than some minutes ago: a transaction is left open, or no worker runs.',
      ),
    }),
  }),
  access: operator('operate'),
  example: {},
});

/** What the platform writes for itself and keeps for so long. */
const RetentionSubject = z.enum(['audit_logs', 'outbox', 'deliveries', 'batch_progress', 'mails', 'user_sessions']);
const RetentionView = z.object({ subject: RetentionSubject, keptDays: z.int(), leastDays: z.int(), why: z.string() });

export const retention = query('platform.retention', {
  summary: 'How long the platform keeps audit rows, events, deliveries that are done and the progress of batches, and why.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(RetentionView) }),
  access: operator('operate'),
  example: {},
});

export const setRetention = command('platform.setRetention', {
  summary: 'Keep one of them for longer or shorter, not below its floor.',
  input: z.strictObject({ subject: RetentionSubject, keptDays: z.int().min(1).max(36_525) }),
  output: RetentionView,
  access: operator('operate'),
  errors: ['RETENTION_TOO_SHORT'],
  audit: { entityType: 'RETENTION', action: 'UPDATE' },
  example: { subject: 'outbox', keptDays: 180 },
});

export const applyRetention = batch('platform.applyRetention', {
  summary:
    'Take out what is kept no longer: months of the audit trail into the archive, months of events and answers, deliveries and runs that are done.',
  input: z.strictObject({}),
  output: z.object({ archivedMonths: z.int(), droppedMonths: z.int(), deliveries: z.int(), runs: z.int() }),
  access: system,
  audit: { entityType: 'RETENTION', action: 'DELETE' },
  example: {},
});

export const RunningBatchView = z.object({
  job: z.string(),
  shard: z.string(),
  runKey: z.string(),
  chunks: z.int(),
  rows: z.int(),
  startedAt: Instant,
  updatedAt: Instant,
  isStale: z
    .boolean()
    .describe('No chunk for 15 minutes: the run was killed. A scheduled one is taken up again by itself, an import is run again by hand.'),
});

export const runningBatches = query('platform.runningBatches', {
  summary: 'Batches that have begun and not ended, the longest silent first; those that were killed stay here until retention takes them.',
  input: z.strictObject({}),
  output: z.object({ items: z.array(RunningBatchView) }),
  access: operator('operate'),
  example: {},
});
