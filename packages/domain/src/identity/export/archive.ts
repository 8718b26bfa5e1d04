import { createHash } from 'node:crypto';
import { canonicalJson } from '@trii/kernel';
import { type BlobStore, type DataKey, Failure, type Sql } from '../../platform/index.ts';
import { findDocuments, shownDocument, type StoredDocument } from '../kyc/kyc-file.ts';
import { exportedTables, leftOut } from './exported-tables.ts';
import { readmeText } from './readme-text.ts';
import { prepareReads, readRows } from './read-rows.ts';
import { type ArchiveFile, zipOf } from './zip.ts';

export interface ArchiveParts {
  /** Of one snapshot, as the person, with their key. */
  readonly sql: Sql;
  readonly blobs: Pick<BlobStore, 'get'>;
  readonly owner: DataKey;
  readonly at: Date;
  /** Of what goes in, before it is packed. @throws Failure EXPORT_TOO_LARGE for more */
  readonly bytesMax: number;
}

export interface FileEntry {
  readonly name: string;
  /** Lines of JSON, where there are such. */
  readonly rows: number | null;
  readonly bytes: number;
  readonly sha256: string;
}

interface OpenFile {
  rows: number | null;
  bytes: number;
}

const EXTENSIONS: Readonly<Record<StoredDocument['contentType'], string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'application/pdf': 'pdf',
};

const fileNameOf = ({ documentId, kind, contentType }: StoredDocument): string =>
  `documents/${kind.toLowerCase()}-${documentId}.${EXTENSIONS[contentType]}`;

export interface Archive {
  readonly content: AsyncIterable<Uint8Array>;
  /** Of the files that have gone out; the last is the manifest itself. */
  readonly entries: readonly FileEntry[];
}

/**
 * Everything about one person as a ZIP archive: a file of JSON Lines for each table, the documents as they were handed in, and a manifest with
 * rows, bytes and SHA-256 of each file. Decimals are text. Nothing is held but some hundred rows, or one document.
 */
export function archiveOf(parts: ArchiveParts): Archive {
  const entries: FileEntry[] = [];
  return { content: zipOf(filesOf(parts, entries), parts.at), entries };
}

async function* filesOf(parts: ArchiveParts, entries: FileEntry[]): AsyncGenerator<ArchiveFile> {
  const bound = { bytes: 0, bytesMax: parts.bytesMax };
  const file = (name: string, content: AsyncIterable<Content>, isPacked = false): ArchiveFile => ({
    name,
    isPacked,
    content: counted({ name, content, entries, bound }),
  });
  yield file('README.txt', once(readmeText));
  const exact = await prepareReads(parts.sql, Object.keys(exportedTables));
  for (const [name, table] of Object.entries(exportedTables))
    yield file(`${name}.jsonl`, lines(readRows(parts.sql, { name, table, exact })));
  const documents = (await findDocuments(parts.sql, parts.owner.userId))?.documents ?? [];
  yield file(
    'documents.jsonl',
    lines(once(documents.map((document) => JSON.stringify({ ...shownDocument(document), file: fileNameOf(document) })))),
  );
  const missing: string[] = [];
  for (const document of documents) {
    const content = await parts.blobs.get(parts.owner, document.blobId);
    if (content === undefined) missing.push(document.documentId);
    else yield file(fileNameOf(document), once(content), true);
  }
  yield file('manifest.json', once(`${canonicalJson(manifestOf(parts, { entries, missing }))}\n`));
}

function manifestOf(
  { owner, at }: ArchiveParts,
  { entries, missing }: { readonly entries: readonly FileEntry[]; readonly missing: readonly string[] },
) {
  const withheld = Object.entries(exportedTables).flatMap(([table, columns]) =>
    Object.entries(columns.withheld ?? {}).map(([column, why]) => ({ column: `${table}.${column}`, why })),
  );
  return {
    format: 'trii-person-export-1',
    userId: owner.userId,
    madeAt: at.toISOString(),
    files: [...entries],
    documentsMissing: missing,
    leftOut: { tables: leftOut, columns: withheld },
  };
}

/** Bytes, a text, or the lines of a text. */
type Content = Uint8Array | string | readonly string[];

async function* once<T>(value: T): AsyncGenerator<T> {
  yield value;
}

async function* lines(pages: AsyncIterable<readonly string[]>): AsyncGenerator<readonly string[]> {
  yield [];
  yield* pages;
}

interface Counting {
  readonly name: string;
  readonly content: AsyncIterable<Content>;
  readonly entries: FileEntry[];
  readonly bound: { bytes: number; readonly bytesMax: number };
}

/** Turns content into bytes, and enters the file when all of it has gone by. */
async function* counted({ name, content, entries, bound }: Counting): AsyncGenerator<Uint8Array> {
  const digest = createHash('sha256');
  const file: OpenFile = { rows: null, bytes: 0 };
  for await (const part of content) {
    const bytes = bytesOf(part, file);
    file.bytes += bytes.length;
    bound.bytes += bytes.length;
    if (bound.bytes > bound.bytesMax) throw new Failure('EXPORT_TOO_LARGE', { bytesMax: bound.bytesMax });
    digest.update(bytes);
    yield bytes;
  }
  entries.push({ name, ...file, sha256: digest.digest('hex') });
}

function bytesOf(part: Content, file: OpenFile): Uint8Array {
  if (typeof part === 'string') return Buffer.from(part);
  if (part instanceof Uint8Array) return part;
  file.rows = (file.rows ?? 0) + part.length;
  return Buffer.from(part.map((line) => `${line}\n`).join(''));
}
