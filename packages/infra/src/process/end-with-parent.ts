/** Set by whoever starts this process with a pipe as its standard input that only the starter holds. */
export interface Lifeline {
  /** TRII_LIFELINE=stdin. Without it nothing is watched: a service manager gives /dev/null, which is at its end from the start. */
  readonly isHeld: boolean;
  readonly onParentGone: () => void;
}

/** By which header a process that was started by another says in its answers which one it is: a port tells that somebody answers, not who. */
export const PROCESS_HEADER = 'Trii-Process';

/** For answers about a part's readiness. Nothing for a process started by hand or by a service manager, whose id is nobody's business. */
export const processHeader = (isHeld: boolean): Readonly<Record<string, string>> =>
  isHeld ? { [PROCESS_HEADER]: String(process.pid) } : {};

/**
 * Calls back once when the starter is gone, however it went. A signal may not be passed on (npm keeps SIGTERM for itself) and SIGKILL
 * cannot be, but the pipe closes in every case. Safe to call in a process that was started by hand.
 * @returns lets go of the pipe, which otherwise keeps the process alive; for one that ends by having nothing left to do
 */
export function endWithParent({ isHeld, onParentGone }: Lifeline): () => void {
  if (!isHeld) return () => undefined;
  let isGone = false;
  const gone = (): void => {
    if (isGone) return;
    isGone = true;
    onParentGone();
  };
  process.stdin.on('end', gone);
  process.stdin.on('close', gone);
  process.stdin.on('error', gone);
  process.stdin.resume();
  return () => {
    isGone = true;
    process.stdin.pause(); // destroy() in the same turn as resume() leaves Bun waiting
  };
}
