import { readFileSync } from 'node:fs';

const DIRECTORY = new URL('../seeds/scale/', import.meta.url);

/** The steps of `trii seed --scale` as SQL. Each file is one text of one or more statements. */
export type ScaleStep = 'session' | 'refused' | 'instruments' | 'closes' | 'investors' | 'checks' | 'traces';

export const scaleSql = (step: ScaleStep): string => readFileSync(new URL(`${step}.sql`, DIRECTORY), 'utf8');
