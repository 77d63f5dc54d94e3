/** Long work in short pieces, so that the page stays usable while it is done. */

/** The longest that a piece works before others have their turn, in milliseconds. */
const SLICE_MS = 10;

interface Scheduler {
  readonly yield?: () => Promise<void>;
}

/** Lets the page draw and answer before what follows. */
export function nextTask(): Promise<void> {
  const { scheduler } = globalThis as { readonly scheduler?: Scheduler };
  return scheduler?.yield?.() ?? new Promise(resolve => setTimeout(resolve, 0));
}

/** Counts the time of one long piece of work. */
export class TimeSlices {
  #end = performance.now() + SLICE_MS;

  /** Whether the present piece has had its time. */
  get isOver(): boolean {
    return performance.now() >= this.#end;
  }

  /** Gives way where the present piece has had its time; to be called between small steps. */
  async breathe(): Promise<void> {
    if (!this.isOver) return;
    await nextTask();
    this.#end = performance.now() + SLICE_MS;
  }
}
