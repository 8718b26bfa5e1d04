import { identity } from '@trii/contract';
import { handler, userIdOf } from '../../platform/index.ts';
import { findConsents } from './find-consents.ts';

/** Where the investor stands with what there is to consent to. */
export const consentsHandler = handler(identity.consents, ({ sql, actor }) => findConsents(sql, userIdOf(actor)));
