/** Roles that statements run as; a login stands for itself, before SET ROLE. */
export const ROLES = [
  'anonymous_role',
  'authenticated_user',
  'admin_role',
  'worker_role',
  'definer_role',
  'trii_api',
  'trii_operator',
  'trii_worker',
  'trii_owner',
] as const;
export type Role = (typeof ROLES)[number];

export interface Right {
  /** Rows of `app.user_id`, or of everybody. */
  readonly rows: 'own' | 'all';
  /** Columns; '*' is all that the relation's line names, so a new column is nobody's until it is named. */
  readonly select: readonly string[] | '*';
  readonly insert: readonly string[] | '*';
  readonly update: readonly string[] | '*';
  readonly delete: boolean;
}

export interface RelationExpectation {
  /** The column that says whose a row is; user_id unless said. */
  readonly owner?: string;
  readonly columns: readonly string[];
  readonly rights: Partial<Record<Role, Right>>;
}

export type Expectation = Readonly<Record<string, RelationExpectation>>;

interface Given {
  readonly select?: string;
  readonly insert?: string;
  readonly update?: string;
  readonly delete?: true;
}

export const columns = (text: string): string[] => text.trim().split(/\s+/);

const listed = (text: string | undefined): readonly string[] | '*' => (text === '*' ? '*' : text === undefined ? [] : columns(text));

const right = (rows: Right['rows'], given: Given): Right => ({
  rows,
  select: listed(given.select),
  insert: listed(given.insert),
  update: listed(given.update),
  delete: given.delete ?? false,
});

export const own = (given: Given): Right => right('own', given);
export const all = (given: Given): Right => right('all', given);

export type Verb = 'select' | 'insert' | 'update';

/** Whether the right covers every one of the columns. */
export function covers(
  relation: RelationExpectation,
  given: Right | undefined,
  { verb, names }: { verb: Verb; names: readonly string[] },
): boolean {
  if (given === undefined) return names.length === 0;
  const allowed = given[verb] === '*' ? relation.columns : given[verb];
  return names.every((name) => allowed.includes(name));
}
