/** Deeper than any input is declared; a recursion over a deeper one would end in our fault, not in the caller's. */
const DEPTH_MAX = 32;

/** Strings as whole tokens, so that braces inside of them do not count; a colon behind one makes it a key. */
const TOKENS = /"(?:[^"\\]|\\.)*"(?<colon>\s*:)?|[{}[\]]/gs;

/**
 * What is wrong with a text as input, beside its not being JSON at all: too deep, or a key twice in one object, which another reader in front of
 * us may have read otherwise. Undefined when nothing is.
 */
export function jsonProblem(text: string): string | undefined {
  const read = readJson(text);
  // Whoever parses it next says so. To look for tokens in it could take for ever: only in JSON is every string closed.
  if (read === undefined) return undefined;
  let depth = 0;
  let keys = 0;
  for (const { 0: token, groups } of text.matchAll(TOKENS)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (groups?.['colon'] !== undefined) keys += 1;
    if (depth > DEPTH_MAX) return `JSON of at most ${DEPTH_MAX} levels`;
  }
  return keys === keysIn(read.value) ? undefined : 'JSON in which no object has a key twice';
}

function readJson(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

function keysIn(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value).reduce<number>((sum, item) => sum + keysIn(item), 0);
  return Array.isArray(value) ? inside : inside + Object.keys(value).length;
}
