import type { Permission } from '../platform/index.ts';

const known: readonly Permission[] = ['read', 'write', 'trade', 'account', 'operate', 'grant'];

/** Of texts from the database those that are permissions; one that this version does not know grants nothing. */
export function knownPermissions(texts: readonly string[]): Permission[] {
  return known.filter((permission) => texts.includes(permission));
}

/** An investor may do all of an investor's things; what an operator may do is granted one by one. */
export function permissionsAtSignIn(operatorScopes: readonly string[]): Permission[] {
  return [
    'read',
    'write',
    'trade',
    'account',
    ...knownPermissions(operatorScopes).filter((permission) => permission === 'operate' || permission === 'grant'),
  ];
}
