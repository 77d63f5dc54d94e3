/** Makes a change whole: signals that would end the process wait until it is done. */

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Runs `change`, which is synchronous, and holds back signals that would end the process meanwhile. */
export function uninterrupted<T>(change: () => T): T {
  const ignore = (): void => {};
  for (const signal of SIGNALS) process.on(signal, ignore);
  try {
    return change();
  } finally {
    for (const signal of SIGNALS) process.off(signal, ignore);
  }
}
