/** How long a client may take to agree on a version: one that never does would keep the device from all others. */

/** Milliseconds; a VMM begins with VERSION as soon as it is connected. */
export const DEFAULT_VERSION_DEADLINE = 10_000;

/** Calls `onPass` after so many milliseconds with what is wrong then; null, and never, for 0. The timer keeps no process from ending. */
export function startVersionDeadline(milliseconds: number, onPass: (error: Error) => void): NodeJS.Timeout | null {
  if (milliseconds <= 0) return null;
  const words = `the client did not agree on a version within ${milliseconds / 1000} s`;
  return setTimeout(() => onPass(new Error(words)), milliseconds).unref();
}
