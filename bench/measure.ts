/** How the benchmarks measure: medians of several runs, and whole processes in turn, with the peak memory that the kernel reports. */
import { spawnSync } from 'node:child_process';

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

export interface Run {
  /** Seconds from start to end. */
  readonly wall: number;
  /** Megabytes of the largest process, where GNU time is there to say so. */
  readonly peak: number | null;
}

const hasTime = spawnSync('/usr/bin/time', ['-f', '%M', 'true']).status === 0;

/** Runs a command whose output nobody reads. Throws where it does not end with `status`. */
export function runOnce(command: readonly string[], status = 0): Run {
  const [file = '', ...args] = hasTime ? ['/usr/bin/time', '-q', '-f', '%M', ...command] : command;
  const start = performance.now();
  const ended = spawnSync(file, args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  const wall = (performance.now() - start) / 1000;
  if (ended.status !== status) throw new Error(`${command.join(' ')} ended with ${ended.status}: ${ended.stderr}`);
  const peak = hasTime ? Number(ended.stderr.trimEnd().split('\n').at(-1)) / 1024 : null;
  return { wall, peak };
}

/** Runs the commands in turn, `rounds` times after one round that does not count; gives the medians of each. */
export function runInTurn(commands: readonly { readonly command: readonly string[]; readonly status?: number }[], rounds: number): Run[] {
  const runs = commands.map((): Run[] => []);
  for (let round = 0; round <= rounds; round++) {
    for (const [i, { command, status }] of commands.entries()) {
      const run = runOnce(command, status);
      if (round > 0) runs[i]?.push(run);
    }
  }
  return runs.map(list => ({
    wall: median(list.map(({ wall }) => wall)),
    peak: list.some(({ peak }) => peak === null) ? null : median(list.map(({ peak }) => peak ?? 0)),
  }));
}
