import type { z } from 'zod';
import type { ErrorCode } from './errors.ts';

export type OperationKind = 'query' | 'command' | 'batch' | 'feed';

/**
 * What a session may do: `read` looks, `write` changes own data and moves cash, `trade` deals, `account` says who gets in (passwords, sessions,
 * keys, second factors). No key of a program has that one.
 */
export type InvestorScope = 'read' | 'write' | 'trade' | 'account';
/** `operate` does an operator's work, `grant` says who does. */
export type OperatorScope = 'operate' | 'grant';

export type Access =
  | { readonly to: 'public' }
  | { readonly to: 'investor'; readonly scope: InvestorScope }
  | { readonly to: 'operator'; readonly scope: OperatorScope }
  | { readonly to: 'system' };

export const anyone: Access = { to: 'public' };
export const scope = (scope: InvestorScope): Access => ({ to: 'investor', scope });
export const operator = (scope: OperatorScope): Access => ({ to: 'operator', scope });
/** Schedules, jobs and the command line: never reachable through the tRPC door. */
export const system: Access = { to: 'system' };

export interface AuditDeclaration {
  readonly entityType: string;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE' | 'READ';
  /** The input's field that holds the entity's id, where the input names one. */
  readonly idField?: string;
  /** That id is an investor's, and the row is theirs whoever acts: they find it in their own trail. */
  readonly isOfPerson?: true;
}

export interface Declaration<
  K extends OperationKind = OperationKind,
  I extends z.ZodType = z.ZodType,
  O extends z.ZodType = z.ZodType,
  E extends ErrorCode = ErrorCode,
> {
  readonly kind: K;
  /** `area.verbNoun`, the path under the router. */
  readonly name: string;
  readonly summary: string;
  readonly input: I;
  readonly output: O;
  readonly errors: readonly E[];
  readonly access: Access;
  readonly audit?: AuditDeclaration;
  /** `none`: the answer holds a secret and is never stored, so a repeat of the call runs again. */
  readonly replay: 'stored' | 'none';
  /** The operation reads or writes personal data: its transaction holds the subject's key, and its reads are audited too. */
  readonly pii: boolean;
  /** Personal data that is read as it lies, ciphertext and traces: audited, but no key is opened for it. */
  readonly sealed?: boolean;
  /** The input's field that names whose data it is; left out: that of whoever acts. */
  readonly subject?: string;
  /** Whoever calls signed in, or confirmed who they are, within the last minutes: a session that lies open or was stolen is not enough. */
  readonly stepUp?: true;
  /** Open to who must have a second factor and has none yet: it is part of setting one up, or of leaving. */
  readonly beforeSecondFactor?: true;
  /** What a call takes from its caller's rate limits; a small read is 1. */
  readonly cost: number;
  /** `opens`: the answer's `token` is that of a session, which the door keeps in a cookie if the input's `transport` says so. `ends`: that cookie goes. */
  readonly session?: 'opens' | 'ends';
  /** An input that succeeds for its owner; ids in it are placeholders that tests fill by field name. */
  readonly example: z.input<I>;
}

export type AnyDeclaration = Declaration;
export type InputOf<D> = D extends Declaration<infer _K, infer I> ? z.output<I> : never;
export type OutputOf<D> = D extends Declaration<infer _K, infer _I, infer O> ? z.output<O> : never;
export type ErrorsOf<D> = D extends Declaration<infer _K, infer _I, infer _O, infer E> ? E : never;

interface Shape<I extends z.ZodType, O extends z.ZodType, E extends ErrorCode> {
  readonly summary: string;
  readonly input: I;
  readonly output: O;
  readonly access: Access;
  readonly errors?: readonly E[];
  readonly pii?: boolean;
  readonly sealed?: boolean;
  readonly subject?: string;
  readonly cost?: number;
  readonly session?: 'opens' | 'ends';
  readonly beforeSecondFactor?: true;
  readonly example: z.input<I>;
}

interface AuditedShape<I extends z.ZodType, O extends z.ZodType, E extends ErrorCode> extends Shape<I, O, E> {
  readonly audit: AuditDeclaration;
  readonly replay?: 'stored' | 'none';
  readonly stepUp?: true;
}

/** Reads under the actor's row-level security; leaves an audit row only when it declares `pii`. */
export function query<I extends z.ZodType, O extends z.ZodType, E extends ErrorCode = never>(
  name: string,
  shape: Shape<I, O, E> & { readonly audit?: AuditDeclaration },
): Declaration<'query', I, O, E> {
  return { kind: 'query', name, errors: [], pii: false, cost: 1, replay: 'none', ...shape };
}

/** Changes something once: idempotent by the caller's key, audited always. */
export function command<I extends z.ZodType, O extends z.ZodType, E extends ErrorCode = never>(
  name: string,
  shape: AuditedShape<I, O, E>,
): Declaration<'command', I, O, E> {
  return { kind: 'command', name, errors: [], pii: false, cost: 2, replay: 'stored', ...shape };
}

/** Works through much in bounded chunks, each a transaction of its own; safe to run twice. */
export function batch<I extends z.ZodType, O extends z.ZodType, E extends ErrorCode = never>(
  name: string,
  shape: AuditedShape<I, O, E>,
): Declaration<'batch', I, O, E> {
  return { kind: 'batch', name, errors: [], pii: false, cost: 0, replay: 'none', ...shape };
}

/** A live subscription: a snapshot, then arrays of events whose id is the last one's. */
export function feed<I extends z.ZodType, O extends z.ZodType, E extends ErrorCode = never>(
  name: string,
  shape: Shape<I, O, E>,
): Declaration<'feed', I, O, E> {
  return { kind: 'feed', name, errors: [], pii: false, cost: 5, replay: 'none', ...shape };
}
