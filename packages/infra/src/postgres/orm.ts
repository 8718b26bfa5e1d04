import { MikroORM } from '@mikro-orm/postgresql';
import { entities } from '@trii/domain';
import { CodedError } from '@trii/kernel';

export interface OrmOptions {
  readonly url: string;
  readonly poolSize: number;
  /** Shown in pg_stat_activity. */
  readonly applicationName: string;
}

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * The ORM of one serving login. It holds no migrations and never changes a schema; the login owns nothing and is nobody until a transaction
 * gives it a role, so outside the executor every statement is refused by PostgreSQL.
 */
export function createOrm({ url, poolSize, applicationName }: OrmOptions): Promise<MikroORM> {
  return MikroORM.init({
    clientUrl: url,
    entities: [...entities],
    pool: { min: 0, max: poolSize },
    driverOptions: { application_name: applicationName, connectionTimeoutMillis: CONNECT_TIMEOUT_MS },
    // The database is the migrations' business: nothing here may look for it, let alone make one.
    ensureDatabase: false,
    colors: false,
  });
}

/** Ends the pool too where the ORM would not: it only ends what it has sent a statement of its own through, and an idle connection holds a process up. */
export async function closeOrm(orm: MikroORM): Promise<void> {
  const pool = await orm.em.getConnection().getNativeClient();
  await orm.close();
  if (!pool.ending) await pool.end();
}

interface LoginRights {
  readonly login: string;
  readonly superuser: boolean;
  readonly bypassesRls: boolean;
  readonly createsRoles: boolean;
  readonly owned: string | null;
}

/**
 * Row-level security binds neither a superuser nor BYPASSRLS, and an owner can switch it off: such a login must not serve.
 * @throws CodedError LOGIN_TOO_POWERFUL, naming what the login may do
 */
export async function assertServingLogin(orm: MikroORM): Promise<void> {
  // MEMBER, not USAGE: a NOINHERIT login could still SET ROLE to the owner.
  const [rights] = await orm.em.getConnection().execute<LoginRights[]>(`
    SELECT current_user AS login, rolsuper AS superuser, rolbypassrls AS "bypassesRls", rolcreaterole AS "createsRoles",
      (SELECT string_agg(DISTINCT pg_get_userbyid(o.owner)::text, ', ') FROM (
         SELECT relowner AS owner FROM pg_class WHERE relnamespace = 'public'::regnamespace
         UNION SELECT proowner FROM pg_proc WHERE pronamespace = 'public'::regnamespace
         UNION SELECT nspowner FROM pg_namespace WHERE nspname = 'public'
         UNION SELECT datdba FROM pg_database WHERE datname = current_database()) AS o
       WHERE pg_has_role(current_user, o.owner, 'MEMBER')) AS owned
    FROM pg_roles WHERE rolname = current_user`);
  if (rights === undefined) throw new CodedError('LOGIN_TOO_POWERFUL', 'The database did not say who is signed in.');
  const reasons = [
    rights.superuser ? 'is a superuser' : '',
    rights.bypassesRls ? 'bypasses row-level security' : '',
    rights.createsRoles ? 'may create roles' : '',
    rights.owned === null ? '' : `owns the schema's objects as ${rights.owned}`,
  ].filter((reason) => reason !== '');
  if (reasons.length === 0) return;
  throw new CodedError(
    'LOGIN_TOO_POWERFUL',
    `The database login ${rights.login} must not serve: it ${reasons.join(' and ')}. Give this process the URL of its own login (trii_api, trii_operator or trii_worker).`,
    { details: { ...rights } },
  );
}
