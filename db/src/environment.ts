import { z } from 'zod';
import { LOGINS, type Login } from './roles.ts';

/** Where each login's address stands; the processes read the same variables, so their passwords cannot differ from the server's. */
const loginVariables = {
  trii_owner: 'DATABASE_OWNER_URL',
  trii_api: 'DATABASE_URL',
  trii_operator: 'DATABASE_OPERATOR_URL',
  trii_worker: 'DATABASE_WORKER_URL',
} as const satisfies Record<Login, string>;

type Environment = Readonly<Record<string, string | undefined>>;

export interface Preparation {
  readonly ownerUrl: string;
  /** What makes roles and database; undefined when an administrator has done so. */
  readonly bootstrap:
    | { readonly adminUrl: string; readonly database: string; readonly secrets: Readonly<Record<Login, string>> }
    | undefined;
}

const PostgresUrl = z.url({ protocol: /^postgres(ql)?$/ });

/**
 * What there is to prepare. DATABASE_OWNER_URL alone: migrations. DATABASE_ADMIN_URL too: first the roles, with the passwords that stand in the
 * addresses of the four logins.
 * @throws Error that names every variable that is missing or wrong
 */
export function readPreparation(environment: Environment = process.env): Preparation {
  const problems: string[] = [];
  const read = (variable: string): URL | undefined => {
    const parsed = PostgresUrl.safeParse(environment[variable]);
    if (parsed.success) return new URL(parsed.data);
    problems.push(...parsed.error.issues.map((issue) => `  ${variable}: ${issue.message}`));
    return undefined;
  };
  const withRoles = (environment['DATABASE_ADMIN_URL'] ?? '') !== '';
  const admin = withRoles ? read('DATABASE_ADMIN_URL') : undefined;
  const owner = read(loginVariables.trii_owner);
  const database = owner === undefined ? '' : databaseOf(owner);
  const secrets: Partial<Record<Login, string>> = {};
  for (const login of withRoles ? LOGINS : []) {
    const url = login === 'trii_owner' ? owner : read(loginVariables[login]);
    if (url === undefined) continue;
    problems.push(...mismatches(url, { login, database }));
    secrets[login] = decodeURIComponent(url.password);
  }
  if (problems.length > 0 || owner === undefined)
    throw new Error(`The environment lacks settings (docs/OPERATIONS.md lists them all):\n${problems.join('\n')}`);
  if (admin === undefined) return { ownerUrl: owner.href, bootstrap: undefined };
  // No problem was found, so every login has its secret; the loop over logins cannot express it.
  return { ownerUrl: owner.href, bootstrap: { adminUrl: admin.href, database, secrets: secrets as Record<Login, string> } };
}

const databaseOf = (url: URL): string => decodeURIComponent(url.pathname.slice(1));

function mismatches(url: URL, { login, database }: { readonly login: Login; readonly database: string }): string[] {
  const variable = loginVariables[login];
  const found: string[] = [];
  if (decodeURIComponent(url.username) !== login) found.push(`  ${variable}: logs in as "${url.username}", expected ${login}`);
  if (url.password === '') found.push(`  ${variable}: has no password`);
  if (databaseOf(url) === '') found.push(`  ${variable}: names no database`);
  else if (databaseOf(url) !== database) found.push(`  ${variable}: names another database than DATABASE_OWNER_URL`);
  return found;
}
