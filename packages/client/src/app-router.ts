/** The types of every operation and error. In the published package the build writes them out in full, so that nothing of the contract is needed. */
export type { AppRouter, ErrorCode } from '@trii/contract';
