export { bootstrapRoles, grantDatabase } from './bootstrap-roles.ts';
export type { BootstrapOptions } from './bootstrap-roles.ts';
export { migrate, pendingMigrations } from './migrate.ts';
export type { MigrateOptions } from './migrate.ts';
export { GROUP_ROLES, LOGINS } from './roles.ts';
export { scaleSql } from './scale-seed.ts';
export type { ScaleStep } from './scale-seed.ts';
export type { GroupRole, Login } from './roles.ts';
