import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instant, systemClock } from '@trii/kernel';
import { checkout, embeddedVersions, isAlive, isRunning, readRun, type Run, type RunPart } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { duration, table } from '../output.ts';
import { cacheState, type CacheState, isReady } from '../platform/health.ts';

const WEB_PARTS = new Set(['api', 'workers']);
/** Without the parts that are given from outside, these run in every case. */
const EXPECTED = ['api', 'workers'];

export const statusCommand = () =>
  commandOf({
    name: 'status',
    description:
      'Show the parts of the platform: state, address, process, version, since when. Exit code 0: all is well, 1: a part is down, 3: not running.',
    input: z.object({}),
    run: (_input, context) => status(context),
  });

interface PartState {
  readonly name: string;
  readonly state: 'ready' | 'not ready' | 'down';
  readonly port: number | null;
  readonly pid: number | null;
  readonly version: string;
  readonly uptimeMs: number | null;
}

async function status({ output, folder }: CommandContext): Promise<ExitCode> {
  const run = readRun(folder);
  if (run === undefined || !isRunning(run)) {
    const leftovers = run?.parts.filter(isAlive).map(({ name, pid }) => ({ name, pid })) ?? [];
    output.result({ running: false, dataDir: folder.dir, leftovers }, [
      `The platform does not run from ${folder.dir}. Start it with "npm start".`,
      ...leftovers.map(({ name, pid }) => `Left by a killed run: ${name} (pid ${pid}). "trii down" ends it.`),
    ]);
    return exitCodes.notRunning;
  }
  const parts = await statesOf(run);
  const since = sinceMs(run.startedAt);
  const api = parts.find(({ name, state }) => name === 'api' && state === 'ready')?.port ?? null;
  const cache = api === null ? undefined : await cacheState(api);
  output.result({ running: true, dataDir: folder.dir, pid: run.supervisor.pid, uptimeMs: since, parts, cache: cache ?? null }, [
    `The platform runs from ${folder.dir} (pid ${run.supervisor.pid}, for ${duration(since)}).`,
    ...table([['part', 'state', 'address', 'pid', 'version', 'for'], ...parts.map(cells)]).map((line) => `  ${line}`),
    ...(cache === undefined ? [] : [cacheLine(cache)]),
  ]);
  return parts.every(({ state }) => state === 'ready') ? exitCodes.ok : exitCodes.failed;
}

async function statesOf(run: Run): Promise<PartState[]> {
  const own = platformVersion();
  const versions: Readonly<Record<string, string | undefined>> = { ...embeddedVersions(), api: own, workers: own };
  const known = await Promise.all(
    run.parts.map(async (part): Promise<PartState> => {
      const state = await stateOf(part);
      const { name, port, pid } = part;
      return { name, state, port, pid, version: versions[name] ?? '', uptimeMs: sinceMs(part.startedAt) };
    }),
  );
  const missing = EXPECTED.filter((name) => !known.some((part) => part.name === name));
  return [...known, ...missing.map((name): PartState => ({ name, state: 'down', port: null, pid: null, version: '', uptimeMs: null }))];
}

function platformVersion(): string {
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8'))).version;
}

async function stateOf(part: RunPart): Promise<PartState['state']> {
  if (!isAlive(part)) return 'down';
  return !WEB_PARTS.has(part.name) || (await isReady(part.port)) ? 'ready' : 'not ready';
}

const cells = ({ name, state, port, pid, version, uptimeMs }: PartState): string[] => [
  name,
  state,
  port === null ? '' : `127.0.0.1:${port}`,
  String(pid ?? ''),
  version,
  uptimeMs === null ? '' : duration(uptimeMs),
];

const sinceMs = (startedAt: string): number => systemClock.now().getTime() - instant(startedAt).getTime();

function cacheLine({ state, hits, joined, misses, bypasses }: CacheState): string {
  const reads = hits + joined + misses + bypasses;
  const share = reads === 0 ? 'no reads yet' : `${Math.round((100 * (hits + joined)) / reads)} % of ${reads} reads without the database`;
  return `  The cache is ${state}: ${share}.`;
}
