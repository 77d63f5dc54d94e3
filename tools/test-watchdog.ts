/** The process beside the tests (see test-watch.ts): `test-watchdog PID SECONDS` ends PID and what it started where no test goes on. */
import { readdirSync, readFileSync, writeSync } from 'node:fs';
import type { TestEvent } from './test-watch.ts';

const [pid, seconds] = process.argv.slice(2).map(Number);
/** Milliseconds from one look to the next. */
const LOOK = 200;

/** Tests that run and when they began. */
const running = new Map<string, number>();
let last = 'nothing: no file was loaded';
let moved = performance.now();

process.on('message', ({ kind, name }: TestEvent) => {
  moved = performance.now();
  last = `"${name}" ${kind}`;
  if (kind === 'begins') running.set(name, moved);
  if (kind === 'ends') running.delete(name);
});

/** All processes with the number of the one that started each (proc(5): /proc/PID/stat, fields 1 and 4). */
function parents(): Map<number, number> {
  const found = new Map<number, number>();
  for (const name of readdirSync('/proc').filter(entry => /^\d+$/.test(entry))) {
    try {
      const fields = readFileSync(`/proc/${name}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ');
      found.set(Number(name), Number(fields[1]));
    } catch {
      // It has ended since.
    }
  }
  return found;
}

/** The process, then what it started, but this one. */
function family(root: number): number[] {
  const all = [root];
  const known = parents();
  for (const one of all) for (const [child, parent] of known) if (parent === one && child !== process.pid) all.push(child);
  return all;
}

function endTests(): void {
  const names = [...running].map(([name, began]) => `"${name}", which began ${((performance.now() - began) / 1000).toFixed(0)} s ago`);
  const where = names.length > 0 ? names.join(', ') : `what comes before or after a test; the last that was seen: ${last}`;
  writeSync(2, `\n✖ the tests hang: none began or ended for ${seconds} s. It is ${where}\n`);
  for (const one of family(pid)) {
    try {
      process.kill(one, 'SIGKILL');
    } catch {
      // It has ended since.
    }
  }
  process.exit();
}

setInterval(() => {
  // It may have ended before this process could listen, and its number may be another's by now.
  if (process.ppid !== pid) process.exit();
  if (performance.now() - moved > seconds * 1000) endTests();
}, LOOK);
