export { dailyBarsHandler } from './daily-bars.ts';
export { listInstrumentHandler } from './list-instrument.ts';
export { instrumentsHandler } from './list-instruments.ts';
export { Instrument } from './instrument.entity.ts';
