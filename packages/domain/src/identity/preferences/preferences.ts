import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';
import { findPreferences } from './find-preferences.ts';

/** How the investor wants to be addressed, told and shown things. */
export const preferencesHandler = handler(identity.preferences, ({ sql, actor }) => findPreferences(sql, userIdOf(actor)));
