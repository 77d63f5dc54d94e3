/** What the main thread and a view worker say to one another. */
import type { ViewRequest } from '../../pure/guest-view/index.ts';
import type { ContradictoryRows, ReadTexts, UnreadRows } from '../../pure/inputs/index.ts';
import type { AddressList } from '../told-addresses.ts';

/** The request for every device of the dump: plain values, which can be sent to a thread. */
export interface SegmentRequest {
  readonly request: ViewRequest;
  /** Whether warnings count for the exit code. */
  readonly isStrict: boolean;
  readonly withBytes: boolean;
}

/** The data that a worker is started with. */
export interface WorkerStart {
  readonly path: string;
  readonly ask: SegmentRequest;
}

/** A piece of the dump as offsets in the file; it begins and ends where a device begins. */
export interface Segment {
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

export interface SegmentResult {
  readonly index: number;
  /** JSON Lines of the devices, in order. */
  readonly output: Uint8Array;
  readonly exitCode: number;
  /** Lines that look like rows and were not read; `line` counts from the segment's first line. */
  readonly unread: UnreadRows | null;
  /** What was read as text; null where rows of bytes gave all. */
  readonly readTexts: ReadTexts | null;
  /** Rows that contradict each other about the same bytes; their lines count from the first line of the dump. */
  readonly contradictory: ContradictoryRows | null;
  /** Devices without a byte. */
  readonly empty: AddressList;
  /** What ended the segment early; `line` counts from its first line. */
  readonly fault: { readonly line: number; readonly column: number; readonly words: string } | null;
}
