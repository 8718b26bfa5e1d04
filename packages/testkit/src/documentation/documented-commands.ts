export interface DocumentedCommand {
  readonly path: string;
  readonly line: number;
  readonly command: string;
}

/** What the documentation tells a reader to type: lines of `sh` fences, and code in a line that begins with a program and says what to do. */
const PROGRAM = /^(?:npm|npx|pnpm|node|bun|docker|trii) \S/;

/** Every command that a page of the documentation names, with `trii …` written out as it is typed in a checkout. */
export function commandsIn(path: string, markdown: string): DocumentedCommand[] {
  const found: DocumentedCommand[] = [];
  let fence: string | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const mark = /^\s*```(?<language>\w*)/.exec(text)?.groups?.['language'];
    if (mark !== undefined) fence = fence === undefined ? mark : undefined;
    else if (fence === 'sh' && text.trim() !== '' && !text.startsWith('#'))
      found.push({ path, line: index + 1, command: inCheckout(text.trim()) });
    else if (fence === undefined) {
      for (const [, code = ''] of text.matchAll(/`([^`]+)`/g))
        if (PROGRAM.test(code)) found.push({ path, line: index + 1, command: inCheckout(code) });
    }
  }
  return found;
}

const inCheckout = (command: string): string =>
  command.replace(/^trii /, 'npm run trii -- ').replace(/^pnpm (?=verify|format|soak)/, 'npm run ');

export interface Known {
  readonly scripts: ReadonlySet<string>;
  /** `import bars` -> its options. A group such as `import` is there too. */
  readonly trii: ReadonlyMap<string, ReadonlySet<string>>;
  /** Stages of the Dockerfile and services of compose. */
  readonly targets: ReadonlySet<string>;
  readonly hasFile: (path: string) => boolean;
}

/** npm's own words, which are no scripts. */
const OF_NPM = new Set(['install', 'start', 'test']);

/** What a command names that is not there, in words; undefined when all is. Words in capitals stand for something the reader fills in. */
export function faultOf(command: string, known: Known): string | undefined {
  const [program = '', ...words] = command.split(/\s+/);
  const missing = words.find((word) => /^[\w.-]+\/[\w./-]+\.\w+$/.test(word) && !known.hasFile(word));
  if (missing !== undefined) return `there is no file ${missing}`;
  if (program === 'npm' || program === 'pnpm') return faultOfNpm(words, known);
  if (program === 'docker') {
    const target = words[words.indexOf('--target') + 1] ?? '';
    return words.includes('--target') && !known.targets.has(target) ? `there is no target ${target}` : undefined;
  }
  return undefined;
}

function faultOfNpm(words: readonly string[], known: Known): string | undefined {
  const [verb = '', ...rest] = words;
  const script = verb === 'run' ? (rest[0] ?? '') : verb;
  if (verb === 'install') return undefined;
  if (!known.scripts.has(script) || (verb !== 'run' && !OF_NPM.has(verb))) return `there is no script ${script}`;
  return script === 'trii' ? faultOfTrii(words.slice(words.includes('--') ? words.indexOf('--') + 1 : words.length), known) : undefined;
}

function faultOfTrii(words: readonly string[], known: Known): string | undefined {
  const [name = '', sub = ''] = words;
  if (name === '' || name.startsWith('--') || /^[A-Z]+$/.test(name)) return undefined;
  if (!known.trii.has(name)) return `trii has no command ${name}`;
  const isGroup = [...known.trii.keys()].some((key) => key.startsWith(`${name} `));
  const command = isGroup ? `${name} ${sub}` : name;
  const options = known.trii.get(command);
  if (options === undefined) return `trii ${name} has no command ${sub}`;
  const option = words.find((word) => word.startsWith('--') && !options.has(word));
  return option === undefined ? undefined : `trii ${command} has no option ${option}`;
}

/** The names of commands and the options in what `--help` prints. */
export function readHelp(help: string): { readonly commands: readonly string[]; readonly options: ReadonlySet<string> } {
  const [, listed = ''] = help.split(/^Commands:$/m);
  const commands = [...listed.matchAll(/^ {2}(?<name>[a-z][a-z-]*)/gm)]
    .map((match) => match.groups?.['name'] ?? '')
    .filter((name) => name !== 'help');
  return { commands, options: new Set(help.match(/--[a-z][a-z-]*/g) ?? []) };
}
