/**
 * What the kept export was made with. Both were made up for it and have served nothing else: without them nobody in it could sign in.
 */
export const DEMO_PASSWORD = 'the password of a demo that was kept for good';
export const PASSWORD_PEPPER = 'the pepper of a demo that was kept for good';

/** The newest migration of the release that the export is of. */
export const NEWEST_MIGRATION = '0017_grants';
