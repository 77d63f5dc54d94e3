/** What a process holds, as the kernel counts it, and how far that may be from what it held before. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

/** By how many parts the counts of these tests are divided: 1 is the whole load. */
const PARTS = Number(process.env.AIRLOCK_LOAD_PARTS ?? 1);

/** Connections or messages of a load that is `whole` where all of it is run. */
export function share(whole: number): number {
  return Math.ceil(whole / PARTS);
}

export interface Footprint {
  readonly descriptors: number;
  readonly mappings: number;
  /** Resident memory in MiB. */
  readonly memory: number;
}

export function footprintOf(pid: number): Footprint {
  const mappings = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n').length - 1;
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return { descriptors: readdirSync(`/proc/${pid}/fd`).length, mappings, memory: Number(resident) / 1024 };
}

/** The engine takes and gives back memory of its own as it likes; what each of many connections left would be far more. */
const SLACK = { descriptors: 2, mappings: 150, memory: 80 };

/** Fails where the process holds more than before. */
export function assertNoMore(now: Footprint, before: Footprint, what: string): void {
  for (const key of ['descriptors', 'mappings', 'memory'] as const) {
    assert.ok(now[key] <= before[key] + SLACK[key], `${key} after ${what}: ${now[key]}, before ${before[key]}`);
  }
}
