import type { AnyDeclaration } from '@trii/contract';

export interface OperationCall {
  readonly declaration: AnyDeclaration;
  /** The input as it goes over the wire. */
  readonly text: string;
  readonly token: string | undefined;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
  /** Of the error table; undefined when the call was done. */
  readonly code: string | undefined;
}

/** Of a feed only the beginning is read. */
const FIRST_FRAMES_BYTES = 2_000;

/** Calls an operation as its declaration says, over HTTP. A feed answers its first frame. */
export async function callOperation(apiUrl: string, { declaration, text, token }: OperationCall): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const url = `${apiUrl}/trpc/${declaration.name}`;
  if (declaration.kind === 'command')
    return answerOf(await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body: text }));
  const response = await fetch(`${url}?input=${encodeURIComponent(text.toWellFormed())}`, { headers });
  return declaration.kind === 'feed' && response.body !== null
    ? told(response.status, await beginningOf(response.body))
    : answerOf(response);
}

const answerOf = async (response: Response): Promise<Answer> => told(response.status, await response.text());

function told(status: number, text: string): Answer {
  return { status, text, code: /"error":"(?<code>[A-Z_]+)"/.exec(text)?.groups?.['code'] };
}

async function beginningOf(body: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  // A frame follows the greeting at once: the snapshot, or what is wrong.
  for await (const bytes of body) {
    text += decoder.decode(bytes, { stream: true });
    if (/^event: (?!connected)|^id: /m.test(text) || text.length > FIRST_FRAMES_BYTES) break;
  }
  return text;
}
