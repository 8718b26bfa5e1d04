export { meHandler } from './me.ts';
export { registerHandler } from './register.ts';
export { resolveSession, type SessionLookUp } from './session.ts';
export { signInHandler } from './sign-in.ts';
export { signOutHandler } from './sign-out.ts';
export { User } from './user.entity.ts';
