export type { RpcContext } from './context.ts';
export { toTrpcError } from './errors.ts';
export { createRouter } from './router.ts';
