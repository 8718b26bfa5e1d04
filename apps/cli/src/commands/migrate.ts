import { migrate, moveSeriesToTimescale } from '@trii/db';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { encryptNames } from '../platform/encrypt-names.ts';
import { findPlace } from '../platform/place.ts';

export const migrateCommand = () =>
  commandOf({
    name: 'migrate',
    description: 'Bring the database to this version of the schema, as its owner. Safe to run again.',
    configure: (command) =>
      command.option(
        '--series <engine>',
        'timescale: then move the series to TimescaleDB; nobody reads or writes them meanwhile (docs/OPERATIONS.md)',
      ),
    input: z.object({ series: z.literal('timescale').optional() }),
    run: async ({ series }, { output, folder }) => {
      const { servers } = findPlace(folder);
      const say = (text: string): void => output.event({ note: text }, `  ${text}`);
      const options = { ownerUrl: servers.DATABASE_OWNER_URL, onStep: say };
      const ran = await migrate(options);
      await encryptNames({ servers, folder, say });
      const schema = ran.length === 0 ? 'The schema is up to date.' : `${ran.length} migrations ran.`;
      if (series === undefined) {
        output.result({ ran }, [schema]);
        return exitCodes.ok;
      }
      const moved = await moveSeriesToTimescale(options);
      output.result({ ran, ...moved }, [
        schema,
        moved.moved ? 'TimescaleDB keeps the series now.' : 'TimescaleDB kept the series already.',
      ]);
      return exitCodes.ok;
    },
  });
