import { invariant } from '@trii/kernel';
import { type DataFolder, partEnvironment, type RunFile, type ServerUrls, type Stack } from '@trii/stack';

/** The database that `trii` works with on the embedded server. */
export const DATABASE = 'trii';

/** What the steps of `trii up` build up, and what has to be ended again. */
export interface Platform {
  readonly folder: DataFolder;
  readonly run: RunFile;
  /** Aborted as soon as the end is asked for. */
  readonly signal: AbortSignal;
  /** Something went wrong on its own: say it, and end everything in order when it cannot go on. */
  readonly fail: (failure: { readonly text: string; readonly isFatal: boolean }) => void;
  readonly report: (event: Readonly<Record<string, unknown>>, text: string) => void;
  /** Ended last first. */
  readonly started: { readonly name: string; readonly stop: () => Promise<void> }[];
  /** Lines shown under the addresses. */
  readonly addresses: { readonly name: string; readonly address: string; readonly note: string }[];
  readonly signIn: string[];
  stack?: Stack;
  servers?: ServerUrls;
  /** Settings that the data folder holds for a part whose environment does not give them. */
  settings?: Readonly<Record<string, string>>;
}

export interface UpStep {
  readonly title: string;
  readonly run: (platform: Platform, note: (text: string) => void) => Promise<void>;
}

/** The environment of a part, or of a step that does in this process what a part does. */
export function environmentOf(platform: Platform, own: Readonly<Record<string, string>> = {}): Record<string, string> {
  invariant(platform.servers !== undefined && platform.settings !== undefined, 'the servers are started before anything that uses them');
  return partEnvironment({ servers: platform.servers, fallback: platform.settings, own });
}
