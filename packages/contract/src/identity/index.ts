export * from './identity.ts';
export * from './person.ts';
