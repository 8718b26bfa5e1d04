/** A module that compiles beside the emitted dist/ only if the published types are those of the workspace, member by member. */
export const moduleOfSameTypes = `import type { AppRouter as Own, ErrorCode as OwnCode, ErrorShape as OwnError } from '@trii/contract';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
import type { AppRouter, ErrorCode } from './dist/app-router.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : never;
type ErrorShape = AppRouter['_def']['_config']['$types']['errorShape'];

export const same: [
  Same<inferRouterInputs<AppRouter>, inferRouterInputs<Own>>,
  Same<inferRouterOutputs<AppRouter>, inferRouterOutputs<Own>>,
  Same<ErrorCode, OwnCode>,
  Same<{ [K in keyof ErrorShape]: ErrorShape[K] }, { [K in keyof OwnError]: OwnError[K] }>,
] = [true, true, true, true];
`;
