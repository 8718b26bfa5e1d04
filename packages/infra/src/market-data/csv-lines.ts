import { CodedError } from '@trii/kernel';

/** One line of a text file; `whole` is false where only the head of an overlong one is kept. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  readonly whole: boolean;
}

/** Characters of a line: hundred times a bar. What is longer is no record, and must not fill memory. */
export const LINE_LENGTH_MAX = 16_384;
/** What is kept of an overlong line, for the report. */
const HEAD_LENGTH = 1_000;

/**
 * Cuts a stream of UTF-8 into lines, a batch for each piece that arrives. LF or CRLF; a byte order mark is dropped. Invalid bytes
 * become U+FFFD, which no rule accepts.
 * @throws CodedError FILE_NOT_TEXT for UTF-16 and compressed files
 */
export async function* lineBatches(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Line[], void, void> {
  const decoder = new TextDecoder('utf-8');
  const cutter = lineCutter();
  let first = true;
  for await (const piece of bytes) {
    if (first) assertText(piece);
    first = false;
    const lines = cutter.cut(decoder.decode(piece, { stream: true }));
    if (lines.length > 0) yield lines;
  }
  const last = cutter.end(decoder.decode());
  if (last.length > 0) yield last;
}

function assertText(piece: Uint8Array): void {
  const [a, b] = piece;
  const utf16 = (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff);
  const packed = (a === 0x1f && b === 0x8b) || (a === 0x50 && b === 0x4b);
  if (!utf16 && !packed) return;
  const remedy = utf16
    ? 'it is UTF-16: convert it, e.g. with iconv -f UTF-16 -t UTF-8'
    : 'it is compressed: unpack it first, e.g. gunzip -c FILE | trii import bars -';
  throw new CodedError('FILE_NOT_TEXT', `the file is no UTF-8 text; ${remedy}`);
}

interface LineCutter {
  cut(text: string): Line[];
  /** The last line, if the file does not end with a line break. */
  end(text: string): Line[];
}

function lineCutter(): LineCutter {
  let rest = '';
  let number = 0;
  /** Within an overlong line whose head was already given. */
  let skipping = false;

  const push = (lines: Line[], text: string): void => {
    if (skipping) {
      skipping = false;
      return;
    }
    number += 1;
    const whole = text.length <= LINE_LENGTH_MAX;
    lines.push({ number, text: whole ? withoutReturn(text) : text.slice(0, HEAD_LENGTH), whole });
  };

  const cut = (text: string): Line[] => {
    const lines: Line[] = [];
    const all = rest + text;
    let start = 0;
    for (let end = all.indexOf('\n'); end >= 0; end = all.indexOf('\n', start)) {
      push(lines, all.slice(start, end));
      start = end + 1;
    }
    rest = all.slice(start);
    if (rest.length > LINE_LENGTH_MAX) {
      push(lines, rest);
      skipping = true;
      rest = '';
    }
    return lines;
  };

  return {
    cut,
    end(text) {
      const lines = cut(text);
      if (rest !== '') push(lines, rest);
      return lines;
    },
  };
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}
