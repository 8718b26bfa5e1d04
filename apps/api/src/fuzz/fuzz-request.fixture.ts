import { type AnyDeclaration, callerOperations } from '@trii/contract';
import { operationInput, type Wire, wireText } from '@trii/testkit';
import * as fc from 'fast-check';
import type { CallerName, FuzzWorld } from './fuzz-world.fixture.ts';

/** One call of one operation, before what its slots stand for is known. */
export interface FuzzCall {
  readonly declaration: AnyDeclaration;
  readonly caller: CallerName;
  readonly input: Wire;
}

const callers = fc.oneof(
  { weight: 1, arbitrary: fc.constant<CallerName>('anonymous') },
  { weight: 3, arbitrary: fc.constant<CallerName>('investor') },
  { weight: 3, arbitrary: fc.constant<CallerName>('operator') },
);

const callsOf = (declaration: AnyDeclaration): fc.Arbitrary<FuzzCall> =>
  fc.record({ declaration: fc.constant(declaration), caller: callers, input: operationInput(declaration) }).map((call) => ({
    ...call,
    // A failing run prints its calls: by name, not with the schema and all.
    [fc.toStringMethod]: () => `${call.caller} calls ${call.declaration.name} with ${wireText(call.input, (slot) => slot)}`,
  }));

/** Calls of all operations alike. Unbiased: fast-check's own liking for small values would halve the blocks, and what is extreme is in the pools. */
export const blocksOfCalls: fc.Arbitrary<readonly FuzzCall[]> = fc.noBias(
  fc.array(fc.oneof(...callerOperations.map(callsOf)), { minLength: 1, maxLength: 400, size: 'max' }),
);

/** Every operation by everybody, as its example has it and with a field too many: so much is called however short the time is. */
export const everyCall: readonly FuzzCall[] = callerOperations.flatMap((declaration) =>
  (['anonymous', 'investor', 'operator'] as const).flatMap((caller) => [
    { declaration, caller, input: { slotOf: 'caller', path: [] } },
    { declaration, caller, input: { fields: [['surprise', 1]] } },
  ]),
);

export interface WrittenCall extends FuzzCall {
  readonly text: string;
  /** Whether the declaration's own schema takes it, once it was read as JSON. */
  readonly fits: boolean;
}

export function written(call: FuzzCall, world: FuzzWorld): WrittenCall {
  const text = wireText(call.input, (slot) => world.fill(call.declaration.name, call.caller, slot));
  return { ...call, text, fits: fits(call.declaration, text) };
}

function fits({ input }: AnyDeclaration, text: string): boolean {
  const read = readJson(text);
  return read !== undefined && input.safeParse(read.value ?? {}).success && isStorable(read.value);
}

function readJson(text: string): { readonly value: unknown } | undefined {
  // The door takes an empty input for none.
  if (text === '') return { value: {} };
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** PostgreSQL's text holds neither NUL nor half of a surrogate pair. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\0');
  return typeof value !== 'object' || value === null || Object.entries(value).flat().every(isStorable);
}
