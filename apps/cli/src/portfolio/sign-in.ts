import { createClient, platformError, type TriiClient } from '@trii/client';
import { readConfig } from '@trii/infra';
import { CodedError } from '@trii/kernel';
import { type DataFolder, openSecrets } from '@trii/stack';
import type { Command } from 'commander';
import type { CommandContext } from '../command.ts';
import { demoInvestors } from '../demo/demo-plan.ts';
import { findPlace } from '../platform/place.ts';

interface SignIn {
  readonly email: string;
  /** Left out, TRII_PASSWORD counts, then the demo's own password for a demo investor. */
  readonly password: string | undefined;
  readonly code: string | undefined;
}

/**
 * A client that acts as that investor.
 * @throws CodedError PASSWORD_MISSING, SIGN_IN_FAILED, API_UNREACHABLE
 */
async function signIn(apiUrl: string, folder: DataFolder, { email, password, code }: SignIn): Promise<TriiClient> {
  const isDemo = demoInvestors.some((investor) => investor.email === email);
  const secret = password ?? (isDemo ? openSecrets(folder).demo_password : undefined);
  if (secret === undefined) throw new CodedError('PASSWORD_MISSING', `Give the password of ${email} in TRII_PASSWORD.`);
  try {
    const { token } = await createClient({ url: apiUrl }).identity.signIn.mutate({
      email,
      password: secret,
      deviceInfo: 'trii',
      ...(code === undefined ? {} : { code }),
    });
    return createClient({ url: apiUrl, token });
  } catch (error) {
    throw asCodedError(error, apiUrl);
  }
}

/** What the platform said, or that it could not be reached. */
function asCodedError(error: unknown, apiUrl: string): unknown {
  const said = platformError(error);
  if (said !== undefined) return new CodedError(said.code, `${said.message} (request ${said.requestId})`, { details: said.details });
  if (error instanceof Error && error.name === 'TRPCClientError') {
    return new CodedError(
      'API_UNREACHABLE',
      `The api at ${apiUrl} does not answer: ${error.message}. Start it with "npm start"; "trii status" shows its state.`,
    );
  }
  return error;
}

/** The option that says as whom a command acts, for `actAs`. */
export const asInvestor = (command: Command, who: 'who looks' | 'who acts' | 'whose keys' = 'who looks'): Command =>
  command.option(
    '--as <email>',
    `${who}; the password comes from TRII_PASSWORD, for the demo from the data folder`,
    demoInvestors[0]?.email,
  );

/** Signs in, does that, and signs out again. The password comes from TRII_PASSWORD, for the demo from the data folder. */
export async function actAs<T>(email: string, { folder }: CommandContext, act: (client: TriiClient) => Promise<T>): Promise<T> {
  const { apiUrl } = findPlace(folder);
  const { TRII_PASSWORD: password, TRII_CODE: code } = readConfig(['TRII_PASSWORD', 'TRII_CODE']);
  const client = await signIn(apiUrl, folder, { email, password, code });
  try {
    return await act(client);
  } catch (error) {
    throw asCodedError(error, apiUrl);
  } finally {
    await client.identity.signOut.mutate({});
  }
}
