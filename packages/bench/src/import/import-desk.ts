import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import {
  createExecutor,
  type FindInstrument,
  handlers,
  importBarsHandler,
  instrumentFinder,
  localOrigin,
  openBarImport,
  systemActor,
} from '@trii/domain';
import { closeOrm, createOrm, createTransactionHost, openBarFile } from '@trii/infra';
import { CodedError, invariant, newId, systemClock } from '@trii/kernel';
import type { ServerUrls } from '@trii/stack';
import { noPorts, quietLogger } from '../quiet.ts';

interface ListedSymbol {
  readonly id: string;
  readonly symbol: string;
}

export interface FileToImport {
  readonly path: string;
  readonly resolution: '1d' | '1m';
  /** What must have become of the lines, or the sample is worth nothing. */
  readonly expected: { readonly inserted: number } | { readonly unchanged: number };
}

/** The parts that `trii import bars` puts together, put together the same way. */
export interface ImportDesk extends AsyncDisposable {
  /** The first `count` instruments of the bench; those that are missing are listed. */
  list(count: number): Promise<ListedSymbol[]>;
  import(file: FileToImport): Promise<void>;
}

/** As at the command line. */
const POOL_SIZE = 2;
const PIECE_BYTES = 16_384;

export async function openImportDesk(servers: ServerUrls): Promise<ImportDesk> {
  const open = (url: string) => createOrm({ url, poolSize: POOL_SIZE, applicationName: 'trii-bench' });
  const [operator, worker] = await Promise.all([open(servers.DATABASE_OPERATOR_URL), open(servers.DATABASE_WORKER_URL)]);
  const transactions = await createTransactionHost({ admin_role: operator, worker_role: worker });
  const executor = createExecutor({ transactions, clock: systemClock, ports: noPorts, logger: quietLogger, subscriptions: {} });
  const find = instrumentFinder(transactions);
  const call = (input: unknown) => ({ actor: systemActor('bench'), origin: localOrigin(newId()), input });

  async function listed(symbol: string): Promise<ListedSymbol> {
    const input = { symbol, name: symbol, type: 'STOCK', exchangeCode: 'XNYS', currencyCode: 'USD' };
    return (await find(symbol)) ?? executor.run(handlers.market.listInstrument, call(input));
  }

  return {
    async list(count) {
      const found: ListedSymbol[] = [];
      for (let index = 1; index <= count; index += 1) found.push(await listed(`BENCH${String(index).padStart(4, '0')}`));
      return found;
    },
    async import({ path, resolution, expected }) {
      const opened = await openFile({ path, resolution, find });
      const input = { source: basename(path), resolution };
      const { read, rejected, ...counts } = await executor.batch(importBarsHandler(opened), call(input));
      const [[what, rows] = []] = Object.entries(expected);
      invariant(
        read === rows && rejected === 0 && Object.entries(counts).every(([name, count]) => count === (name === what ? rows : 0)),
        `an import of ${rows} rows that are to be ${what} counted ${JSON.stringify({ read, rejected, ...counts })}`,
      );
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([closeOrm(operator), closeOrm(worker)]);
    },
  };
}

async function openFile({ path, resolution, find }: Omit<FileToImport, 'expected'> & { readonly find: FindInstrument }) {
  const file = await openBarFile(createReadStream(path, { highWaterMark: PIECE_BYTES }));
  const request = {
    resolution,
    source: basename(path),
    symbol: undefined,
    mapping: {},
    timeZone: undefined,
    dateFormat: undefined,
    decimalComma: false,
  };
  const rejects = {
    add: ({ line, reason, detail }: { readonly line: number; readonly reason: string; readonly detail: string }) => {
      throw new CodedError('BENCH_LINE_REJECTED', `line ${line} of ${path}: ${reason} ${detail}`);
    },
  };
  return openBarImport(request, { file, find, rejects, clock: systemClock });
}
