import { type AnyDeclaration, contract } from '@trii/contract';

interface Operation {
  readonly area: string;
  readonly verb: string;
  readonly declaration: AnyDeclaration;
}

const operations: readonly Operation[] = Object.entries(contract).flatMap(([area, declarations]) =>
  Object.entries(declarations as Record<string, AnyDeclaration>).map(([verb, declaration]) => ({ area, verb, declaration })),
);

const procedures = { query: 'TRPCQueryProcedure', command: 'TRPCMutationProcedure', feed: 'TRPCSubscriptionProcedure' } as const;

/** A constant of an emitted declaration file, up to the next. */
const constant = /^export declare const (?<name>\w+): (?<type>[\s\S]*?);$(?=\nexport|\n*(?![\s\S]))/gm;

/**
 * A module whose declaration file holds every type written out: the compiler prints a constant's inferred type in full where no exported name
 * stands for it.
 */
export function moduleToWriteOut(): string {
  const types = operations.flatMap(({ area, verb }, index) => [
    `export const input${index} = type<inferRouterInputs<AppRouter>['${area}']['${verb}']>();`,
    `export const output${index} = type<inferRouterOutputs<AppRouter>['${area}']['${verb}']>();`,
  ]);
  return `import type { AppRouter, ErrorCode, ErrorShape } from '@trii/contract';
import type { inferRouterInputs, inferRouterOutputs } from '@trpc/server';
const type = <T>(): T => undefined as T;
export const errorCode = type<ErrorCode>();
export const errorShape = type<{ [K in keyof ErrorShape]: ErrorShape[K] }>();
${types.join('\n')}
`;
}

/** `app-router.d.ts` out of what the compiler wrote: every operation's type without the contract, its schemas or their library. */
export function routerTypes(writtenOut: string): string {
  const types = new Map([...writtenOut.matchAll(constant)].map(({ groups }) => [groups?.['name'] ?? '', groups?.['type'] ?? '']));
  const typeOf = (name: string): string => {
    const type = types.get(name);
    if (type === undefined) throw new Error(`the compiler wrote no type for ${name}`);
    return type;
  };
  const areas = Object.keys(contract).map((area) => {
    const members = operations.map((operation, index) => (operation.area === area ? member(operation, index, typeOf) : ''));
    return `    ${area}: {\n${members.join('')}    };`;
  });
  const used = new Set(operations.map(({ declaration }) => procedureOf(declaration)));
  return `import type { ${['TRPCBuiltRouter', ...used].sort().join(', ')} } from '@trpc/server';

/** Every reason the platform gives for refusing a call. */
export type ErrorCode =${typeOf('errorCode').replaceAll(/(?:^| \| )(?=")/g, '\n    | ')};

/** What a failed call carries: \`TRPCClientError<AppRouter>\` has it as \`shape\` and \`data\`. */
type ErrorShape = ${typeOf('errorShape').replaceAll('import("@trii/contract").string', 'ErrorCode')};

type Procedures = {
${areas.join('\n')}
};

/** The type the stock client is created with: \`createTRPCClient<AppRouter>()\`. */
export type AppRouter = TRPCBuiltRouter<{ ctx: object; meta: object; errorShape: ErrorShape; transformer: false }, Procedures>;
`;
}

function member({ verb, declaration }: Operation, index: number, typeOf: (name: string) => string): string {
  const errors = declaration.errors.map((code) => `\`${code}\``).join(', ');
  const about = [declaration.summary, ...(errors === '' ? [] : ['', `Refused with ${errors}.`])].map((line) => ` * ${line}`.trimEnd());
  const text = `/**
${about.join('\n')}
 */
${verb}: ${procedureOf(declaration)}<{
    input: ${indented(typeOf(`input${index}`), 1)};
    output: ${indented(typeOf(`output${index}`), 1)};
    meta: unknown;
}>;`;
  return `        ${indented(text, 2)}\n`;
}

/** All lines but the first moved to the right. */
const indented = (text: string, by: number): string => text.replaceAll('\n', `\n${'    '.repeat(by)}`);

function procedureOf({ kind, name }: AnyDeclaration): string {
  if (kind === 'batch') throw new Error(`${name} is a batch: it has no place in the contract that clients call`);
  return procedures[kind];
}
