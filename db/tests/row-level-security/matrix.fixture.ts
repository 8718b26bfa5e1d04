import { withClient } from '@trii/testkit';
import type { TestDatabase } from '@trii/testkit';
import { tenantRelations } from './catalog.fixture.ts';
import type { TenantRelation } from './catalog.fixture.ts';
import { appendOnly, exceptions, expectation } from './expectation.fixture.ts';
import { partitionProbes, tableProbes, viewProbes } from './probes.fixture.ts';
import type { Probe } from './probes.fixture.ts';
import { covers, ROLES } from './right.fixture.ts';
import type { RelationExpectation, Right, Role } from './right.fixture.ts';
import { SESSIONS, tryAs, tryAsAdministrator } from './sessions.fixture.ts';
import type { Found, Session } from './sessions.fixture.ts';
import type { Subjects } from './subjects.fixture.ts';

/**
 * How a statement ends. `nothing`: carried out, and the row is not there for it. `refused`: 42501, by a privilege or by a policy's WITH CHECK.
 * `malformed`: the policy met an app.user_id that is no UUID. `kept`: an append-only table refused it.
 */
export type Outcome = 'allowed' | 'nothing' | 'refused' | 'malformed' | 'kept' | `error ${string}`;

export interface Cell {
  readonly relation: string;
  readonly probe: string;
  readonly role: Role;
  readonly session: string;
  readonly expected: Outcome;
  readonly found: Outcome;
}

export interface Matrix {
  readonly cells: readonly Cell[];
  /** Relation and probe to how it ends for a superuser; only of the whole matrix. */
  readonly administrator: ReadonlyMap<string, Outcome>;
}

const probeKey = ({ relation, probe }: Pick<Cell, 'relation' | 'probe'>): string => `${relation}: ${probe}`;

export interface Scope {
  /** Which relations; all unless said. */
  readonly relations?: readonly string[];
  readonly roles?: readonly Role[];
}

/** Every statement, as every role, in every session. */
export async function runMatrix(database: TestDatabase, subjects: Subjects, scope: Scope = {}): Promise<Matrix> {
  const probes = await allProbes(database, subjects, scope);
  const cells: Cell[] = [];
  for (const role of scope.roles ?? ROLES) {
    for (const session of SESSIONS) {
      for (const subject of ['stands', 'comes'] as const) {
        const tried = probes.filter((probe) => probe.subject === subject);
        const owner = subject === 'stands' ? subjects.ada.userId : subjects.cleo.userId;
        const found = await tryAs(database, { role, session, people: { owner, other: subjects.bob.userId } }, tried);
        cells.push(...tried.map((probe, index) => cellOf(probe, { role, session }, found[index])));
      }
    }
  }
  const administered = scope.relations === undefined ? await tryAsAdministrator(database, probes) : [];
  const administrator = new Map(
    probes.map((probe, index) => [probeKey({ relation: probe.relation, probe: probe.name }), outcomeOf(probe, administered[index])]),
  );
  return { cells, administrator };
}

async function allProbes(database: TestDatabase, subjects: Subjects, { relations }: Scope): Promise<Probe[]> {
  const found = await withClient(database.urls.admin, (admin) => tenantRelations(admin));
  return found
    .filter(({ name }) => exceptions[name] === undefined && (relations?.includes(name) ?? true))
    .flatMap((relation) => probesOf(relation, subjects));
}

function probesOf(relation: TenantRelation, { rows, ada }: Subjects): Probe[] {
  if (relation.kind === 'partition') return partitionProbes(relation);
  // A view's key is its portfolio's, until one has another.
  if (relation.kind === 'view') return viewProbes(relation, { id: ada.portfolioId });
  return tableProbes(relation, rows.get(relation.name) ?? { stands: [], comes: [] });
}

function cellOf(probe: Probe, { role, session }: { readonly role: Role; readonly session: Session }, found: Found | undefined): Cell {
  return {
    relation: probe.relation,
    probe: probe.name,
    role,
    session: session.name,
    expected: expectedOutcome(probe, role, session),
    found: outcomeOf(probe, found),
  };
}

function outcomeOf({ counts }: Probe, found: Found | undefined): Outcome {
  if (found === undefined) return 'error missing';
  if (found.sqlstate === '42501') return 'refused';
  if (found.sqlstate === '22P02') return 'malformed';
  if (found.sqlstate === 'TR021') return 'kept';
  if (found.sqlstate !== '00000') return `error ${found.sqlstate}`;
  return found.affected > 0 || !counts ? 'allowed' : 'nothing';
}

/** By the hand-kept expectation alone. */
function expectedOutcome(probe: Probe, role: Role, session: Session): Outcome {
  const writesRow = probe.needs.insert !== undefined;
  // It owns the tables, so no privilege stops it; but no policy opens a row to it, and FORCE holds it to that. TRUNCATE knows no policy.
  if (role === 'trii_owner' && isKept(probe)) return 'kept';
  if (role === 'trii_owner') return probe.needs.ownership === true ? 'allowed' : writesRow ? 'refused' : 'nothing';
  const relation = expectation[probe.relation];
  const right = relation?.rights[role];
  if (relation === undefined || right === undefined || !holds(relation, right, probe)) return 'refused';
  if (right.rows === 'all' || session.names === 'owner') return 'allowed';
  if (session.names === 'malformed') return 'malformed';
  return writesRow ? 'refused' : 'nothing';
}

/** A change of an append-only table or of one of its partitions. */
const isKept = ({ relation, name }: Probe): boolean =>
  /^(?:update|delete|truncate|merge|insert on conflict do update)/.test(name) &&
  appendOnly.some((table) => relation === table || relation.startsWith(`${table}_`));

function holds(relation: RelationExpectation, right: Right, { needs }: Probe): boolean {
  if (needs.ownership === true || (needs.delete === true && !right.delete)) return false;
  if (needs.lock === true && right.update.length === 0) return false;
  return (['select', 'insert', 'update'] as const).every((verb) => covers(relation, right, { verb, names: needs[verb] ?? [] }));
}

/** What differs from the expectation, a sentence each. */
export const differences = (cells: readonly Cell[]): string[] =>
  cells
    .filter(({ expected, found }) => expected !== found)
    .map(
      ({ relation, probe, role, session, expected, found }) =>
        `${relation}: ${probe} as ${role}, ${session}: ${found}, expected ${expected}`,
    );

/** Why each denial means something: the same statement was carried out, by the same role for the owner, by another role, or by a superuser. */
export function pairings({ cells, administrator }: Matrix): {
  readonly counts: Readonly<Record<string, number>>;
  readonly unpaired: string[];
} {
  const succeeded = new Set(
    cells.filter(({ found }) => found === 'allowed').flatMap((cell) => [probeKey(cell), `${probeKey(cell)} ${cell.role}`]),
  );
  const counts = { 'the same role': 0, 'another role': 0, 'a superuser': 0 };
  const unpaired: string[] = [];
  for (const cell of cells.filter(({ found }) => found !== 'allowed')) {
    const ofRole = expectation[cell.relation]?.rights[cell.role];
    if (succeeded.has(`${probeKey(cell)} ${cell.role}`)) counts['the same role'] += 1;
    // A role that may, in the owner's session, has to have done so.
    else if (cell.expected !== 'refused' && ofRole !== undefined) unpaired.push(`${probeKey(cell)} as ${cell.role}`);
    else if (succeeded.has(probeKey(cell))) counts['another role'] += 1;
    else if (administrator.get(probeKey(cell)) === 'allowed') counts['a superuser'] += 1;
    else unpaired.push(`${probeKey(cell)} as ${cell.role}: ${administrator.get(probeKey(cell)) ?? 'not tried'} for a superuser`);
  }
  return { counts, unpaired: [...new Set(unpaired)] };
}
