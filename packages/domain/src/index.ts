export * from './platform/index.ts';
export * from './entities.ts';
