/**
 * The same text with memory of its own. Text cut out of a block of a file holds on to the whole block, so what is remembered
 * beyond its line (a symbol, a date) must be copied out.
 */
export function ownCopy(text: string): string {
  return String.fromCharCode(...Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)));
}
