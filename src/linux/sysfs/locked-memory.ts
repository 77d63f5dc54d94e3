/** RLIMIT_MEMLOCK: how much memory a process may pin, as /proc/PID/limits writes it (proc(5), setrlimit(2)). */
import { readText } from './attribute.ts';

/** Bytes; null for no limit. */
export interface Limit {
  readonly soft: number | null;
  readonly hard: number | null;
}

const LINE = /^Max locked memory\s+(\d+|unlimited)\s+(\d+|unlimited)\s+bytes\s*$/m;

const parseBytes = (text: string | undefined): number | null => (text === 'unlimited' ? null : Number(text));

/** The limit in the text of a `limits` file; null where it does not say. */
export function parseLockedMemory(text: string): Limit | null {
  const match = LINE.exec(text);
  return match === null ? null : { soft: parseBytes(match[1]), hard: parseBytes(match[2]) };
}

/** Of this process; null where /proc does not say. */
export function readLockedMemory(): Limit | null {
  return parseLockedMemory(readText('/proc/self/limits') ?? '');
}
