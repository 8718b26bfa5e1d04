export * from './api-keys.ts';
export * from './identity.ts';
export * from './kyc.ts';
export * from './operators.ts';
export { changePassword, confirmPassword } from './passwords.ts';
export * from './person.ts';
export * from './preferences.ts';
export * from './sessions.ts';
