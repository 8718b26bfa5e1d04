import { Zip, ZipDeflate, type ZipInputFile, ZipPassThrough } from 'fflate';

export interface ArchiveFile {
  readonly name: string;
  /** What is compressed already is taken as it is. */
  readonly isPacked: boolean;
  readonly content: AsyncIterable<Uint8Array>;
}

type WritableFile = ZipInputFile & { push(chunk: Uint8Array, final?: boolean): void };

/** A ZIP archive, part by part as its files come: nothing is held but one part. */
export async function* zipOf(files: AsyncIterable<ArchiveFile>, at: Date): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let failed: Error | undefined;
  const zip = new Zip((error, part) => {
    if (error !== null) failed = error;
    else ready.push(part);
  });
  const take = (): readonly Uint8Array[] => {
    if (failed !== undefined) throw failed;
    const taken = ready;
    ready = [];
    return taken;
  };
  for await (const { name, isPacked, content } of files) {
    const file: WritableFile = isPacked ? new ZipPassThrough(name) : new ZipDeflate(name);
    file.mtime = at;
    zip.add(file);
    for await (const part of content) {
      file.push(part);
      yield* take();
    }
    file.push(new Uint8Array(), true);
    yield* take();
  }
  zip.end();
  yield* take();
}
