import { bootstrapRoles, type BootstrapOptions } from './bootstrap-roles.ts';
import type { Preparation } from './environment.ts';
import { migrate } from './migrate.ts';

export type PrepareOptions = Pick<BootstrapOptions, 'connectionLimit' | 'onStep'>;

/** Brings a server to where api and workers can start: roles and database if an administrator's address is given, then the schema. Safe to run again. */
export async function prepare({ ownerUrl, bootstrap }: Preparation, options: PrepareOptions): Promise<string[]> {
  if (bootstrap !== undefined) await bootstrapRoles({ ...bootstrap, ...options });
  return migrate({ ownerUrl, ...(options.onStep && { onStep: options.onStep }) });
}
