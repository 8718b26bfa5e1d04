import { importsOf, targetOf } from './imports.ts';
import { isProjectCode, isTest, type SourceTree } from './source-tree.ts';
import type { Violation } from './violation.ts';

/** docs/ARCHITECTURE.md, "Areas": lower never imports higher, and areas of one level do not know each other. */
const levels: readonly (readonly string[])[] = [
  ['platform'],
  ['identity', 'market'],
  ['portfolio', 'indicators', 'sentiment'],
  ['compliance', 'models', 'analytics'],
  ['trading'],
  ['rebalancing'],
  ['notifications', 'monitoring'],
];
const levelOf = new Map(levels.flatMap((areas, level) => areas.map((area) => [area, level] as const)));
/** Files at the root of src that gather every area, and the folder that writes them down: an area that imports one has made a circle. */
const wiring = new Set(['index.ts', 'contract.ts', 'router.ts', 'entities.ts', 'handlers.ts', 'reference']);

interface Place {
  readonly workspace: string;
  /** undefined for the wiring at the root of src: it may look into every area. */
  readonly area: string | undefined;
  readonly file: string;
}

function placeOf(path: string): Place | undefined {
  const [top, workspace = '', folder, ...rest] = path.split('/');
  if (top !== 'packages' || folder !== 'src' || !['domain', 'contract'].includes(workspace)) return undefined;
  const area = rest.length > 1 && !wiring.has(rest[0] ?? '') ? rest[0] : undefined;
  return { workspace, area, file: rest.slice(area === undefined ? 0 : 1).join('/') };
}

function judge(from: Place, to: Place): Pick<Violation, 'problem' | 'remedy'> | undefined {
  if (from.area === undefined || from.area === to.area) return undefined;
  if (to.area === undefined) {
    if (!wiring.has(to.file.split('/')[0] ?? '') || isTest(from.file)) return undefined;
    return {
      problem: `${from.area} imports ${to.file}, which imports every area`,
      remedy: 'Import the file you need, or take the value as an argument',
    };
  }
  const [own, other] = [levelOf.get(from.area), levelOf.get(to.area)];
  if (own !== undefined && other !== undefined && own <= other) {
    return {
      problem: `${from.area} (level ${own}) must not import ${to.area} (level ${other})`,
      remedy: 'Emit an event that the higher area reacts to, or move the code to the higher area',
    };
  }
  if (to.file === 'index.ts') return undefined;
  return { problem: `${from.area} goes past the door of ${to.area}`, remedy: `Import ${to.area}/index.ts and export it there` };
}

/** The arrows between areas of domain and contract hold, and other areas are reached only through their index.ts. */
export function areasFollowLevels(tree: SourceTree): Violation[] {
  return [...tree]
    .filter(([path]) => isProjectCode(path))
    .flatMap(([path, text]) => {
      const from = placeOf(path);
      if (!from) return [];
      return importsOf(text).flatMap(({ specifier, line }) => {
        const target = targetOf(path, specifier);
        const to = target === undefined ? undefined : placeOf(target);
        const verdict = to && to.workspace === from.workspace ? judge(from, to) : undefined;
        return verdict ? [{ path, line, ...verdict }] : [];
      });
    });
}

/** Every folder under src of domain and contract is an area of the table, with its door; domain's have half a page of README. */
export function areasHaveOneShape(tree: SourceTree): Violation[] {
  const folders = new Map<string, Place>();
  for (const path of tree.keys()) {
    const place = placeOf(path);
    if (place?.area !== undefined) folders.set(`packages/${place.workspace}/src/${place.area}`, place);
  }
  return [...folders].flatMap(([folder, { workspace, area }]) => {
    const found: Violation[] = [];
    if (!levelOf.has(area ?? '')) {
      found.push({
        path: folder,
        line: 1,
        problem: `${area ?? ''} is no area`,
        remedy: 'Use an area of docs/ARCHITECTURE.md, or give the new one a level in area-arrows.ts',
      });
    }
    const files = workspace === 'domain' ? ['index.ts', 'README.md'] : ['index.ts'];
    const missing = files.filter((file) => !tree.has(`${folder}/${file}`));
    return [
      ...found,
      ...missing.map((file) => ({
        path: `${folder}/${file}`,
        line: 1,
        problem: 'is missing',
        remedy: 'An area has a door, and half a page on its nouns, invariants and events',
      })),
    ];
  });
}
