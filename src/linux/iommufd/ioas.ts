/** An I/O address space: which memory a device reaches at which IOVA (linux/iommufd.h). */
import { formatHex } from '../../pure/bytes/hex.ts';
import * as uapi from '../../pure/spec/iommufd/index.ts';
import { type Descriptor, type FileRange, ioctl, NativeBlock, SyscallError } from '../ffi/index.ts';
import { MAP_HINTS, UNMAP_HINTS } from './hints.ts';
import { destroyObject } from './object.ts';

/** Where in the address space memory goes, and what a device may do there. */
export interface IovaOptions {
  /** The kernel chooses where left out. */
  readonly iova?: bigint;
  /** Default true. */
  readonly readable?: boolean;
  /** Default true. */
  readonly writable?: boolean;
}

/** A part of a native block, in bytes; the whole where left out. */
export interface MapMemoryOptions extends IovaOptions {
  readonly at?: number;
  readonly length?: number;
}

/** A part of a file such as a memfd, in bytes. */
export interface MapFileOptions extends IovaOptions {
  readonly start: bigint;
  readonly length: bigint;
}

/** What a device may be given; `last` is the last address inside. */
export interface IovaRanges {
  readonly ranges: readonly { readonly start: bigint; readonly last: bigint }[];
  /** Bytes that IOVAs and lengths are multiples of. */
  readonly alignment: bigint;
}

const FIRST_RANGES = 32;
const MOST_RANGES = 0x1_0000;

function mapFlags({ iova, readable = true, writable = true }: IovaOptions): number {
  return (
    (iova === undefined ? 0 : uapi.IOMMU_IOAS_MAP_FIXED_IOVA) |
    (readable ? uapi.IOMMU_IOAS_MAP_READABLE : 0) |
    (writable ? uapi.IOMMU_IOAS_MAP_WRITEABLE : 0)
  );
}

const at = (iova: bigint | undefined): string => (iova === undefined ? 'any IOVA' : `IOVA ${formatHex(iova)}`);

/** Ends with its iommufd, or before that when disposed of; no device may be attached then. */
export class Ioas implements Disposable {
  readonly id: number;
  readonly #iommufd: Descriptor;
  #isDestroyed = false;

  /** Becomes the owner of an IOAS that exists. */
  constructor(iommufd: Descriptor, id: number) {
    this.#iommufd = iommufd;
    this.id = id;
  }

  /** Maps native memory and returns its IOVA. The memory is pinned, and stays so when the block ends. Throws SyscallError. */
  map(block: NativeBlock, options: MapMemoryOptions = {}): bigint {
    const { at: first = 0, length = block.size - first } = options;
    if (length < 1 || first + length > block.size) throw new RangeError(`Cannot map ${length} bytes at ${first} of ${block.size}`);
    return this.mapRange({ address: block.addressOf(first), length }, options);
  }

  /** The same as `map` for memory by its address, which the caller keeps mapped as long as this mapping lasts. */
  mapRange({ address, length }: Pick<FileRange, 'address' | 'length'>, options: IovaOptions = {}): bigint {
    const { iova } = options;
    const { iommu_ioas_map } = uapi;
    const argument = iommu_ioas_map.encode({
      size: iommu_ioas_map.size,
      flags: mapFlags(options),
      ioas_id: this.id,
      user_va: address,
      length: BigInt(length),
      iova: iova ?? 0n,
    });
    const action = `map ${length} bytes at ${at(iova)} of IOAS ${this.id}`;
    ioctl(this.#iommufd, uapi.IOMMU_IOAS_MAP, argument, { call: 'IOMMU_IOAS_MAP', action, hints: MAP_HINTS });
    return iommu_ioas_map.decode(argument).iova;
  }

  /** Maps a part of a file and returns its IOVA; the process needs no mapping of it, nor the descriptor afterwards. Throws SyscallError. */
  mapFile(file: Descriptor, options: MapFileOptions): bigint {
    const { start, length, iova } = options;
    const { iommu_ioas_map_file } = uapi;
    const argument = iommu_ioas_map_file.encode({
      size: iommu_ioas_map_file.size,
      flags: mapFlags(options),
      ioas_id: this.id,
      fd: file.number,
      start,
      length,
      iova: iova ?? 0n,
    });
    const action = `map ${length} bytes at ${start} of ${file.target} at ${at(iova)} of IOAS ${this.id}`;
    ioctl(this.#iommufd, uapi.IOMMU_IOAS_MAP_FILE, argument, { call: 'IOMMU_IOAS_MAP_FILE', action, hints: MAP_HINTS });
    return iommu_ioas_map_file.decode(argument).iova;
  }

  /** Unmaps whole mappings and returns how many bytes they had; everything by default. Throws SyscallError. */
  unmap(iova = 0n, length = 0xffff_ffff_ffff_ffffn): bigint {
    const { iommu_ioas_unmap } = uapi;
    const argument = iommu_ioas_unmap.encode({ size: iommu_ioas_unmap.size, ioas_id: this.id, iova, length });
    const action = `unmap ${length} bytes at ${at(iova)} of IOAS ${this.id}`;
    ioctl(this.#iommufd, uapi.IOMMU_IOAS_UNMAP, argument, { call: 'IOMMU_IOAS_UNMAP', action, hints: UNMAP_HINTS });
    return iommu_ioas_unmap.decode(argument).length;
  }

  /** Which IOVAs may be mapped with the devices that are attached now. Throws SyscallError. */
  iovaRanges(): IovaRanges {
    let answer = this.#askRanges(FIRST_RANGES);
    if (answer.count > FIRST_RANGES) answer = this.#askRanges(Math.min(answer.count, MOST_RANGES));
    return { ranges: answer.ranges, alignment: answer.alignment };
  }

  /** With too little room the kernel answers EMSGSIZE, and how much it wants. */
  #askRanges(room: number): IovaRanges & { readonly count: number } {
    const { iommu_ioas_iova_ranges, iommu_iova_range } = uapi;
    using block = NativeBlock.allocate(room * iommu_iova_range.size);
    const { size } = iommu_ioas_iova_ranges;
    const argument = iommu_ioas_iova_ranges.encode({ size, ioas_id: this.id, num_iovas: room, allowed_iovas: block.addressOf() });
    const words = { call: 'IOMMU_IOAS_IOVA_RANGES', action: `read the IOVA ranges of IOAS ${this.id}` };
    try {
      ioctl(this.#iommufd, uapi.IOMMU_IOAS_IOVA_RANGES, argument, words);
    } catch (error) {
      const isTooSmall = error instanceof SyscallError && error.code === 'EMSGSIZE' && room === FIRST_RANGES;
      if (!isTooSmall) throw error;
    }
    const reply = iommu_ioas_iova_ranges.decode(argument);
    const count = Math.min(reply.num_iovas, room);
    const ranges = Array.from({ length: count }, (_, i) => iommu_iova_range.decode(block.bytes, i * iommu_iova_range.size));
    return { ranges, alignment: reply.out_iova_alignment, count: reply.num_iovas };
  }

  /** Does nothing the second time, or once the iommufd is closed. Throws SyscallError, EBUSY while a device is attached. */
  [Symbol.dispose](): void {
    if (this.#isDestroyed || this.#iommufd.isClosed) return;
    destroyObject(this.#iommufd, this.id);
    this.#isDestroyed = true;
  }
}
