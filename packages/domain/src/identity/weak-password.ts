import { Failure, type PasswordHasher } from '../platform/index.ts';

interface Chosen {
  /** Name of the input's field. */
  readonly path: string;
  readonly password: string;
  /** What an attacker who knows the person tries first: e-mail address, names. */
  readonly personal: readonly string[];
}

/** Words shorter than this say nothing: "Li" is in many passwords. */
const WORD_MIN = 4;
/** A date of birth or a year beside the person's words is known too; more digits are not. */
const KNOWN_DIGITS = 8;
const PLATFORM_WORDS = ['trii', 'portfolio', 'investor', 'password', 'contrasena'];

/**
 * Refuses a password that somebody would guess: what many people use, bare or with digits and signs around it, one unit over and over, a run of
 * neighbours, or the person's own words and nothing much beside them. No rule asks for kinds of letters.
 * @throws Failure INVALID_INPUT that names the field and never the password
 */
export function assertHardToGuess(passwords: Pick<PasswordHasher, 'isCommon'>, { path, password, personal }: Chosen): void {
  const plain = folded(password);
  const bare = plain.replaceAll(/^[^a-z]+|[^a-z]+$/g, '');
  const problem = [plain, bare, unitOf(plain), unitOf(bare)].some((text) => text !== '' && passwords.isCommon(text))
    ? 'a password that is not among those many people use'
    : unitOf(plain).length <= 3 || isRun(plain)
      ? 'a password that is not one pattern over and over'
      : isPersonal(plain, personal)
        ? 'a password that is not made of your e-mail address or name'
        : undefined;
  if (problem !== undefined) throw new Failure('INVALID_INPUT', { issues: [{ path, problem }] });
}

/** Case, accents and spaces make no guess harder. */
const folded = (text: string): string =>
  text
    .normalize('NFKD')
    .replaceAll(/[\p{M}\s]/gu, '')
    .toLowerCase();

/** "abcabcabc" is "abc" over and over. */
const unitOf = (text: string): string => /^(.{1,12}?)\1+$/s.exec(text)?.[1] ?? text;

/** "abcdefghijkl", "987654321098". */
function isRun(text: string): boolean {
  const codes = Array.from(text, (letter) => letter.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, index) => code - (codes[index] ?? 0));
  const neighbours = steps.filter((step) => Math.abs(step) === 1 || Math.abs(step) === 9).length;
  return neighbours > 0 && neighbours >= steps.length - 1;
}

/** Whether nothing much is left when the person's words, and the platform's, are taken out. */
function isPersonal(text: string, personal: readonly string[]): boolean {
  const words = [...personal.flatMap((word) => [folded(word), ...folded(word).split(/[^\p{L}\p{N}]+/u)]), ...PLATFORM_WORDS]
    .filter((word) => word.length >= WORD_MIN)
    .toSorted((a, b) => b.length - a.length);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text);
  if (rest === text) return false;
  return rest.replaceAll(/[^\p{L}]/gu, '').length < WORD_MIN && rest.replaceAll(/[^\p{N}]/gu, '').length <= KNOWN_DIGITS;
}
