import type { monitoring, OutputOf } from '@trii/contract';
import { duration, table } from '../output.ts';
import { bar, sparkline } from './bar.ts';
import { byteSize, grouped, milliseconds, rightAligned } from './figures.ts';

const BAR_WIDTH = 20;
const QUERY_WIDTH = 90;
/** A transaction that is open and does nothing keeps dead rows from being cleaned up, and locks held. */
const IDLE_SECONDS_MAX = 60;

const nameOf = ({ schema, table: name }: { readonly schema: string; readonly table: string }): string =>
  schema === 'public' ? name : `${schema}.${name}`;
const optional = (count: number | null): string => (count === null ? '?' : grouped(count));
const beyond = (shown: number, total: number): string[] => (total > shown ? [`${grouped(total - shown)} more; --limit shows them.`] : []);

export function sizesPage({ items, total }: OutputOf<typeof monitoring.tableSizes>): string[] {
  const largest = Math.max(0, ...items.map(({ bytes }) => bytes));
  const isCompressed = items.some(({ compressedBytes }) => compressedBytes > 0);
  const rows = items.map((item) => [
    nameOf(item),
    byteSize(item.bytes),
    bar(item.bytes, largest, BAR_WIDTH),
    ...(isCompressed ? [byteSize(item.compressedBytes)] : []),
    grouped(item.partitions),
    grouped(item.inserts),
    grouped(item.updates),
    grouped(item.deletes),
  ]);
  const head = ['table', 'size', '', ...(isCompressed ? ['compressed'] : []), 'partitions', 'inserted', 'updated', 'deleted'];
  return [...table(rightAligned([head, ...rows], isCompressed ? [1, 3, 4, 5, 6, 7] : [1, 3, 4, 5, 6])), ...beyond(items.length, total)];
}

export function connectionsPage({ items, total, visibility }: OutputOf<typeof monitoring.connections>): string[] {
  const most = Math.max(0, ...items.map(({ connections }) => connections));
  const since = (seconds: number | null): string => (seconds === null ? '' : duration(Math.max(0, seconds) * 1000));
  const rows = items.map((item) => [
    item.login,
    item.application,
    item.clientAddress ?? 'local',
    item.state,
    grouped(item.connections),
    bar(item.connections, most, BAR_WIDTH / 2),
    since(item.longestInStateSeconds),
    since(item.longestTransactionSeconds),
  ]);
  const head = ['login', 'application', 'address', 'state', 'connections', '', 'longest so', 'longest transaction'];
  const idle = items.filter(
    ({ state, longestInStateSeconds }) => state.startsWith('idle in transaction') && (longestInStateSeconds ?? 0) > IDLE_SECONDS_MAX,
  );
  return [
    ...table(rightAligned([head, ...rows], [4, 6, 7])),
    ...beyond(items.length, total),
    ...idle.map(
      ({ login, application, longestInStateSeconds }) =>
        `${login} (${application}) has kept a transaction open for ${since(longestInStateSeconds)} without doing anything in it.`,
    ),
    ...(visibility === 'hidden' ? ['States are hidden: grant pg_read_all_stats to definer_role (docs/OPERATIONS.md).'] : []),
  ];
}

const whyNoStatements: Readonly<Record<OutputOf<typeof monitoring.slowQueries>['visibility'], readonly string[]>> = {
  all: [],
  hidden: ['Statements are hidden: grant pg_read_all_stats to definer_role (docs/OPERATIONS.md).'],
  missing: ['There is no extension pg_stat_statements in this database: an administrator may run CREATE EXTENSION pg_stat_statements.'],
  not_loaded: ['pg_stat_statements is not loaded: add it to shared_preload_libraries and restart the server.'],
};

export function slowQueriesPage({ items, total, visibility }: OutputOf<typeof monitoring.slowQueries>): string[] {
  if (items.length === 0) return visibility === 'all' ? ['No statement was counted yet.'] : [...whyNoStatements[visibility]];
  const longest = Math.max(0, ...items.map(({ totalMs }) => totalMs));
  const rows = items.map((item) => [
    milliseconds(item.meanMs),
    grouped(item.calls),
    milliseconds(item.totalMs),
    bar(item.totalMs, longest, BAR_WIDTH / 2),
    grouped(item.rows),
    item.hitPercent === null ? '' : `${item.hitPercent.toFixed(1)} %`,
    item.role ?? '',
    onOneLine(item.query),
  ]);
  const head = ['mean', 'calls', 'in all', '', 'rows', 'in memory', 'role', 'statement'];
  return [...table(rightAligned([head, ...rows], [0, 1, 2, 4, 5])), ...beyond(items.length, total), ...whyNoStatements[visibility]];
}

function onOneLine(query: string): string {
  const line = query.replace(/\s+/g, ' ').trim();
  return line.length <= QUERY_WIDTH ? line : `${line.slice(0, QUERY_WIDTH - 1)}…`;
}

export function growthPage({ from, to, items, total }: OutputOf<typeof monitoring.growth>): string[] {
  if (from === null || to === null)
    return ['There are no two samples to compare. "trii monitor sample" takes one; the workers take one a day.'];
  const rows = items.map((item) => [
    nameOf(item),
    byteSize(item.bytesBefore),
    byteSize(item.bytesAfter),
    `${item.bytesGrown > 0 ? '+' : ''}${byteSize(item.bytesGrown)}`,
    optional(item.inserts),
    optional(item.updates),
    optional(item.deletes),
    sparkline(item.history),
  ]);
  const head = ['table', 'before', 'after', 'grown', 'inserted', 'updated', 'deleted', ''];
  const grown = items.reduce((sum, { bytesGrown }) => sum + bytesGrown, 0);
  return [
    `From ${from} to ${to}: ${grown > 0 ? '+' : ''}${byteSize(grown)}`,
    '',
    ...table(rightAligned([head, ...rows], [1, 2, 3, 4, 5, 6])),
    ...beyond(items.length, total),
  ];
}
