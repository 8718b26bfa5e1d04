export type { RpcContext } from './context.ts';
export { refusalAnswer } from './errors.ts';
export { createRouter } from './router.ts';
