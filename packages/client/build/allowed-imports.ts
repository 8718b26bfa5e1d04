const imported =
  /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*|\breference\s+(?:path|types)\s*=\s*)(?<quote>['"])(?<specifier>[^'"]+)\k<quote>/g;

/** What the package may ask for. `@trpc/server` for its types alone: its code is the server's. */
const librariesOfCode: readonly string[] = ['@trpc/client', 'eventsource'];
const librariesOfTypes: readonly string[] = [...librariesOfCode, '@trpc/server'];

/** What a built package (file name to text) asks for that it neither carries nor declares: a server type, an entity, the contract itself. */
export function foreignImports(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, text]) => {
    const allowed = file.endsWith('.d.ts') ? librariesOfTypes : librariesOfCode;
    return [...text.matchAll(imported)]
      .map((match) => match.groups?.['specifier'] ?? '')
      .filter((specifier) => !allowed.includes(specifier) && !isOwn(specifier, files))
      .map((specifier) => `${file} imports ${specifier}`);
  });
}

/** `./x.js` of a file that is there; its types are enough where only types are meant. */
function isOwn(specifier: string, files: ReadonlyMap<string, string>): boolean {
  const name = /^\.\/(?<name>[\w-]+)\.js$/.exec(specifier)?.groups?.['name'];
  return name !== undefined && files.has(`${name}.d.ts`);
}
