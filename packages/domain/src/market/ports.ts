import type { LocalDate } from '@trii/kernel';
import type { StreamReading, StreamItems } from '../platform/index.ts';
import type { BarText } from './bar-text.ts';
import type { Bar, BarSeries } from './bar.ts';
import type { Fault } from './reject-reasons.ts';

/** One line of a bar file after the header. A line that is no record carries its fault and no fields. */
export interface RawRow {
  /** Counted from 1 at the top of the file, header and blank lines included. */
  readonly line: number;
  readonly raw: string;
  readonly fields: readonly string[];
  readonly fault: Fault | null;
}

/** A bar file as it streams in: the header's names, then its lines in batches of any size. */
export interface BarFile {
  readonly header: readonly string[];
  readonly batches: AsyncIterable<readonly RawRow[]>;
}

export interface ListedInstrument {
  readonly id: string;
  readonly symbol: string;
  readonly exchangeCode: string | null;
}

/** The listed instrument of that symbol, or null. */
export type FindInstrument = (symbol: string) => Promise<ListedInstrument | null>;

/** What is written at once. No two `bars` share instrument and period, nor does any bar of an earlier chunk of the file. */
export interface BarChunk {
  readonly series: BarSeries;
  /** Where the bars come from: the name of the file. */
  readonly source: string;
  readonly bars: BarText;
  /** Bars whose period the file gave before, in this chunk or an earlier one: compared with what is stored, never written. */
  readonly repeats: readonly Bar[];
}

/** From this day on an instrument's stored bars are not what they were. */
export interface ChangedFrom {
  readonly instrumentId: string;
  readonly date: LocalDate;
}

export interface WrittenBars {
  readonly inserted: number;
  readonly corrected: number;
  readonly unchanged: number;
  /** Positions in `repeats` of those that differ from what is stored; the others count as unchanged. */
  readonly conflicts: readonly number[];
  /** Of the instruments whose bars were inserted or corrected. */
  readonly changedFrom: readonly ChangedFrom[];
}

/** Writes a chunk so that writing it again changes nothing. */
export interface BarStore {
  write(chunk: BarChunk): Promise<WrittenBars>;
}

export interface RejectedLine extends Fault {
  readonly line: number;
  readonly raw: string;
}

/** Takes the lines that were not imported; bounded by itself. */
export interface RejectSink {
  add(rejected: RejectedLine): void;
}

/** One price as it happened. Decimals as strings. */
export interface PriceTick {
  readonly symbol: string;
  readonly price: string;
  /** Traded with this tick. */
  readonly volume?: string | undefined;
  readonly bid?: string | undefined;
  readonly ask?: string | undefined;
  /** Epoch milliseconds, of the venue. */
  readonly timestampMs: number;
}

/** Puts ticks where every reader finds them, `stream:market_data`: at most 1,000 at once. They are kept for a while, not for good. */
export interface TickPublisher {
  publish(ticks: readonly PriceTick[]): Promise<void>;
}

export interface TickReplay {
  replay(reading: StreamReading): Promise<StreamItems<PriceTick>>;
}

/** What a source of exchange rates published last: rates of one day. Decimals as strings. */
export interface PublishedRates {
  /** As it is told with each rate. */
  readonly source: string;
  /** Since when they are true. ISO 8601, UTC. */
  readonly asOf: string;
  readonly rates: readonly { readonly from: string; readonly to: string; readonly rate: string }[];
}

/** Who publishes exchange rates. */
export interface RateSource {
  /** @throws Failure UNAVAILABLE when it does not answer, RATE_SOURCE_UNREADABLE when what it says is not in its form */
  latest(): Promise<PublishedRates>;
}
