/** A file of guest memory in windows: no buffer of a JavaScript engine is as large as a guest's memory. */
import type { Handle, MappedMemory, Platform } from '../device/handle.ts';

/** Bytes of one window. */
export const WINDOW = 2 ** 30;

export interface FileRange {
  readonly handle: Handle;
  /** Bytes from the file's start. */
  readonly offset: number;
  readonly size: number;
  readonly isWritable: boolean;
}

/**
 * Maps the first window at once, so that a file that cannot be mapped is refused when it comes. The other windows are mapped when they are
 * used.
 */
export class FileWindows {
  readonly #platform: Platform;
  readonly #range: FileRange;
  readonly #windows: (MappedMemory | undefined)[] = [];

  /** Throws what `platform.map` throws. */
  constructor(platform: Platform, range: FileRange) {
    this.#platform = platform;
    this.#range = range;
    this.#window(0);
  }

  /** Whether the handle is no longer needed. */
  get isWhole(): boolean {
    return this.#range.size <= WINDOW;
  }

  #window(index: number): MappedMemory {
    const { handle, offset, size, isWritable } = this.#range;
    const start = index * WINDOW;
    this.#windows[index] ??= this.#platform.map(handle, { offset: offset + start, size: Math.min(WINDOW, size - start), isWritable });
    return this.#windows[index];
  }

  /** `length` bytes from `offset` of the range on, or as many of them as one window holds. */
  bytesAt(offset: number, length: number): Uint8Array {
    const within = offset % WINDOW;
    return this.#window((offset - within) / WINDOW).bytes.subarray(within, within + length);
  }

  close(): void {
    for (const window of this.#windows) window?.close();
    this.#windows.length = 0;
  }
}
