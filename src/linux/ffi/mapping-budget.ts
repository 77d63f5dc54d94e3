/**
 * How many mappings of clients' files all threads of this process may have together. The kernel gives a process so many (vm.max_map_count);
 * an engine that gets none when it wants memory ends the process, so clients get a part of them, and a part of the address space.
 */
import { readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import { SyscallError } from './syscall-error.ts';

/** What threads that are started here find the counts by. */
const KEY = 'vfio-airlock mappings';
const COUNT = 0;
/** Address space, in MiB so that it fits. */
const MEBIBYTES = 1;
const MEBIBYTE = 2 ** 20;
/** The kernel's own default (sysctl/vm.rst). */
const USUAL_MOST = 65_530;
/** Half of what a process has on x86-64, which is the least of the machines that Node runs on with 64 bits: 64 TiB. */
const MOST_MEBIBYTES = 2 ** 46 / MEBIBYTE;

function findCounts(): Int32Array {
  const known: unknown = getEnvironmentData(KEY);
  if (known instanceof Int32Array) return known;
  const made = new Int32Array(new SharedArrayBuffer(8));
  setEnvironmentData(KEY, made);
  return made;
}

/** Shared by the threads of the process: whoever starts threads has loaded this first. */
const counts = findCounts();

function readKernelMost(): number {
  try {
    const most = Number(readFileSync('/proc/sys/vm/max_map_count', 'utf8'));
    return Number.isInteger(most) && most > 0 ? most : USUAL_MOST;
  } catch {
    return USUAL_MOST;
  }
}

let kernelMost: number | null = null;

/** How many mappings there may be: a quarter of what the kernel allows is for the engine, its threads and its libraries. */
function mostMappings(): number {
  kernelMost ??= readKernelMost();
  return Math.floor(kernelMost * 0.75);
}

const mebibytes = (length: number): number => Math.ceil(length / MEBIBYTE);

/** How many mappings are reserved now, in all threads. */
export function reservedMappings(): number {
  return Atomics.load(counts, COUNT);
}

/** Reserves a mapping of `length` bytes, to be released once it is gone. Throws SyscallError ENOSPC where clients have all that they get. */
export function reserveMapping(length: number, target: string): void {
  const isTooMany = Atomics.add(counts, COUNT, 1) >= mostMappings();
  // What is larger than all there is must not overflow the count.
  const size = Math.min(mebibytes(length), MOST_MEBIBYTES + 1);
  if (!isTooMany && Atomics.add(counts, MEBIBYTES, size) + size <= MOST_MEBIBYTES) return;
  Atomics.sub(counts, COUNT, 1);
  if (!isTooMany) Atomics.sub(counts, MEBIBYTES, size);
  const hint = isTooMany
    ? `clients of this process have ${mostMappings()} mappings, which is what vm.max_map_count of ${kernelMost} leaves to them`
    : `clients of this process would use more than ${MOST_MEBIBYTES / MEBIBYTE} TiB of its address space`;
  const words = { call: 'mmap', action: `map ${length} bytes of ${target}`, hints: { ENOSPC: hint } };
  throw new SyscallError(words, constants.errno.ENOSPC, target);
}

export function releaseMapping(length: number): void {
  Atomics.sub(counts, COUNT, 1);
  Atomics.sub(counts, MEBIBYTES, mebibytes(length));
}
