/** What one connection counts, for whoever watches it. */

/** Counts from the connection's start; the connection and whatever waits for it add to them. */
export interface ConnectionCounters {
  messages: number;
  bytesReceived: number;
  bytesSent: number;
  descriptorsReceived: number;
  /** How often something to do was looked for; a look that found nothing is a spin. */
  receives: number;
  spins: number;
  /** How often the thread waited in the kernel; each wait ends with a wake-up. */
  waits: number;
}

export function createConnectionCounters(): ConnectionCounters {
  return { messages: 0, bytesReceived: 0, bytesSent: 0, descriptorsReceived: 0, receives: 0, spins: 0, waits: 0 };
}
