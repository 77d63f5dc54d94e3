/** The loop of one connection: polls for a short time after the last message, then waits (adaptive polling). */
import { setImmediate } from 'node:timers/promises';
import type { ConnectionEnd, UnixConnection } from './unix-connection.ts';
import type { Waiter } from './waiter.ts';

/** Reading the clock costs a tenth of what a message does, so it is read once in this many looks. */
const LOOKS = 16;

/** Microseconds of spinning after the last message: a client that answers at once is never waited for, an idle one costs nothing. */
export const DEFAULT_SPIN = 100;

/** Lets everything run that is ready: promises, timers, messages from other threads. */
async function turn(connection: UnixConnection, waiter: Waiter): Promise<void> {
  await setImmediate();
  waiter.afterTurn(connection);
}

/**
 * Runs the connection until it ends. `spin`: microseconds for which it polls after the last message, 0 to wait at once.
 * @throws SyscallError where the kernel refuses to wait
 */
export async function runConnection(connection: UnixConnection, waiter: Waiter, spin: number = DEFAULT_SPIN): Promise<ConnectionEnd> {
  const { counters } = connection;
  let lastTurn = performance.now();
  let worked = 0;
  let idle = 0;
  let idleSince = 0;
  while (connection.end === null) {
    if (connection.step()) {
      idle = 0;
      if (connection.isWaiting) await null;
      if (++worked % LOOKS !== 0 || performance.now() - lastTurn < waiter.turnTime) continue;
      await turn(connection, waiter);
      lastTurn = performance.now();
      continue;
    }
    if (connection.end !== null) break;
    idle++;
    if (spin > 0) {
      counters.spins++;
      if (idle === 1) idleSince = waiter.isAlone ? 0 : performance.now();
      if (waiter.isAlone) {
        if (idle % LOOKS !== 0) continue;
        // Spinning began a few looks before the clock is first read; that is too little to matter.
        if (idleSince === 0) idleSince = performance.now();
        if (connection.isWaiting) await turn(connection, waiter);
      } else {
        await turn(connection, waiter);
      }
      if ((performance.now() - idleSince) * 1000 < spin) continue;
    }
    // What a promise or a timer sends, or closes, must be seen before anything blocks.
    await turn(connection, waiter);
    lastTurn = performance.now();
    if (connection.end === null) {
      counters.waits++;
      await waiter.wait(connection);
    }
    idle = 0;
    idleSince = 0;
  }
  return connection.end;
}
