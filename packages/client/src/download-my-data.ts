import type { TriiClient } from './index.ts';

/**
 * Everything the platform holds about whoever is signed in, as one ZIP archive, part by part: in a browser
 * `new Blob(await Array.fromAsync(downloadMyData(client)), { type: 'application/zip' })`. Whoever signed in a while ago is refused with
 * `STEP_UP_REQUIRED`, and asked to confirm the password first.
 */
export async function* downloadMyData(client: TriiClient): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { exportId, parts } = await client.identity.exportMyData.mutate({});
  for (let part = 0; part < parts; part += 1) yield bytesOf((await client.identity.readExportPart.mutate({ exportId, part })).content);
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) bytes[at] = text.charCodeAt(at);
  return bytes;
}
