const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
const STEPS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** A part of a whole as a bar, exact to an eighth of a character; what is more than nothing shows. */
export function bar(part: number, whole: number, width: number): string {
  if (!(part > 0) || !(whole > 0)) return '';
  const eighths = Math.max(1, Math.round(Math.min(1, part / whole) * width * 8));
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** Values one after the other between the lowest and the highest of them; a flat line where they are all the same. */
export function sparkline(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  return values.map((value) => STEPS[high === low ? 0 : Math.round(((value - low) / (high - low)) * (STEPS.length - 1))] ?? '').join('');
}
