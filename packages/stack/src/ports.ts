import { createServer } from 'node:net';
import { CodedError } from '@trii/kernel';
import { z } from 'zod';
import { type DataFolder, readIfThere, replaceFile } from './data-folder.ts';

const Ports = z.record(z.string(), z.int().min(1).max(65_535));

const PORT_ATTEMPTS_MAX = 3;

export const preferredPorts = { postgres: 5439, redis: 6389, api: 4400, workers: 4401 } as const;

/** What each part got at an earlier start. An unreadable file only means that the preferences count again. */
export function rememberedPorts(folder: DataFolder): Readonly<Record<string, number>> {
  try {
    return Ports.parse(JSON.parse(readIfThere(folder.portsFile) ?? '{}'));
  } catch {
    return {};
  }
}

export interface PortWish {
  readonly name: string;
  readonly preferred: number;
  /** Asked for by the user: this one or none. */
  readonly asked?: number | undefined;
}

/**
 * The port this part had last time, else the preferred one, else any free one; remembered for the next start.
 * @throws CodedError PORT_TAKEN when the one that was asked for is not free
 */
export async function choosePort(folder: DataFolder, { name, preferred, asked }: PortWish): Promise<number> {
  const remembered = rememberedPorts(folder);
  for (const wanted of asked === undefined ? [remembered[name], preferred, 0] : [asked]) {
    if (wanted === undefined) continue;
    const port = await tryPort(wanted);
    if (port === undefined) continue;
    if (port !== remembered[name]) {
      replaceFile(folder.portsFile, `${JSON.stringify({ ...remembered, [name]: port }, null, 2)}\n`);
    }
    return port;
  }
  if (asked === undefined)
    throw new CodedError('NO_FREE_PORT', 'The system gives no free port on 127.0.0.1. Close some programs and start again.');
  throw new CodedError(
    'PORT_TAKEN',
    `Port ${asked}, asked for the ${name}, is used by another program. End that program, or ask for another port.`,
  );
}

/**
 * Between the look and the program's own bind another program may take the port: then another port is tried.
 * @throws CodedError PORT_TAKEN as choosePort does; what `start` throws on a port that is free all the same
 */
export async function onFreePort<S>(folder: DataFolder, wish: PortWish, start: (port: number) => Promise<S>): Promise<S> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await choosePort(folder, wish);
    try {
      return await start(port);
    } catch (error) {
      if (attempt === PORT_ATTEMPTS_MAX || (await isPortFree(port))) throw error;
    }
  }
}

export async function isPortFree(port: number): Promise<boolean> {
  return (await tryPort(port)) !== undefined;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
