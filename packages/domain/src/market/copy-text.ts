/** PostgreSQL's text format of COPY: https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2 */
const COPY_NULL = '\\N';

export function copyField(text: string | null): string {
  return text ?? COPY_NULL;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** For text that is not known to be harmless. PostgreSQL's text holds no NUL, so it is left out. */
export function copyEscaped(text: string): string {
  return text.replaceAll('\0', '').replace(/[\\\n\r\t]/g, (character) => ESCAPES[character] ?? character);
}
