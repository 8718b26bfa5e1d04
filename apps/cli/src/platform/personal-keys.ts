import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BlobStore, KeyVault } from '@trii/domain';
import { blobSettings, configuredBlobs, keyRingVault, readConfig } from '@trii/infra';
import { CodedError } from '@trii/kernel';
import { type DataFolder, givenServers, openSecrets, partEnvironment, type ServerUrls } from '@trii/stack';

/** Settings that the data folder holds for a part whose environment does not give them. */
export function keptSettings(folder: DataFolder): Record<string, string> {
  const secrets = openSecrets(folder);
  return {
    PASSWORD_PEPPER: secrets.password_pepper,
    AUDIT_SIGNING_KEY: secrets.audit_signing_key,
    PII_MASTER_KEYS: secrets.pii_master_keys,
    PII_BLIND_INDEX_KEY: secrets.pii_blind_index_key,
    BLOB_FOLDER: join(folder.dir, 'blobs'),
  };
}

/**
 * The vault of this place: keys of the environment, else those of the data folder. Servers given from outside never get keys made up here: what is
 * encrypted under a key that their own processes lack, they cannot read.
 * @throws CodedError SETTINGS_MISSING
 */
function vaultAt(folder: DataFolder, servers: ServerUrls): KeyVault {
  const fallback = givenServers() === undefined || existsSync(folder.secretsFile) ? keptSettings(folder) : {};
  try {
    const config = readConfig(['PII_MASTER_KEYS', 'PII_BLIND_INDEX_KEY'], partEnvironment({ servers, fallback, own: {} }));
    return keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY });
  } catch (error) {
    throw new CodedError('SETTINGS_MISSING', error instanceof Error ? error.message : String(error));
  }
}

/** The same with the place of documents: the bucket or folder of the environment, else that of the data folder. Servers given from outside have their own, or none. */
export function personalPortsAt(folder: DataFolder, servers: ServerUrls): { readonly vault: KeyVault; readonly blobs: BlobStore } {
  const fallback = givenServers() === undefined || existsSync(folder.secretsFile) ? keptSettings(folder) : {};
  const place = readConfig(blobSettings, partEnvironment({ servers, fallback, own: {} }));
  return { vault: vaultAt(folder, servers), blobs: configuredBlobs(place) };
}

/** For commands that open nobody's data. */
export const closedVault: KeyVault = {
  currentMasterKeyId: closed,
  issue: closed,
  wrap: closed,
  unwrap: closed,
  blindIndexKey: closed,
};

function closed(): never {
  throw new Error('this command opens nobody’s data');
}
