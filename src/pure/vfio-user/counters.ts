/** What one endpoint counts, for whoever watches it. */
import { VFIO_USER_MAX } from './message.ts';

/** Counts from the connection's start. Written by the endpoint alone; read at any time. */
export interface Counters {
  /** Messages received, replies included, by command; place 0 counts numbers that are no command. */
  readonly messages: Float64Array;
  bytesReceived: number;
  bytesSent: number;
  /** Messages refused, with and without a reply. */
  errors: number;
  /** Bytes of guest memory copied or handed out as a view, from mappings, or copied by calls to the file. */
  dmaMapped: number;
  /** Bytes of guest memory read and written by message. */
  dmaByMessage: number;
}

export function createCounters(): Counters {
  return { messages: new Float64Array(VFIO_USER_MAX), bytesReceived: 0, bytesSent: 0, errors: 0, dmaMapped: 0, dmaByMessage: 0 };
}

/** Counts one message that came. */
export function countReceived(counters: Counters, command: number, length: number): void {
  const place = command < VFIO_USER_MAX ? command : 0;
  counters.messages[place] = (counters.messages[place] ?? 0) + 1;
  counters.bytesReceived += length;
}
