import type { Access, AnyDeclaration } from '../declaration.ts';

export function whoMayCall({
  access,
  stepUp,
  beforeSecondFactor,
}: Pick<AnyDeclaration, 'access' | 'stepUp' | 'beforeSecondFactor'>): string {
  const fresh = stepUp === true ? ', signed in or confirmed by password within the last minutes' : '';
  return `${whoMayAsk(access)}${fresh}${beforeSecondFactor === true ? '; also before they have the second factor that they must have' : ''}`;
}

function whoMayAsk(access: Access): string {
  switch (access.to) {
    case 'public':
      return 'anyone';
    case 'investor':
      return `an investor, for what is their own, with a session that may \`${access.scope}\``;
    case 'operator':
      return `an operator: a session that may \`${access.scope}\``;
    case 'system':
      return 'schedules, jobs and the command line; not reachable over HTTP';
  }
}

export function auditOf({ kind, audit, pii }: AnyDeclaration): string {
  if (audit === undefined) return pii ? 'one row: the operation reads personal data' : 'none';
  const entity = audit.idField === undefined ? '' : ` of \`${audit.idField}\``;
  const rows = { query: 'a row', command: 'one row', batch: 'a row for each chunk', feed: 'a row' }[kind];
  return `${rows}: \`${audit.action}\` of \`${audit.entityType}\`${entity}`;
}

export function repeatOf({ kind, replay, access }: AnyDeclaration): string {
  switch (kind) {
    case 'query':
      return 'reads again';
    case 'feed':
      return 'goes on after `lastEventId`';
    case 'batch':
      return 'safe to run twice: goes on where it stopped';
    case 'command':
      if (replay === 'none') return 'runs again: the answer is stored nowhere';
      return access.to === 'public' ? 'runs again' : 'under the same `Idempotency-Key`, for 24 hours: gives the first answer again';
  }
}

/** The way to an operation over HTTP; undefined for what has no door there. */
export function httpOf({ kind, name, access }: AnyDeclaration): string | undefined {
  if (access.to === 'system' || kind === 'batch') return undefined;
  if (kind === 'command') return `POST /trpc/${name}`;
  return `GET /trpc/${name}?input=…${kind === 'feed' ? ' (server-sent events)' : ''}`;
}
