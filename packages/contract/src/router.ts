import type { TRPCBuiltRouter, TRPCMutationProcedure, TRPCQueryProcedure, TRPCRouterRecord, TRPCSubscriptionProcedure } from '@trpc/server';
import type { z } from 'zod';
import type { Contract } from './contract.ts';
import type { AnyDeclaration, Declaration } from './declaration.ts';
import type { ErrorCode } from './errors.ts';

/** What every failed call carries beside tRPC's own fields. */
export interface ErrorShape {
  message: string;
  code: number;
  data: {
    code: string;
    httpStatus: number;
    path?: string;
    /** Ours: the row of the error table, what the handler said of it, and the id that finds the call in the logs. */
    error: ErrorCode;
    details: Record<string, unknown>;
    requestId: string;
  };
}

interface Root {
  ctx: object;
  meta: object;
  errorShape: ErrorShape;
  transformer: false;
}

interface Types<I extends z.ZodType, O> {
  input: z.input<I>;
  output: O;
  meta: unknown;
}

/** What `onData` gets: the event's id, which a reconnect starts after, and the declared output. */
interface Frame<O> {
  id: string;
  data: O;
}

type ProcedureOf<D> =
  D extends Declaration<infer K, infer I, infer O>
    ? K extends 'query'
      ? TRPCQueryProcedure<Types<I, z.output<O>>>
      : K extends 'command'
        ? TRPCMutationProcedure<Types<I, z.output<O>>>
        : K extends 'feed'
          ? TRPCSubscriptionProcedure<Types<I, AsyncIterable<Frame<z.output<O>>>>>
          : never
    : never;

type RecordOf<T> = {
  -readonly [K in keyof T]: T[K] extends AnyDeclaration ? ProcedureOf<T[K]> : RecordOf<T[K]>;
};

type Procedures = RecordOf<Contract>;

/** The type the stock client is created with: `createTRPCClient<AppRouter>()`. Computed from the contract alone. */
export type AppRouter = TRPCBuiltRouter<Root, Procedures extends infer R extends TRPCRouterRecord ? R : never>;
