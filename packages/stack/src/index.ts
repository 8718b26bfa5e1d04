export { checkout, type DataFolder, dataFolder, defaultDataDir, openDataFolder } from './data-folder.ts';
export { endProcess, signalProcess, waitUntilGone } from './end-process.ts';
export {
  askedPort,
  chosenDataDir,
  givenServers,
  givenTestPostgres,
  givenSigningKey,
  isLifelineHeld,
  partEnvironment,
  type ServerUrls,
  serverVariables,
} from './environment.ts';
export { choosePort, isPortFree, onFreePort, preferredPorts, rememberedPorts } from './ports.ts';
export { checkDataVersion } from './postgres.ts';
export { POSTGRES_MAJOR } from './postgres-binaries.ts';
export { identify, isAlive, type ProcessIdentity } from './process-identity.ts';
export { howToInstall, presentRedis } from './redis-binary.ts';
export { hasDebianTools } from './redis-debian.ts';
export { claimRun, endLeftovers, isRunning, readRun, type Run, type RunFile, type RunPart } from './run-file.ts';
export { openSecrets, type StackSecrets } from './secrets.ts';
export { binariesPlaces, postgresDataPlaces, removeData } from './server-places.ts';
export { type ServerExit, tailOf } from './server-process.ts';
export { type Stack, type StackOptions, startStack } from './stack.ts';
export { serverUrlsOf, type StackUrls, urlsOf } from './urls.ts';
export { inspectLogin, inspectSeriesEngine, type LoginFindings, type SeriesEngineFindings } from './inspect-database.ts';
export { embeddedVersions, reachableServers } from './running.ts';
