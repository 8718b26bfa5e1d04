import { codeOnly, lineAt } from './source-text.ts';
import { isProjectCode, isTest, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

interface Ban {
  readonly what: string;
  readonly pattern: RegExp;
  readonly remedy: string;
  /** Where it may stand. */
  readonly home?: RegExp;
  /** Where it is looked for; everywhere unless said. */
  readonly within?: RegExp;
  readonly inTests?: 'free';
}

const timeModules = /^packages\/kernel\/src\/(?:clock|local-date|time-zone|instant)\.ts$|^packages\/kernel\/src\/calendar\//;
const withoutIo = /^packages\/(?:kernel|quant|contract|domain|rpc|jobs)\/src\//;

const bans: readonly Ban[] = [
  {
    what: 'reads the system clock',
    pattern: /\bnew Date\(\s*\)|\bDate\.now\b|\bnew Date\b(?!\s*\()|(?<!new )\bDate\(/g,
    home: timeModules,
    remedy: "Take kernel's Clock as an argument (a duration: performance.now)",
  },
  {
    what: 'makes a Date by hand',
    pattern: /\bnew Date\(\s*[^\s)]/g,
    home: timeModules,
    inTests: 'free',
    remedy: 'Use the LocalDate and instant functions of kernel, which name the time zone',
  },
  {
    what: 'reads the environment',
    pattern: /\bprocess\.env\b|\bBun\.env\b|\bimport\.meta\.env\b/g,
    home: /^packages\/infra\/src\/config\.ts$|^packages\/stack\/src\/|^db\/src\/environment\.ts$/,
    remedy: 'Take the value from the configuration that packages/infra/src/config.ts parses',
  },
  {
    what: 'draws from an unseeded generator',
    pattern: /\bMath\.random\b/g,
    remedy: "Use kernel's seeded random, or newId() for ids",
  },
  {
    what: 'does I/O in a package without any',
    pattern: /(?<![.\w])fetch\(|(?<![.\w])Bun\.|(?<![.\w])process\.|\bnew WebSocket\(/g,
    within: withoutIo,
    inTests: 'free',
    remedy: 'Take it through a port',
  },
  {
    what: 'leaves out or singles out a test',
    pattern:
      /\b(?:describe|it|test|bench|suite)(?:\.\w+)*\.(?:only|skip|todo|skipIf|runIf|fails)\b|\b(?:xit|xtest|xdescribe|fit|fdescribe)\(/g,
    remedy: 'Run it always, or remove it',
  },
  {
    what: 'is written for Deno',
    pattern: /(?<![.\w])Deno\./g,
    remedy: 'Bun is the runtime: docs/adr/0002',
  },
];

function applies(ban: Ban, path: string): boolean {
  if (ban.inTests === 'free' && isTest(path)) return false;
  return !ban.home?.test(path) && (ban.within?.test(path) ?? true);
}

/** Calls that would make behaviour depend on time, chance or the machine stand only where they are wrapped. */
export function bannedCallsStayHome(tree: SourceTree): Violation[] {
  return [...tree]
    .filter(([path]) => isProjectCode(path))
    .flatMap(([path, text]) => {
      const code = codeOnly(text);
      return bans
        .filter((ban) => applies(ban, path))
        .flatMap(({ what, pattern, remedy }) =>
          [...code.matchAll(pattern)].map((match) => ({
            path,
            line: lineAt(text, match.index),
            problem: `\`${match[0].trim()}\` ${what}`,
            remedy,
          })),
        );
    });
}
