import {
  callAs,
  createTestDatabase,
  createTestPlatform,
  createUser,
  investorActor,
  operatorActor,
  type TestDatabase,
  type TestPlatform,
} from '@trii/testkit';
import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { anonymous, type Actor } from '../../platform/index.ts';
import { confirmPasswordHandler } from '../confirm-password.ts';
import { updatePreferencesHandler } from '../preferences/update-preferences.ts';
import { profileHandler } from '../profile.ts';
import { resolveSession } from '../session.ts';
import { signInHandler } from '../sign-in.ts';
import { signOutHandler } from '../sign-out.ts';
import { confirmTotpHandler } from './confirm-totp.ts';
import { disableTotpHandler } from './disable-totp.ts';
import { enrolTotpHandler } from './enrol-totp.ts';
import { renewRecoveryCodesHandler } from './renew-recovery-codes.ts';
import { resetSecondFactorHandler } from './reset-second-factor.ts';
import { secondFactorHandler } from './second-factor.ts';

const PASSWORD = 'correct horse battery';
const STEP_MS = 30_000;

let database: TestDatabase;
let platform: TestPlatform;
let user: { readonly id: string; readonly email: string };
beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  user = await createUser(database, { passwordHash: await platform.hashPassword(PASSWORD) });
  // A step of its own for each test, so that what was used before is used up.
  platform.clock.advance(10 * STEP_MS);
});

const signIn = (code?: string) =>
  callAs(platform, anonymous)(signInHandler, { email: user.email, password: PASSWORD, ...(code === undefined ? {} : { code }) });

async function session(code?: string): Promise<Actor> {
  const { token } = await signIn(code);
  const { sessions, transactions, clock } = platform;
  const actor = await resolveSession({
    tokenHash: new Bun.CryptoHasher('sha256').update(token).digest('base64url'),
    sessions,
    transactions,
    clock,
  });
  if (actor === undefined) throw new Error('the session stands');
  return actor;
}

/** As an authenticator on another machine computes it. */
const codeOf = (secret: string, atMs = platform.clock.now().getTime()): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: atMs });
const wrongCode = (secret: string): string => {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, platform.clock.now().getTime() + steps * STEP_MS));
  return ['111111', '222222', '333333', '444444', '555555', '666666'].find((code) => !near.includes(code)) ?? '';
};

async function enrolled() {
  const actor = await session();
  const call = callAs(platform, actor);
  const { secret, uri } = await call(enrolTotpHandler, {});
  const { recoveryCodes } = await call(confirmTotpHandler, { code: codeOf(secret) });
  // The code that confirmed is used up.
  platform.clock.advance(2 * STEP_MS);
  return { actor, call, secret, uri, recoveryCodes };
}

const auditsOf = (useCase: string) =>
  platform.inspect('SELECT outcome, new_values FROM audit_logs WHERE user_id = $1 AND use_case = $2 ORDER BY created_at, id', [
    user.id,
    useCase,
  ]);

describe('enrolling', () => {
  it('gives a secret that authenticators read, and asks for nothing until a code of it was shown', async () => {
    const call = callAs(platform, await session());
    const { secret, uri } = await call(enrolTotpHandler, {});
    expect(new URL(uri).searchParams.get('secret')).toBe(secret);
    expect(decodeURIComponent(uri)).toContain(user.email);
    await signIn();
    await expect(call(confirmTotpHandler, { code: wrongCode(secret) })).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await signIn();
    expect(await call(secondFactorHandler, {})).toEqual({ confirmedAt: null, recoveryCodesLeft: 0 });
    const { recoveryCodes } = await call(confirmTotpHandler, { code: codeOf(secret) });
    expect(new Set(recoveryCodes).size).toBe(10);
    expect(await call(secondFactorHandler, {})).toEqual({ confirmedAt: platform.clock.now().toISOString(), recoveryCodesLeft: 10 });
  });

  it('begun again gives another secret, and the first one is worth nothing', async () => {
    const call = callAs(platform, await session());
    const first = await call(enrolTotpHandler, {});
    const second = await call(enrolTotpHandler, {});
    expect(second.secret).not.toBe(first.secret);
    await expect(call(confirmTotpHandler, { code: codeOf(first.secret) })).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await call(confirmTotpHandler, { code: codeOf(second.secret) });
  });

  it('is refused while a factor counts, so that nobody puts theirs in its place', async () => {
    const { call, secret } = await enrolled();
    await expect(call(enrolTotpHandler, {})).rejects.toMatchObject({ code: 'SECOND_FACTOR_ACTIVE' });
    await expect(call(confirmTotpHandler, { code: codeOf(secret) })).rejects.toMatchObject({ code: 'SECOND_FACTOR_ACTIVE' });
  });

  it('ends the sessions that began without it, but for its own', async () => {
    const other = await session();
    const { call } = await enrolled();
    await expect(callAs(platform, other)(signOutHandler, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await call(secondFactorHandler, {})).toMatchObject({ recoveryCodesLeft: 10 });
  });

  it('keeps the secret as ciphertext and recovery codes as hashes, here and in the audit', async () => {
    const { secret, recoveryCodes } = await enrolled();
    const [stored] = await platform.inspect<{ text: string }>(
      `SELECT (SELECT jsonb_agg(f)::text FROM totp_factors f) || (SELECT jsonb_agg(c)::text FROM recovery_codes c) || (SELECT jsonb_agg(a)::text FROM audit_logs a) AS text`,
    );
    for (const told of [secret, ...recoveryCodes, ...recoveryCodes.map((code) => code.replaceAll('-', ''))])
      expect(stored?.text).not.toContain(told);
  });
});

describe('signing in', () => {
  it('asks for a code after the right password, and takes one', async () => {
    const { secret } = await enrolled();
    await expect(signIn()).rejects.toMatchObject({ code: 'SECOND_FACTOR_REQUIRED' });
    expect((await signIn(codeOf(secret))).userId).toBe(user.id);
    expect(await auditsOf('identity.signIn')).toContainEqual({ outcome: 'refused', new_values: { refused: 'SECOND_FACTOR_REQUIRED' } });
  });

  it('says nothing of a second factor to who does not know the password', async () => {
    await enrolled();
    const call = callAs(platform, anonymous)(signInHandler, { email: user.email, password: 'another password', code: '123456' });
    await expect(call).rejects.toMatchObject({ code: 'INVALID_CREDENTIALS' });
  });

  it('takes no code twice, nor one from before the last, however many try at once', async () => {
    const { secret } = await enrolled();
    const before = codeOf(secret, platform.clock.now().getTime() - STEP_MS);
    const code = codeOf(secret);
    const settled = await Promise.allSettled(Array.from({ length: 4 }, () => signIn(code)));
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(signIn(code)).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await expect(signIn(before)).rejects.toMatchObject({ code: 'INVALID_CODE' });
    platform.clock.advance(STEP_MS);
    await signIn(codeOf(secret));
  });

  it('takes each recovery code once, in whatever way it is typed', async () => {
    const { recoveryCodes, call } = await enrolled();
    const [code = ''] = recoveryCodes;
    const settled = await Promise.allSettled([signIn(code.toLowerCase()), signIn(code.replaceAll('-', ' '))]);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await expect(signIn(code)).rejects.toMatchObject({ code: 'INVALID_CODE' });
    expect(await call(secondFactorHandler, {})).toMatchObject({ recoveryCodesLeft: 9 });
  });

  it('lets nobody guess: after five mistakes codes have to wait, longer each time, from whatever address; a recovery code never', async () => {
    const { secret, recoveryCodes } = await enrolled();
    for (let n = 0; n < 5; n += 1) await expect(signIn(wrongCode(secret))).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await expect(signIn(codeOf(secret))).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 1_000 } });
    platform.clock.advance(1_000);
    await expect(signIn(wrongCode(secret))).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await expect(signIn(codeOf(secret))).rejects.toMatchObject({ code: 'RATE_LIMITED', details: { retryAfterMs: 2_000 } });
    await signIn(recoveryCodes[3]);
    platform.clock.advance(2_000);
    await signIn(codeOf(secret));
    platform.clock.advance(STEP_MS);
    // What went well makes up for what did not.
    await expect(signIn(wrongCode(secret))).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await signIn(codeOf(secret));
  });
});

describe('fifty guesses at the same moment are no more than five one after the other', () => {
  const burst = async (guess: (nth: number) => Promise<unknown>) => {
    const settled = await Promise.allSettled(Array.from({ length: 50 }, (_, nth) => guess(nth)));
    const codes = settled.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { readonly code: string }).code));
    const counts = Object.fromEntries([...new Set(codes)].map((code) => [code, codes.filter((other) => other === code).length]));
    const [kept] = await platform.inspect<{ failed: number }>('SELECT failed_attempts AS failed FROM totp_factors WHERE user_id = $1', [
      user.id,
    ]);
    return { counts, counted: kept?.failed };
  };
  const bounded = { counts: { INVALID_CODE: 5, RATE_LIMITED: 45 }, counted: 5 };

  it('at sign-in', async () => {
    const { secret } = await enrolled();
    expect(await burst(() => signIn(wrongCode(secret)))).toEqual(bounded);
  });

  it('by a stolen session and password, where the password is confirmed', async () => {
    const { call, secret } = await enrolled();
    expect(await burst(() => call(confirmPasswordHandler, { password: PASSWORD, code: wrongCode(secret) }))).toEqual(bounded);
  });

  it('where the factor is taken off, and where recovery codes are made', async () => {
    const { call, secret } = await enrolled();
    const code = wrongCode(secret);
    expect(await burst((nth) => call(nth % 2 === 0 ? disableTotpHandler : renewRecoveryCodesHandler, { code }))).toEqual(bounded);
  });

  it('where one of fifty codes is right, after five mistakes it is not looked at', async () => {
    const { call, secret } = await enrolled();
    for (let n = 0; n < 5; n += 1) await expect(signIn(wrongCode(secret))).rejects.toMatchObject({ code: 'INVALID_CODE' });
    const code = codeOf(secret);
    const { counts } = await burst(() => call(renewRecoveryCodesHandler, { code }));
    expect(counts).toEqual({ RATE_LIMITED: 50 });
  });

  it('by recovery codes: none waits, each wrong one is a mistake, and the one that is right lets in once', async () => {
    const { recoveryCodes } = await enrolled();
    const wrong = (nth: number) => String(nth).padStart(24, 'A');
    const { counts } = await burst((nth) => signIn(nth < 10 ? recoveryCodes[0] : wrong(nth)));
    expect(counts).toEqual({ done: 1, INVALID_CODE: 49 });
  });
});

describe('where everyone must have one', () => {
  const strict = async <T>(work: (of: TestPlatform) => Promise<T>): Promise<T> => {
    const of = await createTestPlatform(database, { secondFactorOf: 'everyone' });
    try {
      return await work(of);
    } finally {
      await of.close();
    }
  };

  it('an investor without one can set it up and nothing else, by a session or a key; from the code on everything is open', () =>
    strict(async (of) => {
      const actor = await session();
      if (actor.kind !== 'user') throw new Error('who signs in is a user');
      const call = callAs(of, actor);
      const required = { code: 'SECOND_FACTOR_SETUP_REQUIRED' };
      await expect(call(profileHandler, {})).rejects.toMatchObject(required);
      await expect(callAs(of, { ...actor, apiKeyId: actor.sessionId })(profileHandler, {})).rejects.toMatchObject(required);
      await expect(call(updatePreferencesHandler, { language: 'en' })).rejects.toMatchObject(required);
      const denied = { outcome: 'denied', new_values: { refused: 'SECOND_FACTOR_SETUP_REQUIRED' } };
      expect(await auditsOf('identity.updatePreferences')).toEqual([denied]);
      const { secret } = await call(enrolTotpHandler, {});
      await expect(call(profileHandler, {})).rejects.toMatchObject(required);
      of.clock.set(platform.clock.now());
      await call(confirmTotpHandler, { code: codeOf(secret) });
      await expect(call(profileHandler, {})).resolves.toMatchObject({ firstName: 'Ada' });
    }));
});

it.each(['operate', 'grant'] as const)(
  'who may only %s must have one where operators must, also for what is an investor’s',
  async (scope) => {
    const of = await createTestPlatform(database, { secondFactorOf: 'operators' });
    try {
      const call = callAs(of, investorActor(user.id, ['read', scope]));
      await expect(call(profileHandler, {})).rejects.toMatchObject({ code: 'SECOND_FACTOR_SETUP_REQUIRED' });
      await expect(callAs(of, investorActor(user.id))(profileHandler, {})).resolves.toMatchObject({ firstName: 'Ada' });
    } finally {
      await of.close();
    }
  },
);

describe('what its owner does with it', () => {
  it('new recovery codes take the place of the old ones', async () => {
    const { call, recoveryCodes, secret } = await enrolled();
    await expect(call(renewRecoveryCodesHandler, { code: wrongCode(secret) })).rejects.toMatchObject({ code: 'INVALID_CODE' });
    const renewed = await call(renewRecoveryCodesHandler, { code: recoveryCodes[0] ?? '' });
    await expect(signIn(recoveryCodes[1])).rejects.toMatchObject({ code: 'INVALID_CODE' });
    await signIn(renewed.recoveryCodes[1]);
  });

  it('comes off by a code alone, and ends all other sessions', async () => {
    const { call, secret } = await enrolled();
    const other = await session(codeOf(secret));
    platform.clock.advance(STEP_MS);
    await expect(call(disableTotpHandler, { code: wrongCode(secret) })).rejects.toMatchObject({ code: 'INVALID_CODE' });
    expect(await call(disableTotpHandler, { code: codeOf(secret) })).toEqual({ disabled: true });
    await expect(callAs(platform, other)(signOutHandler, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await signIn();
    await expect(call(disableTotpHandler, { code: '123456' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('an operator', () => {
  it('takes it off who lost everything, ends their sessions, and it stands in that person’s own trail with the reason', async () => {
    const { actor } = await enrolled();
    const call = callAs(platform, operatorActor());
    const reason = 'lost telephone, identity shown in person';
    expect(await call(resetSecondFactorHandler, { userId: user.id, reason })).toEqual({ wasActive: true });
    await expect(callAs(platform, actor)(signOutHandler, {})).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await signIn();
    expect(await auditsOf('identity.resetSecondFactor')).toEqual([{ outcome: 'ok', new_values: { reason, endedSessions: 1 } }]);
    expect(await call(resetSecondFactorHandler, { userId: user.id, reason })).toEqual({ wasActive: false });
  });

  it('does not do it for themselves', async () => {
    const operator = operatorActor();
    const call = callAs(platform, operator)(resetSecondFactorHandler, { userId: operator.userId, reason: 'lost mine' });
    await expect(call).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });
});

it('erasing the person leaves nothing of it', async () => {
  await enrolled();
  await database.as({ role: 'admin_role', userId: null }, (client) => client.query('SELECT erase_person($1)', [user.id]));
  const left = await platform.inspect(
    'SELECT (SELECT count(*)::int FROM totp_factors WHERE user_id = $1) + (SELECT count(*)::int FROM recovery_codes WHERE user_id = $1) AS rows',
    [user.id],
  );
  expect(left).toEqual([{ rows: 0 }]);
});
