import { bcryptHasher, readConfig } from '@trii/infra';
import { CodedError } from '@trii/kernel';
import { type DataFolder, givenServers, openSecrets, partEnvironment } from '@trii/stack';
import type { CommandContext } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { findAdminUrl, findPlace, type Place } from '../platform/place.ts';
import { scaleLines } from './scale-page.ts';
import { scaleProgress } from './scale-progress.ts';

/** As packages/bench has it, which is loaded only when asked for. */
export const PORTFOLIOS_MAX = 100_000;

/** Made-up investors, as many as asked for. Ctrl-C ends it between two chunks; the next run goes on. */
export async function loadScale(portfolios: number, { output, folder }: CommandContext): Promise<ExitCode> {
  const { seedScale } = await import('@trii/bench');
  const place = findPlace(folder);
  const ending = new AbortController();
  const end = (): void => ending.abort(new CodedError('SEED_ENDED', 'The load was ended. The same command goes on where it stopped.'));
  process.once('SIGINT', end);
  process.once('SIGTERM', end);
  const progress = scaleProgress(output);
  try {
    const report = await seedScale({
      place: { adminUrl: findAdminUrl(folder, place), ownerUrl: place.servers.DATABASE_OWNER_URL },
      portfolios,
      passwordHash: await firstPassword(folder, place),
      signal: ending.signal,
      onProgress: progress.update,
    });
    progress.stop();
    output.result(report, scaleLines(report, folder));
    return exitCodes.ok;
  } finally {
    progress.stop();
  }
}

/** Of the first investor, the demo's. On servers of one's own nobody gets an account that a file of this machine opens. */
async function firstPassword(folder: DataFolder, { servers }: Place): Promise<string | null> {
  if (givenServers() !== undefined) return null;
  const { demo_password: password, password_pepper: kept } = openSecrets(folder);
  const environment = partEnvironment({ servers, fallback: { PASSWORD_PEPPER: kept }, own: {} });
  const { BCRYPT_COST: cost, PASSWORD_PEPPER: pepper } = readConfig(['BCRYPT_COST', 'PASSWORD_PEPPER'], environment);
  return bcryptHasher({ cost, pepper }).hash(password);
}
