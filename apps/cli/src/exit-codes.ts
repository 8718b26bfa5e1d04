/** What the shell learns. 3 is what service scripts use for "not running". */
export const exitCodes = { ok: 0, failed: 1, usage: 2, notRunning: 3 } as const;
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
