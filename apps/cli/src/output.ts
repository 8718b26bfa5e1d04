/** The only place that prints. People get lines, programs one JSON value per line. */
export interface Output {
  /** A line for people; programs do not get it. */
  say(text: string): void;
  /** Something that happens on the way. */
  event(event: Readonly<Record<string, unknown>>, text: string): void;
  /** The answer of the command. */
  result(value: unknown, lines: readonly string[]): void;
  /** A part of a document that the command writes to the standard output, as it is; done when the reader has room for more. */
  document(text: string): Promise<void>;
  /** A failure, with what to do next in the message. Goes to the standard error stream. */
  failure(code: string, message: string): void;
}

/** Values that no standard JSON has. */
const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value);

export function createOutput(json: boolean): Output {
  for (const stream of [process.stdout, process.stderr]) {
    // The reader may have gone (a closed terminal, `| head`); what is being ended in order must still end in order.
    if (stream.listenerCount('error') === 0) stream.on('error', () => undefined);
  }
  const print = (value: unknown): void => console.log(JSON.stringify(value, plain));
  return {
    say: (text) => (json ? undefined : console.log(text)),
    event: (event, text) => (json ? print(event) : console.log(text)),
    result: (value, lines) => (json ? print(value) : console.log(lines.join('\n'))),
    document: (text) => new Promise((resolve, reject) => process.stdout.write(text, (error) => (error ? reject(error) : resolve()))),
    failure: (code, message) => console.error(json ? JSON.stringify({ error: { code, message } }) : message),
  };
}

/** Columns as wide as their widest cell, two spaces apart. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}
