/** Changes that are made whole: a signal to end waits until they are done. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `change`, which waits for nothing, with the signals that would end the process held back. */
export function uninterrupted<T>(change: () => T): T {
  const ignore = (): void => {};
  for (const signal of SIGNALS) process.on(signal, ignore);
  try {
    return change();
  } finally {
    for (const signal of SIGNALS) process.off(signal, ignore);
  }
}
