import { contract, type AnyDeclaration } from '@trii/contract';
import { describe, expect, it } from 'vitest';
import { handlers } from './handlers.ts';

/** `area.operation` to what stands there. */
function leaves(areas: object): Map<string, unknown> {
  return new Map(Object.entries(areas).flatMap(([area, operations]) => Object.entries(operations as object).map(([name, value]) => [`${area}.${name}`, value])));
}

describe('the registry of handlers', () => {
  it('binds each operation of the contract to the handler of that very operation', () => {
    const bound = new Map([...leaves(handlers)].map(([path, handler]) => [path, (handler as { declaration: AnyDeclaration }).declaration]));
    expect([...bound.keys()].toSorted()).toEqual([...leaves(contract).keys()].toSorted());
    for (const [path, declaration] of leaves(contract)) {
      expect(bound.get(path) === declaration, path).toBe(true);
    }
  });

  it('finds each operation under the name it declares', () => {
    for (const [path, declaration] of leaves(contract)) expect((declaration as AnyDeclaration).name).toBe(path);
  });
});
