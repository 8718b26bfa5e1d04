import { newId } from '@trii/kernel';
import { handlers } from '../../handlers.ts';
import { systemActor } from '../../platform/index.ts';
import { callAs, createTestDatabase, createTestPlatform, createUser, investorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

const { assessRisk, consents, erasePerson, giveConsent, preferences, riskAssessments, riskQuestionnaire, updatePreferences } =
  handlers.identity;

let database: TestDatabase;
let platform: TestPlatform;
let userId: string;
let call: CallAs;

beforeAll(async () => {
  database = await createTestDatabase();
  platform = await createTestPlatform(database);
});
afterAll(async () => {
  await platform.close();
  await database.close();
});
beforeEach(async () => {
  userId = (await createUser(database)).id;
  call = callAs(platform, investorActor(userId));
});

const careful = { horizon: 'medium', loss: 'hold', experience: 'none', income: 'stable', goal: 'growth' };
const bold = { horizon: 'long', loss: 'buy', experience: 'much', income: 'reserves', goal: 'maximum' };

it('finds profile and tolerance by the answers, keeps every answer, and takes no bolder tolerance', async () => {
  const { version, questions } = await call(riskQuestionnaire, {});
  expect(questions.map(({ id }) => id)).toEqual(Object.keys(bold));
  expect(JSON.stringify(questions)).not.toContain('points');
  await call(assessRisk, { version, answers: bold });
  platform.clock.advance(1);
  expect(await call(assessRisk, { version, answers: careful })).toMatchObject({ score: '0.4', riskProfile: 'MODERATE' });
  expect((await call(riskAssessments, {})).items).toMatchObject([
    { version: 1, answers: careful, score: '0.4' },
    { answers: bold, score: '1', riskProfile: 'AGGRESSIVE' },
  ]);
  expect(await platform.inspect('SELECT risk_profile FROM users WHERE id = $1', [userId])).toEqual([{ risk_profile: 'MODERATE' }]);
  expect((await call(preferences, {})).riskTolerance).toBe('0.4');
  await expect(call(updatePreferences, { riskTolerance: '0.41' })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'riskTolerance' }] },
  });
  expect((await call(updatePreferences, { riskTolerance: '0.2' })).riskTolerance).toBe('0.2');
});

it('refuses another version and half of the answers, by their paths', async () => {
  await expect(call(assessRisk, { version: 2, answers: bold })).rejects.toMatchObject({
    code: 'QUESTIONNAIRE_OUTDATED',
    details: { version: 1 },
  });
  await expect(call(assessRisk, { version: 1, answers: { ...bold, goal: 'fame' } })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { issues: [{ path: 'answers.goal' }] },
  });
  expect((await call(riskAssessments, {})).items).toEqual([]);
});

const give = (input: typeof giveConsent.declaration.example) =>
  platform.executor.run(giveConsent, {
    actor: investorActor(userId),
    input,
    origin: { requestId: newId(), ipAddress: '192.0.2.7', userAgent: 'a browser' },
  });

it('keeps each yes and no with time, address and agent; the last word counts, for the current version', async () => {
  const before = await call(consents, {});
  expect([before.current.map(({ isAccepted }) => isAccepted), before.history]).toEqual([[false, false, false], []]);
  await give({ document: 'TERMS', version: 1, isAccepted: true });
  await give({ document: 'MARKETING', version: 1, isAccepted: true });
  platform.clock.advance(1);
  const after = await give({ document: 'MARKETING', version: 1, isAccepted: false });
  expect(after.current.map(({ document, isAccepted }) => [document, isAccepted])).toEqual([
    ['TERMS', true],
    ['PRIVACY', false],
    ['MARKETING', false],
  ]);
  const givenAt = platform.clock.now().toISOString();
  expect(after.history[0]).toEqual({
    document: 'MARKETING',
    version: 1,
    isAccepted: false,
    givenAt,
    ipAddress: '192.0.2.7',
    userAgent: 'a browser',
  });
  expect(after.history).toHaveLength(3);
});

it('takes no yes to another version, and no withdrawal of what an account needs', async () => {
  await expect(give({ document: 'TERMS', version: 2, isAccepted: true })).rejects.toMatchObject({
    code: 'CONSENT_OUTDATED',
    details: { version: 1 },
  });
  await expect(give({ document: 'PRIVACY', version: 1, isAccepted: false })).rejects.toMatchObject({ code: 'CONSENT_REQUIRED' });
});

it('forgets answers, addresses and agents of who is erased, and keeps that they consented', async () => {
  await call(assessRisk, { version: 1, answers: bold });
  await give({ document: 'TERMS', version: 1, isAccepted: true });
  await callAs(platform, systemActor('cli'))(erasePerson, { userId });
  expect(await platform.inspect('SELECT FROM risk_assessments WHERE user_id = $1', [userId])).toEqual([]);
  expect(await platform.inspect('SELECT document, is_accepted, ip_address, user_agent FROM consents WHERE user_id = $1', [userId])).toEqual(
    [{ document: 'TERMS', is_accepted: true, ip_address: null, user_agent: null }],
  );
});
