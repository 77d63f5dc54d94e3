/** Files of clients that are mapped in parts: parts that lie close to each other share one mapping, however many they are. */
import { constants } from 'node:os';
import type { Descriptor } from './descriptor.ts';
import { FileRange } from './file-range.ts';
import type { MapOptions } from './map-memory.ts';
import { SyscallError } from './syscall-error.ts';

/** A mapping begins and ends at multiples of so many bytes of its file, or at the file's end. */
const CHUNK = 2 ** 30;

/** A file as fstat(2) tells it. */
export interface FileIdentity {
  readonly dev: number;
  readonly ino: number;
  readonly size: number;
}

/** A part of a file, at an address until `close`, which does nothing the second time. */
export interface FilePart {
  readonly address: bigint;
  close(): void;
}

interface Mapping {
  readonly key: string;
  readonly range: FileRange;
  /** Where it begins in the file. */
  readonly start: number;
  users: number;
}

/** The mappings of one owner, each there as long as one of its parts. */
export class FileMappings {
  readonly #mappings = new Map<string, Mapping>();

  /**
   * Maps a part of a file, which lies inside of it. The caller has seen that the descriptor allows the access.
   * Throws SyscallError, ENOSPC where this process has too many mappings.
   */
  map(descriptor: Descriptor, file: FileIdentity, options: MapOptions): FilePart {
    const offset = Number(options.offset);
    const end = offset + options.length;
    const first = Math.floor(offset / CHUNK);
    const last = Math.floor((end - 1) / CHUNK);
    const key = `${file.dev} ${file.ino} ${options.writable} ${first} ${last}`;
    let mapping = this.#mappings.get(key);
    // A file that has grown is mapped anew, and the mapping before stays with its parts.
    if (mapping === undefined || offset < mapping.start || mapping.start + mapping.range.length < end) {
      const start = first * CHUNK;
      mapping = this.#create(
        key,
        descriptor,
        { ...options, offset: start, length: Math.min((last + 1) * CHUNK, file.size) - start },
        options,
      );
      this.#mappings.set(key, mapping);
    }
    return this.#use(mapping, offset);
  }

  /** Maps all of `whole` or, where there is no memory for that, such as huge pages that nobody has reserved, `part`. */
  #create(key: string, descriptor: Descriptor, whole: MapOptions, part: MapOptions): Mapping {
    try {
      return { key, range: FileRange.map(descriptor, whole), start: Number(whole.offset), users: 0 };
    } catch (error) {
      if (!(error instanceof SyscallError) || error.errno !== constants.errno.ENOMEM) throw error;
      return { key, range: FileRange.map(descriptor, part), start: Number(part.offset), users: 0 };
    }
  }

  #use(mapping: Mapping, offset: number): FilePart {
    mapping.users++;
    let isOpen = true;
    return {
      address: mapping.range.address + BigInt(offset - mapping.start),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        if (--mapping.users > 0) return;
        if (this.#mappings.get(mapping.key) === mapping) this.#mappings.delete(mapping.key);
        mapping.range[Symbol.dispose]();
      },
    };
  }
}
