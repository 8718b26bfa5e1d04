/**
 * The demo as data: what is listed, where its prices come from, and what three investors did. Trades are recorded at the close of their day,
 * as the imported bars have it; nothing here is a price.
 */
export interface DemoInstrument {
  readonly symbol: string;
  readonly name: string;
  readonly description: string;
  readonly type: 'STOCK' | 'ETF';
}

export const TRACKER = 'DEMO500';

export const demoInstruments: readonly DemoInstrument[] = [
  {
    symbol: TRACKER,
    name: 'Demo tracker of the S&P 500',
    description: 'Priced at the level of the index; no such fund exists.',
    type: 'ETF',
  },
  {
    symbol: 'AAPL',
    name: 'Apple Inc.',
    description: 'Daily bars 2013 to 2018, adjusted for the split of 2014; monthly closes 2000 to 2010 as they were before it.',
    type: 'STOCK',
  },
  { symbol: 'MSFT', name: 'Microsoft Corporation', description: 'Monthly closes 2000 to 2010.', type: 'STOCK' },
  { symbol: 'AMZN', name: 'Amazon.com, Inc.', description: 'Monthly closes 2000 to 2010.', type: 'STOCK' },
  { symbol: 'IBM', name: 'International Business Machines Corporation', description: 'Monthly closes 2000 to 2010.', type: 'STOCK' },
  { symbol: 'GOOG', name: 'Alphabet Inc.', description: 'Monthly closes 2004 to 2010.', type: 'STOCK' },
];

export type DemoStep =
  | { readonly kind: 'deposit' | 'withdraw'; readonly date: string; readonly amount: string }
  | { readonly kind: 'BUY' | 'SELL'; readonly date: string; readonly symbol: string; readonly quantity: string; readonly fees: string };

export interface DemoInvestor {
  readonly slug: string;
  readonly email: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly timezone: string;
  readonly portfolio: { readonly name: string; readonly openedOn: string };
  readonly steps: readonly DemoStep[];
}

const deposit = (date: string, amount: string): DemoStep => ({ kind: 'deposit', date, amount });
const withdraw = (date: string, amount: string): DemoStep => ({ kind: 'withdraw', date, amount });
const trade =
  (kind: 'BUY' | 'SELL', fees: string) =>
  (date: string, symbol: string, quantity: string): DemoStep => ({ kind, date, symbol, quantity, fees });

const anaBuys = trade('BUY', '9.95');
const anaSells = trade('SELL', '9.95');
const brunoBuys = trade('BUY', '4.95');
const brunoSells = trade('SELL', '4.95');
const carlaBuys = trade('BUY', '1.00');
const carlaSells = trade('SELL', '1.00');

const ana: DemoInvestor = {
  slug: 'ana',
  email: 'ana@demo.example',
  firstName: 'Ana',
  lastName: 'Torres',
  timezone: 'America/Bogota',
  portfolio: { name: 'Long haul', openedOn: '2000-01-03' },
  steps: [
    deposit('2000-01-03', '50000.00'),
    anaBuys('2000-01-03', TRACKER, '20'),
    anaBuys('2002-10-09', TRACKER, '8'),
    // A Saturday: the money counts from the next session on.
    deposit('2009-03-07', '12000.00'),
    anaBuys('2009-03-09', TRACKER, '25'),
    anaBuys('2013-05-13', 'AAPL', '100'),
    anaSells('2015-05-21', TRACKER, '20'),
    withdraw('2015-06-01', '30000.00'),
    anaBuys('2016-05-12', 'AAPL', '60'),
  ],
};

const bruno: DemoInvestor = {
  slug: 'bruno',
  email: 'bruno@demo.example',
  firstName: 'Bruno',
  lastName: 'Salazar',
  timezone: 'America/Bogota',
  portfolio: { name: 'Apple and the index', openedOn: '2013-05-13' },
  steps: [
    deposit('2013-05-13', '20000.00'),
    brunoBuys('2013-05-13', 'AAPL', '150'),
    brunoBuys('2013-06-24', TRACKER, '5'),
    brunoSells('2014-11-26', 'AAPL', '75'),
    withdraw('2014-12-15', '5000.00'),
    deposit('2015-08-24', '3000.00'),
    brunoBuys('2015-08-24', 'AAPL', '30'),
    brunoSells('2018-03-12', TRACKER, '2'),
  ],
};

/** The first session of each quarter from 2014 to the spring of 2018, and a fraction of the tracker bought there. */
const quarters: readonly (readonly [date: string, quantity: string])[] = [
  ['2014-01-02', '0.75'],
  ['2014-04-01', '0.75'],
  ['2014-07-01', '0.7'],
  ['2014-10-01', '0.7'],
  ['2015-01-02', '0.7'],
  ['2015-04-01', '0.7'],
  ['2015-07-01', '0.7'],
  ['2015-10-01', '0.75'],
  ['2016-01-04', '0.7'],
  ['2016-04-01', '0.7'],
  ['2016-07-01', '0.7'],
  ['2016-10-03', '0.65'],
  ['2017-01-03', '0.65'],
  ['2017-04-03', '0.625'],
  ['2017-07-03', '0.6'],
  ['2017-10-02', '0.575'],
  ['2018-01-02', '0.55'],
  ['2018-04-02', '0.58125'],
];

const carla: DemoInvestor = {
  slug: 'carla',
  email: 'carla@demo.example',
  firstName: 'Carla',
  lastName: 'Mejía',
  timezone: 'Europe/Madrid',
  portfolio: { name: 'Savings plan', openedOn: '2014-01-02' },
  steps: [
    ...quarters.flatMap(([date, quantity]) => [deposit(date, '1500.00'), carlaBuys(date, TRACKER, quantity)]),
    carlaSells('2018-04-30', TRACKER, '2.5'),
    withdraw('2018-05-02', '4000.00'),
  ],
};

export const demoInvestors: readonly DemoInvestor[] = [ana, bruno, carla];
