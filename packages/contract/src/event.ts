import type { z } from 'zod';

/** Something that happened, in the past tense. It travels through the outbox, so it holds ids only, never a secret or personal data. */
export interface EventDeclaration<P extends z.ZodType = z.ZodType> {
  readonly name: string;
  readonly aggregateType: string;
  readonly payload: P;
  /** Concerns all, though it names no tenant: the relay looks at it like at a tenant's. Left out: the tenant whose id the event carries. */
  readonly audience?: 'everyone';
}

export type PayloadOf<E> = E extends EventDeclaration<infer P> ? z.output<P> : never;

export function event<P extends z.ZodType>(name: string, shape: Omit<EventDeclaration<P>, 'name'>): EventDeclaration<P> {
  return { name, ...shape };
}
