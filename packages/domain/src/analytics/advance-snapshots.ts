import { isUuid, ZERO, type Clock, type LocalDate } from '@trii/kernel';
import type { Sql } from '../platform/index.ts';
import { readDividendsDue } from '../portfolio/index.ts';
import type { DuePortfolio } from './due-snapshots.ts';
import {
  readInstruments,
  readMovements,
  readRates,
  readStoredDays,
  type Period,
  type PricedAsset,
  type StoredDays,
} from './snapshot-inputs.ts';
import { deleteSnapshots, markReach, newestSnapshot, writeCurrentValues, writeSnapshots, type SnapshotRow } from './snapshot-rows.ts';
import { growthDay, SnapshotSeries } from './snapshot-series.ts';
import { pendingSessions, snapshotCalendar } from './snapshot-session.ts';
import { valuePortfolio, type MissingFigure, type Movement, type ValuedSession } from './value-portfolio.ts';

/** Sessions of one step: a fraction of a second of work, so that a lock is never held for long. */
const SESSIONS_MAX = 500;

export interface Advance {
  readonly through: LocalDate;
  /** Whether `through` is the newest session there is; if not, later snapshots stay and are done by a later run. */
  readonly isNewest: boolean;
}

export interface Advanced {
  readonly snapshots: number;
  /** More sessions wait; up to date; or blocked from a session on. */
  readonly outcome: 'more' | 'current' | MissingFigure;
}

/**
 * Writes the next snapshots of a locked portfolio. Where to start follows from the stored rows and the ledger alone, and the rows and
 * where they now reach to change in one transaction: whenever it is cut off, the next call goes on as if nothing had happened.
 */
export async function advanceSnapshots(
  { sql, clock }: { readonly sql: Sql; readonly clock: Clock },
  portfolio: DuePortfolio,
  advance: Advance,
): Promise<Advanced> {
  const { through, isNewest } = advance;
  const sessions = await sessionsToWrite(sql, portfolio, advance);
  const [first] = sessions;
  const last = sessions.at(SESSIONS_MAX - 1) ?? sessions.at(-1);
  if (first === undefined || last === undefined) {
    await markReach(sql, portfolio.id, isNewest ? null : portfolio.dirtyFrom);
    return { snapshots: 0, outcome: 'current' };
  }
  const { rows, missing, symbols } = await valueSessions(sql, portfolio, sessions.slice(0, SESSIONS_MAX));
  await writeSnapshots(sql, portfolio, { rows, symbols });
  if (missing !== null) {
    await deleteSnapshots(sql, portfolio.id, missing.date);
    await markReach(sql, portfolio.id, missing.date);
    return { snapshots: rows.length, outcome: missing };
  }
  const isDone = last === through;
  await markReach(sql, portfolio.id, isDone && isNewest ? null : snapshotCalendar.nextSession(last));
  const row = rows.at(-1);
  if (isDone && isNewest && row !== undefined) await writeCurrentValues(sql, portfolio, { row, symbols, at: clock.now() });
  return { snapshots: rows.length, outcome: isDone ? 'current' : 'more' };
}

async function sessionsToWrite(sql: Sql, portfolio: DuePortfolio, { through, isNewest }: Advance): Promise<LocalDate[]> {
  // The valuation date was set back: what lies after it is not known yet, and the last session's figures become the current ones.
  const setBack = isNewest ? await deleteSnapshots(sql, portfolio.id, snapshotCalendar.nextSession(through)) : 0;
  const newest = await newestSnapshot(sql, portfolio.id);
  const { openedOn, dirtyFrom } = portfolio;
  const pending = pendingSessions({ openedOn, dirtyFrom, newest, through });
  return pending.length === 0 && setBack > 0 && newest === through ? [through] : pending;
}

interface ValuedRows {
  readonly rows: readonly SnapshotRow[];
  readonly missing: MissingFigure | null;
  readonly symbols: ReadonlyMap<string, PricedAsset>;
}

async function valueSessions(sql: Sql, portfolio: DuePortfolio, sessions: readonly LocalDate[]): Promise<ValuedRows> {
  const { id, baseCurrency } = portfolio;
  const period: Period = { from: sessions[0] ?? portfolio.openedOn, to: sessions.at(-1) ?? portfolio.openedOn };
  const stored = await readStoredDays(sql, id, period.from);
  const movements = await readMovements(sql, id, period.to);
  const receivables = (await readDividendsDue(sql, id, period)).map(({ currency, net, exDate, paidOn }) => ({
    currency,
    amount: net,
    from: exDate,
    until: paidOn,
  }));
  const assets = heldAssets(movements, period.from);
  const symbols = await readInstruments(sql, assets.filter(isUuid), period);
  const currencies = new Set([
    ...receivables.map(({ currency }) => currency),
    ...assets.filter((asset) => !isUuid(asset)),
    ...[...symbols.values()].map(({ currency }) => currency),
  ]);
  currencies.delete(baseCurrency);
  const rates = await readRates(sql, { currencies: [...currencies], baseCurrency }, sessions);
  const valuation = valuePortfolio({
    baseCurrency,
    sessions,
    previous: stored.last?.date ?? null,
    movements,
    receivables,
    assets: symbols,
    rates,
  });
  return { rows: withStatistics(stored, valuation.sessions), missing: valuation.missing, symbols };
}

function withStatistics(stored: StoredDays, sessions: readonly ValuedSession[]): SnapshotRow[] {
  const series = new SnapshotSeries();
  series.replay(stored.growth);
  let valueBefore = stored.last?.totalValue ?? ZERO;
  return sessions.map((session) => {
    const statistics = series.push(growthDay(session, valueBefore));
    valueBefore = session.totalValue;
    return { ...session, statistics };
  });
}

/** What is held on the first session, and what moves from then on: the rest needs no price. */
function heldAssets(movements: readonly Movement[], from: LocalDate): string[] {
  const held = new Map<string, boolean>();
  const balances = new Map<string, Movement['held']>();
  for (const { date, asset, held: amount } of movements) {
    const balance = balances.get(asset)?.plus(amount) ?? amount;
    balances.set(asset, balance);
    held.set(asset, date >= from || !balance.isZero());
  }
  return [...held].filter(([, isHeld]) => isHeld).map(([asset]) => asset);
}
