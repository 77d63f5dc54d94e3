/** Boots the next host VM while tests use the last one: a boot is work for one processor, and so is most of what a test does. */

interface Plan {
  readonly boot: () => Promise<unknown>;
  booting?: Promise<unknown>;
}

const plans: Plan[] = [];

/** With a pattern a test file may be loaded whose hosts nobody asks for; they would never end. */
const isEveryHostUsed = !process.execArgv.some(word => word.startsWith('--test-name-pattern') || word === '--test-only');

/** Begins the first boot that was announced and not begun. */
function bootNext(): void {
  const next = isEveryHostUsed ? plans.find(({ booting }) => booting === undefined) : undefined;
  if (next === undefined) return;
  next.booting = next.boot();
  // Whoever asks for it is told.
  next.booting.catch(() => {});
}

/**
 * Announces a boot, to be called where a test file is loaded, in the order in which the hosts are asked for. The function that comes
 * back gives the host; whoever asks disposes of it, and the next boot begins.
 */
export function bootAhead<Host>(boot: () => Promise<Host>): () => Promise<Host> {
  let booting: Promise<Host> | undefined;
  const start = () => {
    booting ??= boot();
    return booting;
  };
  const plan: Plan = { boot: start };
  plans.push(plan);
  return async () => {
    plan.booting = start();
    try {
      return await start();
    } finally {
      bootNext();
    }
  };
}
