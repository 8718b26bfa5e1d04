import { createClient, platformError, type TriiClient } from '@trii/client';
import { CodedError } from '@trii/kernel';
import { type DataFolder, openSecrets } from '@trii/stack';
import { demoInvestors } from '../demo/demo-plan.ts';

export interface SignIn {
  readonly email: string;
  /** Left out, TRII_PASSWORD counts, then the demo's own password for a demo investor. */
  readonly password: string | undefined;
}

/**
 * A client that acts as that investor.
 * @throws CodedError PASSWORD_MISSING, SIGN_IN_FAILED, API_UNREACHABLE
 */
export async function signIn(apiUrl: string, folder: DataFolder, { email, password }: SignIn): Promise<TriiClient> {
  const isDemo = demoInvestors.some((investor) => investor.email === email);
  const secret = password ?? (isDemo ? openSecrets(folder).demo_password : undefined);
  if (secret === undefined) throw new CodedError('PASSWORD_MISSING', `Give the password of ${email} in TRII_PASSWORD.`);
  try {
    const { token } = await createClient({ url: apiUrl }).identity.signIn.mutate({ email, password: secret, deviceInfo: 'trii' });
    return createClient({ url: apiUrl, token });
  } catch (error) {
    throw asCodedError(error, apiUrl);
  }
}

/** What the platform said, or that it could not be reached. */
export function asCodedError(error: unknown, apiUrl: string): unknown {
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
