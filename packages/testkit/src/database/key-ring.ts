import { keyRingVault, readConfig } from '@trii/infra';
import type { KeyVault } from '@trii/domain';

/** Keys that guard nothing: what a test's own processes are given, and what its builders wrap with. */
export const personalKeyVariables = {
  PII_MASTER_KEYS: `t1:${Buffer.alloc(32, 'test master key ').toString('base64url')}`,
  PII_BLIND_INDEX_KEY: Buffer.alloc(32, 'test blind index ').toString('base64url'),
} as const;

/** The same as a process has them after reading its environment. */
export const personalKeys = readConfig(['PII_MASTER_KEYS', 'PII_BLIND_INDEX_KEY'], personalKeyVariables);

/** A ring by the ids of its keys, the current one first. `t1` is what every builder wraps with. */
export const ringOf = (...ids: readonly string[]): KeyVault =>
  keyRingVault({
    masterKeys: ids.map((id) => personalKeys.PII_MASTER_KEYS.find((key) => key.id === id) ?? { id, key: Buffer.alloc(32, id) }),
    blindIndexKey: personalKeys.PII_BLIND_INDEX_KEY,
  });

export const testVault = (): KeyVault => ringOf('t1');
