import { type ChildProcess, spawn } from 'node:child_process';

/**
 * Ends a server when this process is gone, however it went: a shell in a session of its own waits for the end of a pipe that only
 * this process holds, then sends the signal. SIGKILL cannot be caught, a closing pipe can.
 * @returns lets go of the server; to be called once it has ended
 */
export function holdLifeline(pid: number, signal: 'INT' | 'QUIT' | 'TERM' | 'KILL'): () => void {
  const watcher: ChildProcess = spawn(
    '/bin/sh',
    ['-c', 'while read -r line; do :; done; kill -s "$2" "$1" 2>/dev/null', 'trii-lifeline', String(pid), signal],
    { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] },
  );
  // The server runs on without the watcher; a later start still finds it in the run file.
  watcher.on('error', () => undefined);
  watcher.stdin?.on('error', () => undefined);
  watcher.unref();
  return () => {
    watcher.kill('SIGKILL');
    watcher.stdin?.destroy();
  };
}
