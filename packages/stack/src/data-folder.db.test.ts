import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openDataFolder } from './data-folder.ts';
import { choosePort, onFreePort, rememberedPorts } from './ports.ts';
import { openSecrets } from './secrets.ts';

const made: string[] = [];
const newFolder = () => {
  const dir = mkdtempSync(join(tmpdir(), 'trii-folder-'));
  made.push(dir);
  return openDataFolder(dir);
};
afterAll(() => made.forEach((dir) => rmSync(dir, { recursive: true })));

describe('secrets', () => {
  it('are made once and stay', () => {
    const folder = newFolder();
    expect(openSecrets(folder)).toEqual(openSecrets(folder));
  });

  it('are closed to others again when someone has opened the file', () => {
    const folder = newFolder();
    openSecrets(folder);
    chmodSync(folder.secretsFile, 0o644);
    openSecrets(folder);
    expect((statSync(folder.secretsFile).mode & 0o777).toString(8)).toBe('600');
  });

  it('of an older version get the missing one and keep the others', () => {
    const folder = newFolder();
    const { password_pepper: _, ...older } = openSecrets(folder);
    writeFileSync(folder.secretsFile, JSON.stringify(older));
    const { password_pepper, ...rest } = openSecrets(folder);
    expect(rest).toEqual(older);
    expect(password_pepper).toHaveLength(43);
    expect(JSON.parse(readFileSync(folder.secretsFile, 'utf8'))).toHaveProperty('password_pepper', password_pepper);
  });

  it('that cannot be read are never replaced', () => {
    const folder = newFolder();
    writeFileSync(folder.secretsFile, '{ half a fi');
    expect(() => openSecrets(folder)).toThrow(expect.objectContaining({ code: 'SECRETS_UNREADABLE' }));
    expect(readFileSync(folder.secretsFile, 'utf8')).toBe('{ half a fi');
  });
});

describe('a port', () => {
  const occupied = (): Promise<{ server: Server; port: number }> =>
    new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const address = server.address();
        resolve({ server, port: typeof address === 'object' && address !== null ? address.port : 0 });
      });
    });

  it('is the preferred one while that is free, and is remembered when it was not', async () => {
    const folder = newFolder();
    const { server, port } = await occupied();
    const other = await choosePort(folder, { name: 'api', preferred: port });
    expect(other).not.toBe(port);
    expect(rememberedPorts(folder)).toEqual({ api: other });
    await new Promise((resolve) => server.close(resolve));
    expect(await choosePort(folder, { name: 'api', preferred: port })).toBe(other);
    expect(await choosePort(folder, { name: 'workers', preferred: port })).toBe(port);
  });

  it('that was asked for is given or refused, never replaced', async () => {
    const folder = newFolder();
    const { server, port } = await occupied();
    await expect(choosePort(folder, { name: 'api', preferred: 0, asked: port })).rejects.toMatchObject({ code: 'PORT_TAKEN' });
    await new Promise((resolve) => server.close(resolve));
    expect(await choosePort(folder, { name: 'api', preferred: 0, asked: port })).toBe(port);
  });

  it('that somebody takes between the look and the start is replaced by another', async () => {
    const folder = newFolder();
    const thieves: Server[] = [];
    const tried: number[] = [];
    const started = await onFreePort(folder, { name: 'api', preferred: 0 }, async (port) => {
      tried.push(port);
      if (tried.length === 2) return port;
      await new Promise<void>((resolve) => void thieves.push(createServer().listen(port, '127.0.0.1', () => resolve())));
      throw new Error('taken');
    });
    expect(tried).toEqual([expect.any(Number), started]);
    expect(tried[0]).not.toBe(started);
    const failing = onFreePort(folder, { name: 'workers', preferred: 0 }, () => Promise.reject(new Error('no such database')));
    await expect(failing).rejects.toThrow('no such database');
    await Promise.all(thieves.map((server) => new Promise((resolve) => server.close(resolve))));
  });
});
