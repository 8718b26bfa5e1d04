import { once } from 'node:events';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { finished } from 'node:stream/promises';

/** Writes the parts as they come, into a file that has its name only once it is whole. */
export async function writeDocument(path: string, parts: AsyncIterable<string | Uint8Array>): Promise<void> {
  const unfinished = `${path}.${process.pid}.tmp`;
  const stream = createWriteStream(unfinished, { mode: 0o600 });
  const done = finished(stream);
  // Awaited below; until then a full disk must not end the process.
  done.catch(() => undefined);
  try {
    for await (const part of parts) if (!stream.write(part)) await Promise.race([once(stream, 'drain'), done]);
    stream.end();
    await done;
    renameSync(unfinished, path);
  } catch (error) {
    stream.destroy();
    rmSync(unfinished, { force: true });
    throw error;
  }
}
