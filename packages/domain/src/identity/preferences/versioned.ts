import { invariant } from '@trii/kernel';
import { z } from 'zod';
import { Failure } from '../../platform/index.ts';

/** Settings as they are stored: an object that says by `version` which schema it follows; one that says nothing is of version 0. */
export interface VersionedSettings<S extends z.ZodType> {
  /** Names them in a failure. */
  readonly name: string;
  readonly schema: S;
  /** By version: lifts settings of it to the next one. There is one for each version before the current. */
  readonly upgrades: readonly ((older: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>)[];
}

const Stored = z.looseObject({ version: z.int().min(0).default(0) });

/**
 * What was stored, under the current version: lifted step by step from whatever version it has.
 * @throws Failure UNAVAILABLE for settings of a newer platform, which this one must not write over
 */
export function readSettings<S extends z.ZodType>({ name, schema, upgrades }: VersionedSettings<S>, stored: unknown): z.output<S> {
  const { version } = Stored.parse(stored);
  const current = upgrades.length;
  if (version > current) throw new Failure('UNAVAILABLE', { settings: name, version, known: current });
  const lifted = upgrades
    .slice(version)
    .reduce((older, lift, step) => ({ ...lift(older), version: version + step + 1 }), Stored.parse(stored));
  const parsed = schema.safeParse(lifted);
  invariant(parsed.success, `${name} settings of version ${version} do not fit their schema`);
  return parsed.data;
}
