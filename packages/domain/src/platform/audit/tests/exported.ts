import { createHash } from 'node:crypto';
import { newId } from '@trii/kernel';
import { type TestPlatform } from '@trii/testkit';
import { localOrigin, systemActor } from '../../actor.ts';
import { exportAuditHandler } from '../export-audit.ts';
import type { FileLine } from '../verify-audit.ts';

type Scope = ReturnType<typeof exportAuditHandler>['declaration']['example'];

/** An export as the lines of its file. */
export async function exported(platform: TestPlatform, scope: Scope): Promise<Buffer[]> {
  const parts: string[] = [];
  const sink = { write: (text: string) => Promise.resolve(void parts.push(text)) };
  await platform.executor.run(exportAuditHandler(sink), { actor: systemActor('test'), input: scope, origin: localOrigin(newId()) });
  return linesOf(Buffer.from(parts.join('')));
}

/** Each with its line feed, as far as there is one. */
function linesOf(file: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; start < file.length;) {
    const end = file.indexOf(10, start);
    lines.push(file.subarray(start, end === -1 ? file.length : end + 1));
    start = end === -1 ? file.length : end + 1;
  }
  return lines;
}

export async function* readLines(lines: readonly Buffer[]): AsyncGenerator<FileLine> {
  for (const line of linesOf(Buffer.concat(lines))) {
    const isWhole = line.at(-1) === 10;
    yield { bytes: isWhole ? line.subarray(0, -1) : line, isWhole };
  }
}

/** The lines with an end that fits them: what somebody would write who alters a file and knows how it is made. */
export function withEnd(lines: readonly Buffer[]): Buffer[] {
  const body = lines.filter((line) => !line.toString().startsWith('{"end"'));
  const having = (kind: string): number => body.filter((line) => line.toString().startsWith(`{"${kind}"`)).length;
  const end = {
    blocks: having('block'),
    rows: having('row'),
    waiting: having('waiting'),
    digest: createHash('sha256').update(Buffer.concat(body)).digest('hex'),
  };
  return [...body, Buffer.from(`${JSON.stringify({ end })}\n`)];
}
