/** Guest memory in files that can become shorter: read and written by calls, which fail where a mapping would kill (pread(2), pwrite(2)). */
import { type Stats, statfsSync } from 'node:fs';
import { constants } from 'node:os';
import type { FileMemory } from '../../pure/device/handle.ts';
import { DeviceError } from '../../pure/device/pci-device.ts';
import { HUGETLBFS_MAGIC } from '../ffi/constants.ts';
import { type Descriptor, duplicate, readAt, SyscallError, writeAt } from '../ffi/index.ts';

/** Different files that one client's memory may lie in. Each takes a descriptor; memory of a VM lies in one for each of its nodes. */
const MOST_FILES = 256;

interface OpenFile {
  readonly descriptor: Descriptor;
  users: number;
}

/** Whether calls can write to the file: those of hugetlbfs they can only read. */
export function takesCalls({ number }: Descriptor): boolean {
  try {
    return statfsSync(`/proc/self/fd/${number}`).type !== HUGETLBFS_MAGIC;
  } catch {
    return false;
  }
}

/** Parts of one client's files. A file that is passed for many parts is kept open once. */
export class FilesByCalls {
  readonly #files = new Map<string, OpenFile>();

  /**
   * A part that begins at `offset`; `descriptor` stays the caller's.
   * @throws DeviceError ENOSPC where too many files are open already
   */
  open(
    descriptor: Descriptor,
    { dev, ino }: Stats,
    { offset, isWritable }: { readonly offset: number; readonly isWritable: boolean },
  ): FileMemory {
    const key = `${dev}:${ino}:${isWritable}`;
    const file = this.#files.get(key) ?? this.#keep(key, descriptor);
    file.users++;
    return new FilePart(file.descriptor, offset, () => {
      if (--file.users > 0) return;
      this.#files.delete(key);
      file.descriptor.close();
    });
  }

  #keep(key: string, descriptor: Descriptor): OpenFile {
    if (this.#files.size >= MOST_FILES) {
      throw new DeviceError(constants.errno.ENOSPC, `memory lies in ${MOST_FILES} files that can become shorter, no more are taken`);
    }
    const file = { descriptor: duplicate(descriptor), users: 0 };
    this.#files.set(key, file);
    return file;
  }
}

class FilePart implements FileMemory {
  readonly #file: Descriptor;
  readonly #offset: number;
  #close: (() => void) | null;

  constructor(file: Descriptor, offset: number, close: () => void) {
    this.#file = file;
    this.#offset = offset;
    this.#close = close;
  }

  read(offset: number, into: Uint8Array): void {
    this.#move(into, at => readAt(this.#file, into.subarray(at), this.#offset + offset + at));
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#move(bytes, at => writeAt(this.#file, bytes.subarray(at), this.#offset + offset + at));
  }

  /** One call may move fewer bytes than it is asked for; none are moved where the file has ended. */
  #move({ length }: Uint8Array, step: (at: number) => number): void {
    try {
      for (let at = 0; at < length; ) {
        const moved = step(at);
        if (moved === 0) throw new DeviceError(constants.errno.EFAULT, `${this.#file.target} has become shorter than its memory`);
        at += moved;
      }
    } catch (error) {
      if (error instanceof SyscallError) throw new DeviceError(constants.errno.EFAULT, error.message);
      throw error;
    }
  }

  close(): void {
    this.#close?.();
    this.#close = null;
  }
}
