import { invariant } from '@trii/kernel';
import { type BenchPlace, type BenchSize, type Claim, type OpenClaim, type Sample, timed } from '../claim.ts';
import { insertEncrypted, insertReady, makePeople, type People, type PeopleTable, type Person } from './people.ts';

/** Twice the time of a row without any encryption, at most. */
const TARGET = 0.5;

/** What it costs to insert a person whose six personal values are encrypted on the way in. */
export const personalDataClaim: Claim = {
  name: 'personal-data',
  ours: 'INSERT of a person with names, phone, birth date and income: the statement sets that person’s own key, the trigger encrypts five values and hashes one',
  bare: 'INSERT of the same row with the five ciphertexts and the hash ready-made, into a table like it without the trigger; same connection, role and checks',
  open: openPersonalData,
};

async function openPersonalData({ servers }: BenchPlace, size: BenchSize): Promise<OpenClaim> {
  const people = await makePeople(servers, size.jobs);
  const insert = (table: PeopleTable, statement: (person: Person) => ReturnType<typeof insertReady>) => () =>
    sample(people, table, statement);
  return {
    measures: [
      {
        name: 'insert of a person',
        unit: 'rows',
        target: TARGET,
        ours: insert('bench_people', insertEncrypted),
        bare: insert('bench_people_bare', insertReady),
      },
    ],
    [Symbol.asyncDispose]: () => people[Symbol.asyncDispose](),
  };
}

/** All rows in one transaction: a commit a row would hide what encryption costs behind the disk. */
async function sample(opened: People, table: PeopleTable, statement: (person: Person) => ReturnType<typeof insertReady>): Promise<Sample> {
  const { client, people } = opened;
  await opened.empty(table);
  const taken = await timed(people.length, async () => {
    await client.query('BEGIN');
    for (const person of people) await client.query(statement(person));
    await client.query('COMMIT');
  });
  const written = await opened.count(table);
  invariant(written === people.length, `${people.length} people are written with ciphertexts alone, not ${written}`);
  return taken;
}
