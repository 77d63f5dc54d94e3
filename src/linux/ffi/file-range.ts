/** A part of a file that is mapped for the kernel alone: this process has its address and never touches its bytes (mmap(2)). */
import { MAP_SHARED } from './constants.ts';
import type { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { type MapOptions, mapMemory } from './map-memory.ts';
import { releaseMapping, reserveMapping } from './mapping-budget.ts';
import { check } from './syscall-error.ts';

/** A mapping of any size, larger than a JavaScript array can be. `[Symbol.dispose]` unmaps it, once; nothing else does. */
export class FileRange implements Disposable {
  readonly address: bigint;
  /** Bytes. */
  readonly length: number;
  readonly #target: string;
  #isMapped = true;

  private constructor(address: bigint, length: number, target: string) {
    this.address = address;
    this.length = length;
    this.#target = target;
  }

  /** Throws SyscallError, ENOSPC where clients of this process have as many mappings as they may. */
  static map({ number, target }: Descriptor, options: MapOptions): FileRange {
    reserveMapping(options.length, target);
    try {
      return new FileRange(mapMemory(MAP_SHARED, number, options, target), options.length, target);
    } catch (error) {
      releaseMapping(options.length);
      throw error;
    }
  }

  /** Unmaps; does nothing the second time. */
  [Symbol.dispose](): void {
    if (!this.#isMapped) return;
    this.#isMapped = false;
    check(libc().munmap(this.address, this.length), this.#target, { call: 'munmap', action: `unmap ${this.#target}` });
    releaseMapping(this.length);
  }
}
