import { mailFolderOf } from '../commands/mail.ts';
import { join } from 'node:path';
import { bootstrapRoles, migrate } from '@trii/db';
import { invariant } from '@trii/kernel';
import { askedPort, checkout, givenServers, onFreePort, preferredPorts, type ServerExit, startStack } from '@trii/stack';
import { DATABASE, environmentOf, type Platform, type UpStep } from './platform.ts';
import { encryptNames } from './encrypt-names.ts';
import { keptSettings } from './personal-keys.ts';
import { type PartEvent, supervise } from './supervise.ts';

const servers: UpStep = {
  title: 'servers',
  async run(platform, note) {
    platform.settings = keptSettings(platform.folder);
    const given = givenServers();
    if (given !== undefined) {
      note('using the servers of DATABASE_URL and REDIS_QUEUE_URL; the embedded ones stay off');
      platform.servers = given;
      return;
    }
    const stack = await startStack({ dataDir: platform.folder.dir, durable: true, run: platform.run, onStep: note });
    stack.onExit((exit) => platform.fail({ text: describeServerExit(exit), isFatal: true }));
    platform.started.push({ name: 'redis and postgres', stop: () => stack.stop() });
    platform.stack = stack;
    platform.servers = stack.serverUrls(DATABASE);
    const secretsFile = platform.folder.secretsFile;
    platform.addresses.push(
      { name: 'PostgreSQL', address: `127.0.0.1:${stack.postgres.port}`, note: `database ${DATABASE}, passwords in ${secretsFile}` },
      { name: 'Redis', address: `127.0.0.1:${stack.redis.port}`, note: 'queue in database 0, cache in 1' },
    );
  },
};

const logins: UpStep = {
  title: 'database logins',
  async run(platform, note) {
    if (platform.stack === undefined) return note('the given database has its own; "trii doctor" judges them');
    await bootstrapRoles({ adminUrl: platform.stack.postgres.adminUrl, secrets: platform.stack.secrets, database: DATABASE, onStep: note });
  },
};

const migrations: UpStep = {
  title: 'migrations',
  async run(platform, note) {
    invariant(platform.servers !== undefined, 'the servers are started before the migrations');
    const ran = await migrate({ ownerUrl: platform.servers.DATABASE_OWNER_URL, onStep: note });
    if (ran.length === 0) note('nothing to do');
    await encryptNames({ servers: platform.servers, folder: platform.folder, signal: platform.signal, say: note });
  },
};

const api: UpStep = {
  title: 'api',
  run: (platform) =>
    startPartOf(platform, { name: 'api', title: 'API', portVariable: 'API_PORT', note: 'tRPC under /trpc, state under /health/ready' }),
};

const workers: UpStep = {
  title: 'workers',
  run: (platform) =>
    startPartOf(platform, { name: 'workers', title: 'Workers', portVariable: 'WORKERS_PORT', note: 'state under /health/ready' }),
};

/** Everything `trii up` does, in order. What a step starts is ended in the opposite order. */
export const upSteps: readonly UpStep[] = [servers, logins, migrations, api, workers];

interface PartTitle {
  readonly name: 'api' | 'workers';
  readonly title: string;
  readonly portVariable: string;
  readonly note: string;
}

async function startPartOf(platform: Platform, { name, title, portVariable, note }: PartTitle): Promise<void> {
  const wish = { name, preferred: preferredPorts[name], asked: askedPort(name) };
  const part = await onFreePort(platform.folder, wish, (port) =>
    supervise({
      command: {
        name,
        file: process.execPath,
        args: [join('apps', name, 'src', 'main.ts')],
        cwd: checkout,
        env: environmentOf(platform, { [portVariable]: String(port), TRII_LIFELINE: 'stdin', MAIL_FOLDER: mailFolderOf(platform.folder) }),
        port,
        logFile: join(platform.folder.logs, `${name}.log`),
        run: platform.run,
      },
      signal: platform.signal,
      report: (event) => reportPart(platform, event),
    }),
  );
  platform.started.push({ name, stop: () => part.stop() });
  platform.addresses.push({ name: title, address: `http://127.0.0.1:${part.port}`, note });
}

function reportPart(platform: Platform, event: PartEvent): void {
  switch (event.kind) {
    case 'ended':
      return platform.report(
        { ...event },
        `! The ${event.name} ${event.how}; starting it again in ${event.restartInMs / 1000} s. Log: ${event.logFile}`,
      );
    case 'restarted':
      return platform.report({ ...event }, `✓ The ${event.name} runs again (pid ${event.pid}).`);
    case 'given up':
      return platform.fail({
        text: `The ${event.name} ${event.how}, and ${event.attempts} restarts did not help: it stays down, the rest goes on. Read ${event.logFile}, mend the cause, then end this with Ctrl-C and start again.`,
        isFatal: false,
      });
  }
}

function describeServerExit({ name, signal, code, logFile, logTail }: ServerExit): string {
  return `${name} ended with ${signal ?? `code ${code}`} without having been asked to; nothing works without it. The end of ${logFile}:\n${logTail}`;
}
