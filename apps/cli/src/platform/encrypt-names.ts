import { systemHandlers } from '@trii/domain';
import { newId } from '@trii/kernel';
import type { DataFolder, ServerUrls } from '@trii/stack';
import { openOperatorDesk } from './operator-desk.ts';
import { personalPortsAt } from './personal-keys.ts';

export interface NamesToEncrypt {
  readonly servers: ServerUrls;
  readonly folder: DataFolder;
  readonly signal?: AbortSignal;
  readonly say: (text: string) => void;
}

/** What a migration leaves to do in a database with people: it has no key, and should not wait. Interrupted, the next run or the workers go on. */
export async function encryptNames({ servers, folder, signal, say }: NamesToEncrypt): Promise<void> {
  const { namesDue, keyStatus, encryptNames: encrypt } = systemHandlers.identity;
  await using desk = await openOperatorDesk(servers, say);
  const { due } = await desk.executor.run(namesDue, desk.call({}));
  // Made-up investors come without names, so nothing is due for them, and they get their keys here.
  const { withoutKey } = await desk.executor.run(keyStatus, desk.call({}));
  if (!due && withoutKey === 0) return;
  await using keyed = await openOperatorDesk(servers, say, personalPortsAt(folder, servers));
  const { people } = await keyed.executor.batch(encrypt, { ...keyed.call({ runId: newId() }), signal });
  say(`${people} people got a key of their own, and what names they had are encrypted`);
}
