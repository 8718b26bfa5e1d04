export { candlesHandler, lastCandlesHandler } from './read-candles.ts';
export { dailyBarsHandler } from './daily-bars.ts';
export { listInstrumentHandler } from './list-instrument.ts';
export { instrumentsHandler } from './list-instruments.ts';
export { Instrument } from './instrument.entity.ts';
export { RESOLUTIONS, type Resolution } from './bar.ts';
export { columnRoles, type ColumnRole } from './bar-columns.ts';
export { openBarImport, type BarImport, type ImportParts, type ImportRequest } from './bar-import.ts';
export { DATE_FORMATS, type DateFormat } from './date-formats.ts';
export { instrumentFinder } from './find-instrument.ts';
export { assertSymbolFound, dryRunImport, importBarsHandler, NO_LINES, type ImportCounts } from './import-bars.ts';
export type {
  BarFile,
  FindInstrument,
  ListedInstrument,
  PriceTick,
  PublishedRates,
  RateSource,
  RawRow,
  RejectedLine,
  RejectSink,
  TickPublisher,
  TickReplay,
} from './ports.ts';
export { findRate, isStaleRate, type ExchangeRate, type KnownRate, type Pair, type RatePath } from './exchange-rate.ts';
export { readRateBook, readRateBooks, requireRate, type RateBook, type RatePolicy } from './rate-book.ts';
export { closeMoment, rateMoment } from './rate-moment.ts';
export { ratePolicyHandler, setRatePolicyHandler } from './rate-policy.ts';
export { exchangeRateView, rateHandler, ratesHandler } from './read-rates.ts';
export { pullRatesHandler } from './pull-rates.ts';
export { setRatesHandler } from './set-rates.ts';
export { setSpreadHandler } from './set-spread.ts';
export { spreadOf } from './spreads.ts';
export { quoteHandler } from './read-quote.ts';
export { fault, rejectReasons, type Fault, type RejectReason } from './reject-reasons.ts';
export { droppedBefore } from './series-days.ts';
export { refreshRollupsHandler, rollupsDueHandler } from './refresh-rollups.ts';
export { CorporateAction } from './corporate-action.entity.ts';
export { marketActionsHandler } from './list-market-actions.ts';
export { cancelActionHandler, recordActionHandler } from './record-action.ts';
