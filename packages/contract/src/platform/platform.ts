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

export const JobProgressView = z.object({
  pending: z.int(),
  relayed: z.int(),
  done: z.int(),
  dead: z.int(),
  duePortfolios: z.int(),
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
