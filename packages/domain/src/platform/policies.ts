import type { PolicyDef } from '@mikro-orm/postgresql';

/** Whom a policy opens rows to: the investor their own, the others all. Verbs and columns are the grants' business. */
type PolicyKind = 'user' | 'admin' | 'worker' | 'definer';

/** What every tenant table's metadata says about row-level security; db/migrations/0016_policies.sql creates it and the drift check compares. */
export function tenantPolicies(
  tableName: string,
  kinds: readonly PolicyKind[],
  ownerColumn = 'user_id',
): { policies: PolicyDef[]; rowLevelSecurity: 'force' } {
  const own = `${ownerColumn} = (select app_user_id())`;
  const policies = kinds.map((kind): PolicyDef =>
    kind === 'user'
      ? { name: `user_${tableName}`, roles: ['authenticated_user'], using: own, check: own }
      : { name: `${kind}_all_${tableName}`, roles: [`${kind}_role`], using: 'true', check: 'true' },
  );
  return { policies, rowLevelSecurity: 'force' };
}
