import * as analytics from '../analytics/index.ts';
import * as cash from '../portfolio/cash.ts';
import { contract, systemOperations } from '../contract.ts';
import type { AnyDeclaration } from '../declaration.ts';
import { errorCodes, type ErrorCode } from '../errors.ts';
import type { EventDeclaration } from '../event.ts';
import * as identity from '../identity/index.ts';
import * as market from '../market/index.ts';
import * as platform from '../platform/index.ts';
import * as portfolio from '../portfolio/index.ts';
import * as trading from '../trading/index.ts';

type Areas = Readonly<Record<string, Readonly<Record<string, AnyDeclaration>>>>;
const listed = (areas: Areas): readonly AnyDeclaration[] => Object.values(areas).flatMap((area) => Object.values(area));

/** What a caller can reach, in the order of the contract. */
export const callerOperations: readonly AnyDeclaration[] = listed(contract);

/** What only schedules, jobs and the command line run. */
export const ownOperations: readonly AnyDeclaration[] = listed(systemOperations);

/** Everything that can happen, by name: the order of a module's exports is not the same under every loader. */
export const events: readonly EventDeclaration[] = [analytics, cash, identity, market, platform, portfolio, trading]
  .flatMap((area) => Object.values(area).filter(isEvent))
  .toSorted((a, b) => (a.name < b.name ? -1 : 1));

function isEvent(exported: unknown): exported is EventDeclaration {
  return typeof exported === 'object' && exported !== null && 'aggregateType' in exported && 'payload' in exported;
}

/** Codes that a call can end with though its declaration does not name them: they come from the door and the executor. */
export function commonErrors({ access, kind, replay, stepUp, beforeSecondFactor }: AnyDeclaration): ErrorCode[] {
  return [
    'INVALID_INPUT',
    ...(access.to === 'public' ? [] : (['UNAUTHENTICATED', 'FORBIDDEN'] as const)),
    ...(access.to === 'investor' && access.scope === 'trade' ? (['INVESTOR_SUSPENDED', 'KYC_REQUIRED'] as const) : []),
    ...(access.to === 'public' || beforeSecondFactor === true ? [] : (['SECOND_FACTOR_SETUP_REQUIRED'] as const)),
    ...(stepUp === true ? (['STEP_UP_REQUIRED'] as const) : []),
    ...(kind === 'command' ? (['PAYLOAD_TOO_LARGE', 'REQUEST_TIMEOUT', 'CONFLICT_RETRY'] as const) : []),
    ...(kind === 'command' && replay === 'stored' ? (['IDEMPOTENCY_KEY_REUSED'] as const) : []),
    'RATE_LIMITED',
    'UNAVAILABLE',
    'INTERNAL',
  ];
}

/** All codes a call can end with, each once, by HTTP status. */
export function errorsByStatus(declaration: AnyDeclaration): ReadonlyMap<number, readonly ErrorCode[]> {
  const codes = [...new Set([...declaration.errors, ...commonErrors(declaration)])];
  return Map.groupBy(
    codes.toSorted((a, b) => errorCodes[a].status - errorCodes[b].status),
    (code) => errorCodes[code].status,
  );
}
