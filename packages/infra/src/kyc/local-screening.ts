import type { ScreenedPerson, Screening, ScreeningResult } from '@trii/domain';

/** As the platform's own checks are called in what they find. */
const PROVIDER = 'local';

/**
 * The provider of a platform that has no contract with one: what it was told must be whole, and the name on no list of its own. The same person
 * gets the same answer, always. It knows nobody, so it clears nobody's identity: that is left to who looks at the documents.
 */
export function localScreening(listedNames: readonly string[] = []): Screening {
  const listed = new Set(listedNames.map(comparable));
  return { screen: (person) => Promise.resolve([identityOf(person), sanctionsOf(person, listed)]) };
}

function identityOf(person: ScreenedPerson): ScreeningResult {
  const missing = (['firstName', 'lastName', 'birthDate', 'countryCode'] as const).filter((field) => person[field] === null);
  const findings = missing.map((field) => `MISSING_${field.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`);
  return { check: 'IDENTITY', provider: PROVIDER, outcome: findings.length === 0 ? 'CLEAR' : 'REVIEW', findings };
}

function sanctionsOf({ firstName, lastName }: ScreenedPerson, listed: ReadonlySet<string>): ScreeningResult {
  if (firstName === null || lastName === null) return { check: 'SANCTIONS', provider: PROVIDER, outcome: 'REVIEW', findings: ['NO_NAME'] };
  const isListed = listed.has(comparable(`${firstName} ${lastName}`));
  return { check: 'SANCTIONS', provider: PROVIDER, outcome: isListed ? 'MATCH' : 'CLEAR', findings: isListed ? ['NAME_LISTED'] : [] };
}

/** Without accents, case, punctuation and order: lists and passports write one name in many ways. */
const comparable = (name: string): string =>
  name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
    .toSorted()
    .join(' ');
