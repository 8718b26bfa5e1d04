import { createReadStream } from 'node:fs';
import type { FileLine } from '@trii/domain';
import { CodedError } from '@trii/kernel';

/** Far above the longest line of a real export: a bound on what a made-up file can make us hold. */
const LINE_BYTES_MAX = 64 * 1024 * 1024;
const LINE_FEED = 10;

/** A file line by line, as bytes: what verifies a file must not repair it. `-` is the standard input. */
export async function* auditLines(path: string): AsyncGenerator<FileLine> {
  const stream: AsyncIterable<Buffer> = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1024 * 1024 });
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of stream) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED, start); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      yield { bytes: Buffer.concat([...held, chunk.subarray(start, end)]), isWhole: true };
      [held, heldBytes, start] = [[], 0, end + 1];
    }
    held.push(chunk.subarray(start));
    heldBytes += chunk.length - start;
    if (heldBytes > LINE_BYTES_MAX)
      throw new CodedError('NO_EXPORT', `${path} is no export: it has a line of over ${LINE_BYTES_MAX} bytes.`);
  }
  if (heldBytes > 0) yield { bytes: Buffer.concat(held), isWhole: false };
}
