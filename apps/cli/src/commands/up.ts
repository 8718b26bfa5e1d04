import { endWithParent } from '@trii/infra';
import { claimRun, isLifelineHeld, openDataFolder } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf, report } from '../command.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { duration, type Output, table } from '../output.ts';
import { demoSteps } from '../platform/demo-steps.ts';
import type { Platform, UpStep } from '../platform/platform.ts';
import { upSteps } from '../platform/steps.ts';

/** A step in progress when the end is asked for gets this long to come to a clean point. */
const STEP_GRACE_MS = 10_000;
const FORGOTTEN_HANDLE_MS = 3_000;

export const upCommand = () =>
  commandOf({
    name: 'up',
    description:
      'Start the platform: servers, migrations, api, workers, demo. Stays until Ctrl-C or "trii down", then ends everything in order.',
    configure: (command) => command.option('--no-demo', 'leave the demo investors and prices out'),
    input: z.object({ demo: z.boolean() }),
    run: ({ demo }, context) => up([...upSteps, ...(demo ? demoSteps : [])], context),
  });

async function up(steps: readonly UpStep[], { output, folder: { dir } }: CommandContext): Promise<ExitCode> {
  const folder = openDataFolder(dir);
  const run = await claimRun(folder, (part) => output.say(`  ending ${part.name} (pid ${part.pid}), left by a run that was killed`));
  const end = endRequests(output);
  let isFailed = false;
  const platform: Platform = {
    folder,
    run,
    signal: end.signal,
    report: (event, text) => output.event(event, text),
    fail({ text, isFatal }) {
      isFailed = true;
      output.failure('PART_LOST', `✗ ${text}`);
      if (isFatal) end.request('a server is gone');
    },
    started: [],
    addresses: [],
    signIn: [],
  };
  const work = runSteps(steps, platform, output).catch((error: unknown) => {
    // What fails because everything is being ended is no news.
    if (!end.signal.aborted) {
      isFailed = true;
      report(error, output);
    }
    end.request('a step failed');
  });
  await Promise.race([work, end.requested]);
  if (!end.signal.aborted) sayWhatRuns(platform, output);
  await end.requested;
  await settledWithin(work, STEP_GRACE_MS);
  await stopAll(platform, output);
  end.release();
  const code = isFailed ? exitCodes.failed : exitCodes.ok;
  // Everything is down: whatever handle a step may have forgotten must not keep this process.
  setTimeout(() => process.exit(code), FORGOTTEN_HANDLE_MS).unref();
  return code;
}

async function runSteps(steps: readonly UpStep[], platform: Platform, output: Output): Promise<void> {
  for (const { title, run } of steps) {
    if (platform.signal.aborted) return;
    const start = performance.now();
    await run(platform, (text) => output.event({ step: title, note: text }, `  ${text}`));
    const milliseconds = Math.round(performance.now() - start);
    output.event({ step: title, milliseconds }, `✓ ${title} (${duration(milliseconds)})`);
  }
}

interface EndRequests {
  readonly signal: AbortSignal;
  readonly requested: Promise<void>;
  request(why: string): void;
  /** Afterwards nothing of it keeps the process alive. */
  release(): void;
}

function endRequests(output: Output): EndRequests {
  const controller = new AbortController();
  const requested = new Promise<void>((resolve) => controller.signal.addEventListener('abort', () => resolve(), { once: true }));
  const request = (why: string): void => {
    if (controller.signal.aborted) return;
    output.event({ ending: why }, `\nEnding: ${why}.`);
    controller.abort();
  };
  process.on('SIGTERM', () => request('asked to end'));
  process.on('SIGHUP', () => request('the terminal is gone'));
  process.on('SIGINT', () => {
    // A second Ctrl-C does not wait: the lifelines end the parts, and the servers are signalled on the way out.
    if (controller.signal.aborted) process.exit(130);
    request('Ctrl-C');
  });
  const release = endWithParent({ isHeld: isLifelineHeld(), onParentGone: () => request('the starting process is gone') });
  return { signal: controller.signal, requested, request, release };
}

function sayWhatRuns(platform: Platform, output: Output): void {
  const rows = platform.addresses.map(({ name, address, note }) => [`  ${name}`, address, note]);
  output.result({ ready: true, addresses: platform.addresses, signIn: platform.signIn }, [
    '',
    'The platform runs.',
    ...table(rows),
    '',
    ...(platform.signIn.length > 0
      ? platform.signIn
      : ['Nobody is registered yet: call identity.register, then identity.signIn, under /trpc.']),
    '',
    'Ctrl-C ends everything. "trii status" in another terminal shows the parts.',
  ]);
}

async function stopAll(platform: Platform, output: Output): Promise<void> {
  for (const { name, stop } of platform.started.toReversed()) {
    const start = performance.now();
    try {
      await stop();
      output.event({ stopped: name }, `✓ ${name} ended (${duration(performance.now() - start)})`);
    } catch (error) {
      report(error, output); // and go on: the others must end too
    }
  }
  platform.run.release();
}

async function settledWithin(work: Promise<void>, milliseconds: number): Promise<void> {
  await Promise.race([work, new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref())]);
}
