import { existsSync } from 'node:fs';
import type { KeyVault } from '@trii/domain';
import { keyRingVault, readConfig } from '@trii/infra';
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
  };
}

/**
 * The vault of this place: keys of the environment, else those of the data folder. Servers given from outside never get keys made up here: what is
 * encrypted under a key that their own processes lack, they cannot read.
 * @throws CodedError SETTINGS_MISSING
 */
export function vaultAt(folder: DataFolder, servers: ServerUrls): KeyVault {
  const fallback = givenServers() === undefined || existsSync(folder.secretsFile) ? keptSettings(folder) : {};
  try {
    const config = readConfig(['PII_MASTER_KEYS', 'PII_BLIND_INDEX_KEY'], partEnvironment({ servers, fallback, own: {} }));
    return keyRingVault({ masterKeys: config.PII_MASTER_KEYS, blindIndexKey: config.PII_BLIND_INDEX_KEY });
  } catch (error) {
    throw new CodedError('SETTINGS_MISSING', error instanceof Error ? error.message : String(error));
  }
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
