/** Mapping memory or a part of a file into this process (mmap(2)); who maps owns the address. */
import { MAP_FAILED, PROT_READ, PROT_WRITE } from './constants.ts';
import { libc } from './libc.ts';
import { SyscallError } from './syscall-error.ts';

/** What of a file to map, in bytes; `offset` at a multiple of the page size. */
export interface MapOptions {
  readonly offset: number | bigint;
  readonly length: number;
  readonly writable: boolean;
}

/** The address. `flags` are `MAP_…`; `target` is for errors. Throws SyscallError. */
export function mapMemory(flags: number, fd: number, { offset, length, writable }: MapOptions, target: string): bigint {
  const protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
  const address = libc().mmap(null, length, protection, flags, fd, offset);
  if (address !== MAP_FAILED) return address;
  throw new SyscallError({ call: 'mmap', action: `map ${length} bytes at ${offset} of ${target}` }, libc().errno(), target);
}
