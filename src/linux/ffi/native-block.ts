/** Native memory with one owner. The kernel may keep its address, since it neither moves nor is collected (mmap(2)). */
import { MAP_ANONYMOUS, MAP_PRIVATE, MAP_SHARED } from './constants.ts';
import type { Descriptor } from './descriptor.ts';
import { libc } from './libc.ts';
import { type MapOptions, mapMemory } from './map-memory.ts';
import { check } from './syscall-error.ts';

interface Mapping {
  readonly address: bigint;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
}

/**
 * A mapping. Typed arrays of JavaScript must not be given to the kernel by an address inside a struct: small ones move, and one
 * that only the kernel still knows is collected. Neither happens here: the memory is freed by `[Symbol.dispose]`, once, and by
 * nothing else, so a block that is forgotten leaks and never dangles. **Views of it end with it**: using one after that is what
 * use after free is in C.
 */
export class NativeBlock implements Disposable {
  /** For errors. */
  readonly target: string;
  #mapping: Mapping | null;

  private constructor(address: bigint, length: number, target: string) {
    this.target = target;
    const buffer = libc().view(address, length);
    this.#mapping = { address, bytes: new Uint8Array(buffer), view: new DataView(buffer) };
  }

  static #map(flags: number, fd: number, options: MapOptions, target: string): NativeBlock {
    const { length } = options;
    if (!Number.isSafeInteger(length) || length <= 0) throw new RangeError(`Cannot map ${length} bytes of ${target}: wanted 1 and more`);
    return new NativeBlock(mapMemory(flags, fd, options, target), length, target);
  }

  /** `size` bytes of zeros at a page's start. Throws RangeError for a size below 1, SyscallError. */
  static allocate(size: number): NativeBlock {
    return NativeBlock.#map(MAP_PRIVATE | MAP_ANONYMOUS, -1, { offset: 0, length: size, writable: true }, 'native memory');
  }

  /** A part of a file, shared with everybody who maps it; stays after the descriptor is closed. Throws as `allocate` does. */
  static map(descriptor: Descriptor, options: MapOptions): NativeBlock {
    return NativeBlock.#map(MAP_SHARED, descriptor.number, options, descriptor.target);
  }

  #mapped(): Mapping {
    if (this.#mapping === null) throw new TypeError(`Cannot use ${this.target}: its memory is unmapped`);
    return this.#mapping;
  }

  /** Bytes. Throws TypeError once disposed of, as everything here does. */
  get size(): number {
    return this.#mapped().bytes.length;
  }

  /** All bytes; writing to a mapping that is not writable ends the process. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#mapped().bytes;
  }

  get view(): DataView<ArrayBuffer> {
    return this.#mapped().view;
  }

  /** Where byte `at` lies, for a struct that the kernel reads. RangeError for an offset outside of the block. */
  addressOf(at = 0): bigint {
    const { address, bytes } = this.#mapped();
    if (!Number.isInteger(at) || at < 0 || at >= bytes.length) throw new RangeError(`Cannot address byte ${at} of ${bytes.length}`);
    return address + BigInt(at);
  }

  /** Unmaps; does nothing the second time. */
  [Symbol.dispose](): void {
    if (this.#mapping === null) return;
    const { address, bytes } = this.#mapping;
    this.#mapping = null;
    check(libc().munmap(address, bytes.length), this.target, { call: 'munmap', action: `unmap ${this.target}` });
  }
}
