import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { Failure, type DataKey, type KeyVault, type WrappedKey } from '@trii/domain';
import { CodedError, newId } from '@trii/kernel';

export interface MasterKey {
  readonly id: string;
  /** 256 bits. */
  readonly key: Uint8Array;
}

/** The first of the ring wraps; all of it opens. */
export interface KeyRing {
  readonly masterKeys: readonly MasterKey[];
  /** base64url. */
  readonly blindIndexKey: string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Master keys in this process's memory, out of its configuration. A data key rests as nonce, AES-256-GCM ciphertext and tag, bound to its
 * person and its own id: put into another person's row it does not open.
 */
export function keyRingVault({ masterKeys, blindIndexKey }: KeyRing): KeyVault {
  const [current] = masterKeys;
  if (current === undefined) throw new CodedError('MASTER_KEY_MISSING', 'The ring of master keys is empty; set PII_MASTER_KEYS.');
  return {
    currentMasterKeyId: () => Promise.resolve(current.id),
    blindIndexKey: () => Promise.resolve(blindIndexKey),
    issue: (userId) => Promise.resolve({ userId, keyId: newId(), key: randomBytes(KEY_BYTES) }),
    wrap: (dataKey) => Promise.resolve(wrap(current, dataKey)),
    async unwrap(userId, wrapped) {
      const master = masterKeys.find(({ id }) => id === wrapped.masterKeyId);
      if (master === undefined) {
        const cause = new CodedError(
          'MASTER_KEY_MISSING',
          `The ring lacks the master key "${wrapped.masterKeyId}"; add it to PII_MASTER_KEYS.`,
        );
        throw new Failure('KEY_UNAVAILABLE', {}, cause);
      }
      return unwrap(master, userId, wrapped);
    },
  };
}

function wrap(master: MasterKey, { userId, keyId, key }: DataKey): WrappedKey {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', master.key, nonce).setAAD(boundTo(userId, keyId));
  const wrappedKey = Buffer.concat([nonce, cipher.update(key), cipher.final(), cipher.getAuthTag()]);
  return { keyId, wrappedKey, masterKeyId: master.id };
}

function unwrap(master: MasterKey, userId: string, { keyId, wrappedKey }: WrappedKey): DataKey {
  try {
    const nonce = wrappedKey.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', master.key, nonce, { authTagLength: TAG_BYTES });
    decipher.setAAD(boundTo(userId, keyId)).setAuthTag(wrappedKey.subarray(-TAG_BYTES));
    const key = Buffer.concat([decipher.update(wrappedKey.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
    return { userId, keyId, key };
  } catch {
    // The cipher's own words tell nothing more, and must not tell less.
    const cause = new CodedError(
      'KEY_NOT_OPENED',
      `The master key "${master.id}" does not open the key ${keyId}: another key under that id, or an altered row.`,
    );
    throw new Failure('KEY_UNAVAILABLE', {}, cause);
  }
}

const boundTo = (userId: string, keyId: string): Buffer => Buffer.from(`trii person key 1\0${userId}\0${keyId}`);
