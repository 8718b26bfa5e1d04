import { contract, systemOperations, type AnyDeclaration } from '@trii/contract';
import { describe, expect, it } from 'vitest';
import { handlers, systemHandlers } from './handlers.ts';

/** `area.operation` to what stands there. */
function leaves(areas: object): Map<string, unknown> {
  return new Map(
    Object.entries(areas).flatMap(([area, operations]) =>
      Object.entries(operations as object).map(([name, value]) => [`${area}.${name}`, value]),
    ),
  );
}

// Handlers that are made for something: an opened file, a source of rates, a signing key, a sink.
const { importBars: _madeForAFile, pullRates: _madeForASource, ...market } = systemOperations.market;
const { closeAuditBlocks: _madeForAKey, exportAudit: _madeForASink, ...platform } = systemOperations.platform;

describe('the registry of handlers', () => {
  it.each([
    ['the contract', contract, handlers],
    ['the system', { ...systemOperations, market, platform }, systemHandlers],
  ])('binds each operation of %s to the handler of that very operation', (_, operations, registry) => {
    const bound = new Map([...leaves(registry)].map(([path, handler]) => [path, (handler as { declaration: AnyDeclaration }).declaration]));
    expect([...bound.keys()].toSorted()).toEqual([...leaves(operations).keys()].toSorted());
    for (const [path, declaration] of leaves(operations)) expect(bound.get(path) === declaration, path).toBe(true);
  });

  it('finds each operation under the name it declares', () => {
    for (const [path, declaration] of [...leaves(contract), ...leaves(systemOperations)])
      expect((declaration as AnyDeclaration).name).toBe(path);
  });
});
