/** The signals that end a command, and the one that would open Node's debugger (signal(7)). */

/** Each ends a process that has no other use for it; a debugger, SIGKILL and SIGSTOP apart, they are what people and managers send. */
export const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;

/** Node opens a port for debuggers at SIGUSR1. From now on the signal does what it does to any process: it ends this one. */
export function closeDebugger(): void {
  const nothing = (): void => {};
  // The system's own action comes back with the last listener, Node's does not.
  process.on('SIGUSR1', nothing);
  process.off('SIGUSR1', nothing);
}

/** Resolves at the first signal that asks to end; a second one of its kind ends the process at once. */
export function untilSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ENDING_SIGNALS) process.once(signal, () => resolve(signal));
  });
}
