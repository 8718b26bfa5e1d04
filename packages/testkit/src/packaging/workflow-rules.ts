export interface Step {
  readonly uses?: string | undefined;
  readonly run?: string | undefined;
  readonly with?: Readonly<Record<string, unknown>> | undefined;
}

export interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes'?: number | undefined;
  readonly permissions?: Readonly<Record<string, string>> | undefined;
  readonly steps: readonly Step[];
}

export interface Workflow {
  readonly permissions?: unknown;
  readonly concurrency?: unknown;
  readonly on: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const TIMEOUT_MINUTES_MAX = 180;

/** What is wrong with a workflow, in words; empty when nothing is. `text` is where its comments are. */
export function faultsOfWorkflow(workflow: Workflow, text: string): string[] {
  const faults: string[] = [];
  if (JSON.stringify(workflow.permissions) !== '{"contents":"read"}')
    faults.push('it does not begin with the permission to read, and no other');
  if (workflow.concurrency === undefined) faults.push('two runs of it may get into each other: it has no concurrency group');
  // Its runs have secrets and the right to write, and check out what a stranger proposes.
  if (JSON.stringify(workflow.on).includes('pull_request_target')) faults.push('it runs on pull_request_target');
  for (const [name, job] of Object.entries(workflow.jobs)) faults.push(...faultsOfJob(job).map((fault) => `${name}: ${fault}`));
  for (const [line] of text.matchAll(/^.*\buses: .*$/gm)) {
    if (!/uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/.test(line))
      faults.push(`${line.trim()} is not the commit of a release that is named behind it`);
  }
  return faults;
}

function faultsOfJob(job: Job): string[] {
  const faults: string[] = [];
  if (!/^ubuntu-\d\d\.\d\d$/.test(job['runs-on'])) faults.push(`it runs on ${job['runs-on']}, which changes under us`);
  const minutes = job['timeout-minutes'];
  if (minutes === undefined || minutes > TIMEOUT_MINUTES_MAX) faults.push('it may go on for hours');
  for (const { uses, run, with: given } of job.steps) {
    if (uses?.startsWith('actions/checkout@') && given?.['persist-credentials'] !== false) faults.push('its token stays in the checkout');
    // A title or a branch name would be run as a command: it goes through the environment.
    if (run?.includes('${{'))
      faults.push(`it puts an expression into a script: ${run.split('\n').find((line) => line.includes('${{')) ?? ''}`);
  }
  return faults;
}

/** Rights to write, by job. */
export const rightsToWrite = (workflow: Workflow): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(workflow.jobs)
      .map(([name, { permissions }]) => [name, Object.entries(permissions ?? {}).filter(([, right]) => right !== 'read')] as const)
      .filter(([, rights]) => rights.length > 0)
      .map(([name, rights]) => [name, rights.map(([scope, right]) => `${scope}: ${right}`)]),
  );
