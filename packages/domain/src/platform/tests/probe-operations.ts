import { command, event, operator, query, scope } from '@trii/contract';
import { newId } from '@trii/kernel';
import { z } from 'zod';
import { userIdOf } from '../actor.ts';
import { handler, type CommandContext } from '../handler.ts';

/** Operations that exist only to see what the executor makes of them. */
export const Opened = event('probe.Opened', { aggregateType: 'PORTFOLIO', payload: z.object({ portfolioId: z.uuid() }) });
export const probeSubscriptions = { [Opened.name]: ['probe-job'] };

const OpenInput = z.strictObject({ name: z.string(), end: z.enum(['view', 'refuse', 'refuse for now', 'throw']).default('view') });

/** What all probes declare; a test spreads it and says what is different. */
export const probeShape = {
  summary: 'A probe.',
  input: OpenInput,
  output: z.object({ id: z.uuid() }),
  access: scope('write'),
  errors: ['PORTFOLIO_NOT_ACTIVE', 'PRICE_MISSING'],
  audit: { entityType: 'PORTFOLIO', action: 'CREATE' },
  example: { name: 'probe' },
} as const;

export const open = command('probe.open', probeShape);
export const openForOperators = command('probe.openForOperators', { ...probeShape, access: operator('operate') });

export interface OpenProbe {
  /** Called at the start of each run of the handler. */
  readonly onRun?: (ctx: CommandContext, name: string) => Promise<void> | void;
}

/** Leaves a row in every place that a command can write to, and ends as told. */
export const probeOpen = ({ onRun }: OpenProbe = {}) =>
  handler(open, async (ctx, { name, end }) => {
    await onRun?.(ctx, name);
    const id = await insertPortfolio(ctx, name);
    ctx.emit(Opened, { aggregateId: id, userId: userIdOf(ctx.actor), payload: { portfolioId: id } });
    ctx.note({ entityId: id, newValues: { name } });
    ctx.record(
      (sql) => sql`INSERT INTO user_preferences (user_id, preferred_language) VALUES (${userIdOf(ctx.actor)}, ${name})
        ON CONFLICT (user_id) DO UPDATE SET preferred_language = excluded.preferred_language`,
    );
    if (end === 'refuse') return ctx.refuse('PORTFOLIO_NOT_ACTIVE', { why: 'asked to' });
    if (end === 'refuse for now') return ctx.refuse('PRICE_MISSING');
    if (end === 'throw') throw new Error('the probe broke');
    return { id };
  });

export async function insertPortfolio(ctx: Pick<CommandContext, 'sql' | 'actor'>, name: string): Promise<string> {
  const id = newId();
  await ctx.sql`INSERT INTO portfolios (id, user_id, name, opened_on) VALUES (${id}, ${userIdOf(ctx.actor)}, ${name}, '2018-01-02')`;
  return id;
}

const countPortfolios = query('probe.count', {
  summary: 'How many portfolios the caller sees.',
  input: z.strictObject({}),
  output: z.object({ portfolios: z.int() }),
  access: scope('read'),
  example: {},
});

export const probeCount = handler(countPortfolios, async ({ sql }) => {
  const [row] = await sql<{ portfolios: number }>`SELECT count(*)::int AS portfolios FROM portfolios`;
  return { portfolios: row?.portfolios ?? 0 };
});
