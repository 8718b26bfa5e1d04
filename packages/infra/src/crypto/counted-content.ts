import { Failure } from '@trii/domain';

interface Content {
  readonly bytes: () => number;
  readonly parts: AsyncIterable<Uint8Array>;
}

/** Content that says how much of it went by. @throws Failure PAYLOAD_TOO_LARGE in the middle of what is longer */
export function counted(content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, bytesMax: number): Content {
  let bytes = 0;
  async function* parts(): AsyncGenerator<Uint8Array> {
    for await (const part of content) {
      bytes += part.length;
      if (bytes > bytesMax) throw new Failure('PAYLOAD_TOO_LARGE', { bytesMax });
      yield part;
    }
  }
  return { bytes: () => bytes, parts: parts() };
}
