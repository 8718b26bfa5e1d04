import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foreignImports } from './allowed-imports.ts';
import { compile, packageFolder } from './compile.ts';
import { moduleToWriteOut, routerTypes } from './router-types.ts';
import { moduleOfSameTypes } from './same-types.ts';

/** JavaScript and types in `dist` of an empty folder somewhere under this package, checked to stand alone and to say exactly what the contract says. */
export async function emit(folder: string): Promise<string> {
  const [source, dist] = [join(folder, 'src'), join(folder, 'dist')];
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  cpSync(join(packageFolder, 'src'), source, { recursive: true });
  writeFileSync(join(source, 'written-out.ts'), moduleToWriteOut());
  await compile({
    folder,
    files: ['src/index.ts', 'src/written-out.ts'],
    options: { noEmit: false, noCheck: true, declaration: true, rootDir: 'src', outDir: 'dist' },
  });
  writeFileSync(join(dist, 'app-router.d.ts'), routerTypes(readFileSync(join(dist, 'written-out.d.ts'), 'utf8')));
  // What held only types, or was only there to have them written out.
  for (const file of ['app-router.js', 'written-out.js', 'written-out.d.ts']) rmSync(join(dist, file));
  // The compiler rewrites extensions in JavaScript only.
  for (const name of readdirSync(dist).filter((file) => file.endsWith('.d.ts') && file !== 'app-router.d.ts')) {
    const file = join(dist, name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/(?<=from '\.\/[\w-]+)\.ts(?=')/g, '.js'));
  }
  const foreign = foreignImports(new Map(readdirSync(dist).map((file) => [file, readFileSync(join(dist, file), 'utf8')])));
  if (foreign.length > 0) throw new Error(`the client's package would not stand alone:\n${foreign.join('\n')}`);
  writeFileSync(join(folder, 'same-types.ts'), moduleOfSameTypes);
  await compile({ folder, files: ['same-types.ts'], options: {} });
  return dist;
}
