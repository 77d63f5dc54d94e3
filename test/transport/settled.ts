/** Waiting until what was closed is gone: the thread that waits for all sockets gives its own descriptors back a moment later. */
import { setTimeout } from 'node:timers/promises';
import { PATIENCE } from '../fixtures/deadline.ts';
import { openCount } from '../fixtures/open-descriptors.ts';

/** The number of open descriptors once it is `wanted`, or after PATIENCE whatever it is then. */
export async function settledCount(wanted: number): Promise<number> {
  for (const end = performance.now() + PATIENCE * 1000; openCount() !== wanted && performance.now() < end; ) await setTimeout(10);
  return openCount();
}
