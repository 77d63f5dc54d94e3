/** What one connection counts, for whoever watches it. */

/** Counts from the connection's start; written by the connection and whoever waits for it. */
export interface ConnectionCounters {
  messages: number;
  bytesReceived: number;
  bytesSent: number;
  descriptorsReceived: number;
  /** Looks for something to do; those that found nothing are spins. */
  receives: number;
  spins: number;
  /** Waits for the kernel, each of which ends with a wake-up. */
  waits: number;
}

export function createConnectionCounters(): ConnectionCounters {
  return { messages: 0, bytesReceived: 0, bytesSent: 0, descriptorsReceived: 0, receives: 0, spins: 0, waits: 0 };
}
