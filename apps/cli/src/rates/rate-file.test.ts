import type { BarFile } from '@trii/domain';
import { openBarFile } from '@trii/infra';
import { expect, test } from 'vitest';
import { readRateFile } from './rate-file.ts';

const file = (text: string): Promise<BarFile> =>
  openBarFile(
    (async function* () {
      yield new TextEncoder().encode(text);
    })(),
  );

test('reads pair, rate and time by the names of the columns, a date as its first moment in UTC', async () => {
  const text = 'Date;Base;Quote;Rate;comment\n2018-01-02;eur;USD;1.2065;x\n2018-01-02T15:00:00-05:00;USD;COP;2936.10;\n';
  expect(await readRateFile(await file(text))).toEqual([
    { from: 'EUR', to: 'USD', rate: '1.2065', asOf: '2018-01-02T00:00:00.000Z' },
    { from: 'USD', to: 'COP', rate: '2936.10', asOf: '2018-01-02T20:00:00.000Z' },
  ]);
});

test.each([
  ['from,to,rate\nEUR,USD,1\n', 'RATE_COLUMNS_MISSING', /as_of/],
  ['from,to,rate,date\nEUR,USD,1,2018-01-02\nEUR,USD,0,2018-01-03\n', 'RATE_LINES_BROKEN', /line 3: rate must be a positive decimal/],
  ['from,to,rate,date\nEURO,USD,1,2018-01-02\n', 'RATE_LINES_BROKEN', /line 2: from must be/],
  ['from,to,rate,date\nEUR,USD,1,02/01/2018\n', 'RATE_LINES_BROKEN', /line 2: "02\/01\/2018" is neither a date nor a time/],
  ['from,to,rate,date\nEUR,USD,1\n', 'RATE_LINES_BROKEN', /line 2: wrong_field_count/],
])('reads nothing of %j', async (text, code, message) => {
  await expect(readRateFile(await file(text))).rejects.toMatchObject({ code, message: expect.stringMatching(message) as string });
});
