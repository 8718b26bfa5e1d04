const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Bytes as people read them, by 1,024 as PostgreSQL counts: 1536 is "1.5 kB". */
export function byteSize(bytes: number): string {
  let [value, unit] = [Math.abs(bytes), 0];
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${bytes < 0 ? '-' : ''}${unit === 0 ? String(value) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

export const grouped = (count: number): string => count.toLocaleString('en-US');

/** Milliseconds with three digits that matter. */
export const milliseconds = (ms: number): string => `${ms >= 100 ? grouped(Math.round(ms)) : ms.toPrecision(3)} ms`;

/** A table as the screen shows it: some of its columns are figures, and stand flush right under their heads. */
export function rightAligned(rows: readonly (readonly string[])[], columns: readonly number[]): string[][] {
  const widths = columns.map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row.map((cell, column) => {
      const index = columns.indexOf(column);
      return index === -1 ? cell : cell.padStart(widths[index] ?? 0);
    }),
  );
}
