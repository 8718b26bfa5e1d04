export type { RpcContext } from './context.ts';
export { createRouter } from './router.ts';
