export interface Instruction {
  readonly keyword: string;
  readonly content: string;
}

export interface Stage {
  readonly name: string;
  readonly base: string;
  /** Without FROM, in their order. */
  readonly instructions: readonly Instruction[];
}

/** Everything that makes a stage what it is: its own instructions after those of the stages it stands on. */
function chainOf(stages: readonly Stage[], name: string): readonly Stage[] {
  const stage = stages.find((candidate) => candidate.name === name);
  return stage === undefined ? [] : [...chainOf(stages.slice(0, stages.indexOf(stage)), stage.base), stage];
}

const EXEC_FORM = /^\[".*"\]$/s;
/** A version to the last digit, or the date of a build: what it names does not change under us. */
const EXACT_TAG = /^[\w./-]+:(?:\d+\.\d+\.\d+[\w.-]*|[a-z]+-\d{8}[\w.-]*)$/;

/** What is wrong with an image that serves in production, in words; empty when nothing is. */
export function faultsOfImage(stages: readonly Stage[], target: string): string[] {
  const chain = chainOf(stages, target);
  if (chain.length === 0) return [`there is no stage ${target}`];
  const all = chain.flatMap(({ instructions }) => instructions);
  const last = (keyword: string): string => all.findLast((instruction) => instruction.keyword === keyword)?.content ?? '';
  const faults: string[] = [];
  const [user] = last('USER').split(':');
  if (!/^[1-9]\d*$/.test(user ?? '')) faults.push('it does not run as a user with a number above 0');
  if (last('STOPSIGNAL') !== 'SIGTERM') faults.push('it is not ended by SIGTERM');
  if (!EXEC_FORM.test(last('CMD'))) faults.push('its command runs under a shell, which keeps signals for itself');
  if (last('HEALTHCHECK') === '') faults.push('it has no health check, and does not say that it needs none');
  if (all.some(({ keyword }) => keyword === 'ADD')) faults.push('ADD unpacks and downloads: use COPY');
  if (all.some(({ keyword, content }) => ['ENV', 'ARG'].includes(keyword) && /password|secret|token|pepper|_URL/i.test(content)))
    faults.push('a secret is baked in');
  for (const { keyword, content } of all)
    if (keyword === 'COPY' && !content.startsWith('/out/')) faults.push(`it copies ${content}, which is not built output`);
  return faults;
}

export const basesNotPinned = (stages: readonly Stage[]): string[] =>
  stages.map(({ base }) => base).filter((base) => !stages.some(({ name }) => name === base) && !EXACT_TAG.test(base));
