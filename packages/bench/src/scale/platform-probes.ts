import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type DatabaseSession, handlers, PUBLISH_LIVE, systemHandlers, takePending } from '@trii/domain';
import { newId, parseLocalDate, tradingCalendar } from '@trii/kernel';
import { type SeriesShape, writeBarFiles } from '../import/bar-files.ts';
import { instrumentOf, investorOf, type Probe, quick, slow } from './probe.ts';
import { LAST_SESSION } from './scale-size.ts';
import type { ScaleWorld } from './scale-world.ts';

const worker: DatabaseSession = { role: 'worker_role', userId: null };
const RELAY_LIMIT = 200;
/** Of the shard that is measured. */
const DUE_PORTFOLIOS = 10;
const SHARD = 7;

const IMPORTED = { instruments: 10, sessions: 500 } as const;
const importShape: SeriesShape = {
  name: 'scale',
  periods: () =>
    tradingCalendar('XNYS')
      .sessions(parseLocalDate('2023-01-03'), parseLocalDate('2024-12-31'))
      .map((date) => ({ csv: date, copyText: date })),
  tail: '',
};

const due = (look: 'changed' | 'session'): Probe => ({
  name: `due snapshots, look "${look}"`,
  ...quick,
  run: ({ executor, call }) => executor.run(systemHandlers.analytics.snapshotsDue, call({ look })),
});

/** What workers, relay and operators do all day. */
export const platformProbes: readonly Probe[] = [
  {
    name: 'positions of an instrument, for workers',
    ...quick,
    run: (world, sample) =>
      world.transactions.read(
        worker,
        (sql) => sql`SELECT portfolio_id, quantity FROM positions WHERE instrument_id = ${middleOf(world, sample)}`,
      ),
  },
  due('changed'),
  due('session'),
  { name: 'snapshot job of a shard, nothing due', ...slow, run: snapshotShard },
  { name: `snapshot job of a shard, ${DUE_PORTFOLIOS} due`, ...slow, before: makeDue, run: snapshotShard },
  { name: 'platform.jobProgress', ...quick, run: ({ executor, call }) => executor.run(handlers.platform.jobProgress, call({})) },
  {
    name: 'platform.deadDeliveries',
    ...quick,
    run: ({ executor, call }) => executor.run(handlers.platform.deadDeliveries, call({ limit: 100 })),
  },
  {
    name: 'relay, nothing pending',
    ...quick,
    before: ({ admin }) => admin.query("UPDATE deliveries SET status = 'done' WHERE status = 'pending'"),
    run: ({ transactions }) =>
      transactions.bulk(worker, ({ sql }) => takePending(sql, { jobNames: [PUBLISH_LIVE, 'snapshot-portfolios'], limit: RELAY_LIMIT })),
  },
  { name: 'audit, one row appended', ...quick, run: appendAuditRow },
  {
    name: `import of ${(IMPORTED.instruments * IMPORTED.sessions).toLocaleString('en-US')} new daily bars`,
    ...slow,
    before: prepareImport,
    run: importBars,
    after: removeImported,
  },
];

/** From the middle of the list, where a hundredth of the portfolios and all of them hold an instrument about alike often. */
function middleOf({ instruments, ...world }: ScaleWorld, sample: number): string {
  return instrumentOf({ ...world, instruments: instruments.slice(9, 11) }, sample).id;
}

function snapshotShard({ executor, call }: ScaleWorld): Promise<unknown> {
  return executor.batch(systemHandlers.analytics.snapshotPortfolios, call({ shard: SHARD, runKey: newId(), through: LAST_SESSION }));
}

function makeDue({ admin }: ScaleWorld): Promise<unknown> {
  return admin.query(
    `UPDATE portfolios SET snapshots_dirty_from = $1 WHERE id IN (
       SELECT id FROM portfolios WHERE right(id::text, 1) = to_hex($2::integer) ORDER BY md5(id::text) LIMIT $3)`,
    [LAST_SESSION, SHARD, DUE_PORTFOLIOS],
  );
}

function appendAuditRow({ transactions, ...world }: ScaleWorld, sample: number): Promise<unknown> {
  const { actor, portfolioId } = investorOf({ transactions, ...world }, sample);
  const userId = actor.kind === 'user' ? actor.userId : null;
  return transactions.bulk(
    { role: 'authenticated_user', userId },
    ({ sql }) => sql`INSERT INTO audit_logs (id, user_id, entity_type, entity_id, action, new_values, actor, use_case, outcome, request_id)
      VALUES (${newId()}, ${userId}, 'PORTFOLIO', ${portfolioId}, 'UPDATE', '{}', ${`user:${userId}`}, 'cash.deposit', 'ok', 'scale')`,
  );
}

const filesOf = ({ place }: ScaleWorld): string => join(place.folder.dir, 'files');

async function prepareImport(world: ScaleWorld): Promise<void> {
  await removeImported(world);
  const folder = filesOf(world);
  mkdirSync(folder, { recursive: true });
  const instruments = await world.desk.list(IMPORTED.instruments);
  writeBarFiles({ folder, shape: importShape, instruments, perInstrument: IMPORTED.sessions });
}

function importBars(world: ScaleWorld): Promise<void> {
  const inserted = IMPORTED.instruments * IMPORTED.sessions;
  return world.desk.import({ path: join(filesOf(world), `${importShape.name}.csv`), resolution: '1d', expected: { inserted } });
}

/** The bars with their instruments, which no scaled database has. */
async function removeImported({ admin }: ScaleWorld): Promise<void> {
  await admin.query("DELETE FROM daily_bars WHERE instrument_id IN (SELECT id FROM instruments WHERE symbol LIKE 'BENCH%')");
  await admin.query("DELETE FROM instruments WHERE symbol LIKE 'BENCH%'");
}
