import type { AnyDeclaration, InputOf, OutputOf } from '@trii/contract';
import { invariant } from '@trii/kernel';
import type { z } from 'zod';
import { Failure } from './failure.ts';

/** At most this many problems are told; a hostile input does not get an essay. */
const ISSUES_MAX = 20;
/** Nor are its own keys told back at length. */
const PATH_MAX = 200;
const PROBLEM_MAX = 500;

/** @throws Failure INVALID_INPUT with the path and the problem of each field, never the value */
export function parseInput<D extends AnyDeclaration>(declaration: D, input: unknown): InputOf<D> {
  const parsed = declaration.input.safeParse(input);
  if (parsed.success) {
    const path = unstorableIn(parsed.data);
    if (path === undefined) return parsed.data as InputOf<D>;
    throw new Failure('INVALID_INPUT', {
      issues: [{ path: pathOf(path), problem: 'without NUL characters and halves of surrogate pairs' }],
    });
  }
  throw new Failure('INVALID_INPUT', {
    issues: parsed.error.issues.slice(0, ISSUES_MAX).flatMap(toldOf).slice(0, ISSUES_MAX),
  });
}

/** A field that is not declared is told by its own path, not by that of the object it stands in. */
function toldOf(issue: z.core.$ZodIssue): { path: string; problem: string }[] {
  if (issue.code === 'unrecognized_keys')
    return issue.keys.slice(0, ISSUES_MAX).map((key) => ({ path: pathOf([...issue.path, key]), problem: 'not a field of this input' }));
  return [{ path: pathOf(issue.path), problem: issue.message.slice(0, PROBLEM_MAX) }];
}

const pathOf = (path: readonly PropertyKey[]): string => path.map(String).join('.').slice(0, PATH_MAX);

/** A view that does not match its own declaration is our mistake, not the caller's. */
export function parseOutput<D extends AnyDeclaration>(declaration: D, output: unknown): OutputOf<D> {
  const parsed = declaration.output.safeParse(output);
  invariant(
    parsed.success,
    `${declaration.name} answered what it does not declare: ${parsed.error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join('; ')}`,
  );
  return parsed.data as OutputOf<D>;
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes('\0');

/** Where a text is that PostgreSQL cannot hold: without this look it would fail as our own mistake. A key is told by what it stands in. */
function unstorableIn(value: unknown): string[] | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : [];
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, inside] of Object.entries(value)) {
    if (!isStorable(key)) return [];
    const path = unstorableIn(inside);
    if (path !== undefined) return [key, ...path];
  }
  return undefined;
}
