import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fixedClock } from '@trii/kernel';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { publishedOf, rateSourceOf } from './published-rates.ts';

// As https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml had it on 25 May 2018, three currencies of it.
const XML = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
	<gesmes:subject>Reference rates</gesmes:subject>
	<gesmes:Sender>
		<gesmes:name>European Central Bank</gesmes:name>
	</gesmes:Sender>
	<Cube>
		<Cube time='2018-05-25'>
			<Cube currency='USD' rate='1.1675'/>
			<Cube currency='JPY' rate='127.64'/>
			<Cube currency='BGN' rate='1.9558'/>
		</Cube>
	</Cube>
</gesmes:Envelope>`;
const DAILY = 'Date, USD, JPY, BGN, \n25 May 2018, 1.1675, 127.64, 1.9558, \n';
const HISTORY = 'Date,USD,JPY,CYP,BGN,\n2018-05-25,1.1675,127.64,N/A,1.9558,\n2018-05-24,1.1728,128.38,N/A,1.9558,\n';
const EXPECTED = {
  source: 'European Central Bank',
  asOf: '2018-05-25T13:30:00.000Z',
  rates: [
    { from: 'EUR', to: 'USD', rate: '1.1675' },
    { from: 'EUR', to: 'JPY', rate: '127.64' },
    { from: 'EUR', to: 'BGN', rate: '1.9558' },
  ],
};

test.each([
  ['XML', XML],
  [
    'XML of 90 days',
    XML.replace('\t</Cube>\n</gesmes', `\t\t<Cube time="2018-05-24"><Cube currency="USD" rate="1.1728"/></Cube>\n\t</Cube>\n</gesmes`),
  ],
  ['CSV of a day', DAILY],
  ['CSV of all days', HISTORY],
])('the newest day is read of the bank’s %s', (_, text) => {
  expect(publishedOf('a file', text)).toEqual(EXPECTED);
});

test.each([
  ['a page of a proxy', '<html><body>Sign in</body></html>'],
  ['nothing', ''],
  ['a day without a rate', DAILY.replace(/1\.1675.*/, '')],
  ['a rate of nothing', XML.replace('1.1675', '0.0000')],
  ['a rate below nothing', XML.replace('1.1675', '-1.1675')],
  ['a rate that is no decimal', XML.replace('1.1675', '1,1675')],
  ['a day that is none', XML.replace('2018-05-25', '2018-02-30')],
  ['a month that is none', DAILY.replace('May', 'Mai')],
  ['a currency of two letters', XML.replace("'USD'", "'US'")],
])('%s is refused by name, whole', (_, text) => {
  expect(() => publishedOf('a file', text)).toThrow(expect.objectContaining({ code: 'RATE_SOURCE_UNREADABLE' }) as Error);
});

describe('a source', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'trii-rates-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const clock = fixedClock('2018-05-25T13:29:59Z');

  test('is a file, read when it is asked', async () => {
    const path = join(folder, 'eurofxref.csv');
    const source = rateSourceOf(path, clock);
    await expect(source.latest()).rejects.toMatchObject({ code: 'UNAVAILABLE', details: { location: path } });
    await writeFile(path, DAILY);
    expect(await source.latest()).toEqual(EXPECTED);
  });

  test('that is endless is not read to its end', async () => {
    const path = join(folder, 'long.csv');
    await writeFile(path, `${DAILY}${' '.repeat(2_000_000)}`);
    await expect(rateSourceOf(path, clock).latest()).rejects.toMatchObject({ code: 'RATE_SOURCE_UNREADABLE' });
  });

  test('that nobody answers for is named', async () => {
    await expect(rateSourceOf('https://127.0.0.1:1/rates.xml', clock).latest()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      details: { location: 'https://127.0.0.1:1/rates.xml' },
    });
  });

  test('that is made up says the same to everyone on one day, and another thing the next', async () => {
    const today = await rateSourceOf('made-up', clock).latest();
    expect(today).toMatchObject({ source: 'made up', asOf: '2018-05-24T13:30:00.000Z' });
    expect(await rateSourceOf('made-up', fixedClock('2018-05-24T13:30:00Z')).latest()).toEqual(today);
    const later = await rateSourceOf('made-up', fixedClock('2018-05-25T13:30:00Z')).latest();
    expect(later.asOf).toBe('2018-05-25T13:30:00.000Z');
    expect(later.rates).not.toEqual(today.rates);
    for (const { rate } of today.rates) expect(rate).toMatch(/^\d+\.\d{6}$/);
  });
});
