import { handlers } from '../../handlers.ts';
import { callAs, createTestDatabase, createTestPlatform, createUser, investorActor } from '@trii/testkit';
import type { CallAs, TestDatabase, TestPlatform } from '@trii/testkit';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';

const { preferences, updatePreferences } = handlers.identity;

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

const defaults = {
  language: 'es',
  currency: 'USD',
  riskTolerance: null,
  notifications: { version: 1, email: true, muted: [], quietHours: null },
  ui: { version: 1, theme: 'SYSTEM', hideAmounts: false, chartRange: '1Y' },
  trading: { version: 1, confirmOrders: true, orderType: 'MARKET' },
};

it('begins with the defaults, and changes what is named alone', async () => {
  expect(await call(preferences, {})).toEqual({ ...defaults, updatedAt: null });
  const changes = { language: 'en' as const, currency: 'COP', riskTolerance: '0.35', ui: { theme: 'DARK' as const } };
  const changed = { ...defaults, ...changes, ui: { ...defaults.ui, theme: 'DARK' }, updatedAt: platform.clock.now().toISOString() };
  expect(await call(updatePreferences, changes)).toEqual(changed);
  const quietHours = { from: '22:00', to: '07:30' };
  expect(await call(updatePreferences, { notifications: { quietHours }, riskTolerance: null })).toEqual({
    ...changed,
    riskTolerance: null,
    notifications: { ...defaults.notifications, quietHours },
  });
});

it('reads what an older platform left, and keeps it lifted', async () => {
  await platform.inspect(`INSERT INTO user_preferences (user_id, ui_preferences) VALUES ($1, '{"colour": "of an older time"}')`, [userId]);
  expect(await call(preferences, {})).toMatchObject(defaults);
  await call(updatePreferences, { ui: { hideAmounts: true } });
  expect(await platform.inspect('SELECT ui_preferences FROM user_preferences WHERE user_id = $1', [userId])).toEqual([
    { ui_preferences: { ...defaults.ui, hideAmounts: true } },
  ]);
});

it.each([
  ['notifications.sms', { notifications: { sms: true } }],
  ['notifications.quietHours.until', { notifications: { quietHours: { from: '22:00', to: '23:00', until: 'x' } } }],
  ['notifications.muted.0', { notifications: { muted: ['SECURITY'] } }],
  ['trading.version', { trading: { version: 2 } }],
  ['colour', { language: 'en', colour: 'red' }],
  ['language', { language: 'fr' }],
  ['currency', { currency: 'XYZ' }],
  ['riskTolerance', { riskTolerance: '1.01' }],
  ['', {}],
])('refuses %s by its path, and writes nothing', async (path, input) => {
  await expect(call(updatePreferences, input as typeof updatePreferences.declaration.example)).rejects.toMatchObject({
    code: 'INVALID_INPUT',
    details: { issues: [{ path }] },
  });
  expect(await platform.inspect('SELECT FROM user_preferences WHERE user_id = $1', [userId])).toHaveLength(0);
});

it('loses none of many changes at once', async () => {
  await call(updatePreferences, { language: 'en' });
  const ui = { theme: 'DARK' as const, chartRange: '5Y' as const, hideAmounts: true };
  const trading = { confirmOrders: false, orderType: 'LIMIT' as const };
  const each = [
    ...Object.entries(ui).map(([field, value]) => ({ ui: { [field]: value } })),
    ...Object.entries(trading).map(([field, value]) => ({ trading: { [field]: value } })),
  ];
  await Promise.all(each.map((changes) => call(updatePreferences, changes)));
  expect(await call(preferences, {})).toMatchObject({ language: 'en', ui, trading });
});
