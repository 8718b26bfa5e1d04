export * from './database/builders.ts';
export { withClient, type Sessions } from './database/sessions.ts';
export { createTestDatabase, type TestDatabase } from './database/test-database.ts';
