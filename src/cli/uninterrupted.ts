/** Makes a change whole: signals that would end the process wait until it is done. */
import { ENDING_SIGNALS } from './signals.ts';

/** Runs `change`, which is synchronous, and holds back signals that would end the process meanwhile. */
export function uninterrupted<T>(change: () => T): T {
  const ignore = (): void => {};
  for (const signal of ENDING_SIGNALS) process.on(signal, ignore);
  try {
    return change();
  } finally {
    for (const signal of ENDING_SIGNALS) process.off(signal, ignore);
  }
}
