export * from './database/builders.ts';
export { personalKeys, personalKeyVariables, ringOf, testVault } from './database/key-ring.ts';
export { startOwnRedis, type OwnRedis } from './database/redis-server.ts';
export { openSessions, withClient, type Sessions } from './database/sessions.ts';
export { changedTables, tableCounter, type TableCounter } from './database/table-counts.ts';
export { createTestDatabase, type TestDatabase, testServers } from './database/test-database.ts';
export { testAuditKey, testAuditKeys } from './fakes/audit-key.ts';
export { fakeBank, type FakeBank } from './fakes/bank.ts';
export { fakeLive, type FakeLive } from './fakes/live.ts';
export { recordingLogger, type RecordingLogger } from './fakes/logger.ts';
export { fakePasswords, type FakePasswords } from './fakes/passwords.ts';
export { fakeSessions, type FakeSessions } from './fakes/sessions.ts';
export { operationInput } from './fuzz/operation-input.ts';
export { type FillSlot, type Slot, type Wire, wireText } from './fuzz/wire.ts';
export {
  createTenant,
  fillExample,
  giveFactor,
  namesAnything,
  namesOwned,
  prepareWorld,
  setDay,
  type Tenant,
  type World,
} from './operations/operations-world.ts';
export { investorActor, operatorActor, type UserActor } from './platform/actors.ts';
export { callAs, type CallAs } from './platform/call-as.ts';
export { expectRefusal, footprint, type ExpectedRefusal } from './platform/expect-refusal.ts';
export { codeOf } from './platform/one-time-code.ts';
export { createTestPlatform, type TestPlatform, type TestPlatformOptions } from './platform/test-platform.ts';
export { keyNeedles, leaksIn, type Needle, type Places, textNeedles } from './leaks/needles.ts';
export { exportDatabase, exportRedis, readFolder, tellRedis } from './leaks/places.ts';
export { soakMs, soakProgress } from './soak.ts';
export { throwSnapshotsAway } from './platform/throw-snapshots-away.ts';
export type { Statement } from './platform/watched-transactions.ts';
