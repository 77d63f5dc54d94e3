/** Waiting until what was closed is gone: the thread that waits for all sockets gives its own descriptors back a moment later. */
import { setTimeout } from 'node:timers/promises';
import { openCount } from '../fixtures/open-descriptors.ts';

/** The number of open descriptors once it is `wanted`, or after 3 seconds whatever it is then. */
export async function settledCount(wanted: number): Promise<number> {
  for (let i = 0; i < 300 && openCount() !== wanted; i++) await setTimeout(10);
  return openCount();
}
