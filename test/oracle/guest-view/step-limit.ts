/** A limit for each step of a QEMU: one that spins, or waits for nothing, is ended, and the step is named. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';

export interface StepLimit {
  /** What the step does, for words such as `while it starts`. */
  readonly step: string;
  /** Processor time after which it spins; so counted a busy machine does not matter. */
  readonly processorSeconds: number;
}

/** A step that waits this long for nothing does not come to an end either, whatever it does. */
const STUCK_SECONDS = 120;
/** Milliseconds from one look to the next. */
const LOOK = 100;

/** QEMU was ended: it spun, or waited without end, in `step`. */
export class GuestHung extends Error {
  readonly step: string;

  constructor(step: string, used: string) {
    super(`QEMU hangs while it ${step}: ${used}`);
    this.step = step;
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** Processor time that a process has used: user and system time in hundredths of a second (proc(5), fields 14 and 15). */
function usedSeconds(child: ChildProcess): number {
  if (!isRunning(child)) return 0;
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'latin1')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** What `work` comes to; GuestHung where the limit passes first, and then `child` is killed. */
export async function withinLimit<T>(child: ChildProcess, { step, processorSeconds }: StepLimit, work: Promise<T>): Promise<T> {
  const [began, before] = [performance.now(), usedSeconds(child)];
  let timer: NodeJS.Timeout | undefined;
  const passed = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const [used, seconds] = [usedSeconds(child) - before, (performance.now() - began) / 1000];
      if (used <= processorSeconds && seconds <= STUCK_SECONDS) return;
      child.kill('SIGKILL');
      reject(new GuestHung(step, `${used.toFixed(1)} s of processor time in ${seconds.toFixed(0)} s`));
    }, LOOK);
  });
  try {
    return await Promise.race([work, passed]);
  } finally {
    clearInterval(timer);
    // It is rejected soon, as QEMU is gone, and nobody waits for it any more.
    work.catch(() => {});
  }
}
