import { migrate } from '@trii/db';
import { z } from 'zod';
import { commandOf } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { findPlace } from '../platform/place.ts';

export const migrateCommand = () =>
  commandOf({
    name: 'migrate',
    description: 'Bring the database to this version of the schema, as its owner. Safe to run again.',
    input: z.object({}),
    run: async (_input, { output, folder }) => {
      const ran = await migrate({
        ownerUrl: findPlace(folder).servers.DATABASE_OWNER_URL,
        onStep: (text) => output.event({ note: text }, `  ${text}`),
      });
      output.result({ ran }, [ran.length === 0 ? 'The schema is up to date.' : `${ran.length} migrations ran.`]);
      return exitCodes.ok;
    },
  });
