import { batch, event, system } from '@trii/contract';
import { addDays, parseLocalDate } from '@trii/kernel';
import { z } from 'zod';
import { handler } from '../handler.ts';

export const BarWritten = event('probe.BarWritten', { aggregateType: 'INSTRUMENT', payload: z.object({ date: z.string() }) });

const fill = batch('probe.fill', {
  summary: 'Writes one bar a chunk, each date once: a chunk that ran twice would break the primary key.',
  input: z.strictObject({
    instrumentId: z.uuid(),
    chunks: z.int(),
    pauseMs: z.int().default(0),
    breakAt: z.int().optional(),
    isQuiet: z.boolean().default(false),
  }),
  output: z.object({ bars: z.int() }),
  access: system,
  audit: { entityType: 'DAILY_BARS', action: 'UPDATE' },
  example: { instrumentId: '00000000-0000-7000-8000-000000000001', chunks: 1 },
});

const FIRST_DATE = parseLocalDate('2018-01-01');

/** Each chunk's number goes to `onRun` when it starts, committed later or not. */
export const probeFill = (onRun: (chunk: number) => void = () => undefined) =>
  handler(fill, {
    progress: ({ instrumentId }) => ({ shard: instrumentId, runKey: 'probe' }),
    async chunk({ sql, emit }, { instrumentId, chunks, pauseMs, breakAt, isQuiet }, cursor) {
      const chunk = typeof cursor === 'number' ? cursor : 0;
      onRun(chunk);
      const date = addDays(FIRST_DATE, chunk);
      await sql`INSERT INTO daily_bars (instrument_id, session_date, close, source) VALUES (${instrumentId}, ${date}, 1, 'probe')`;
      if (!isQuiet) emit(BarWritten, { aggregateId: instrumentId, payload: { date } });
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      if (chunk === breakAt) throw new Error('the probe broke');
      return { cursor: chunk + 1 < chunks ? chunk + 1 : null, counts: { bars: 1 }, rows: 1 };
    },
    finish: ({ bars = 0 }) => ({ bars }),
  });
