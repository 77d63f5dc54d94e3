/** The guest's memory as a device of this host reaches it: ranges of files, mapped into an address space of the kernel's. */

import { fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { formatHex } from '../../pure/bytes/hex.ts';
import { DeviceError } from '../../pure/device/pci-device.ts';
import { type Descriptor, FileRange, SyscallError } from '../ffi/index.ts';
import type { Ioas, IovaRanges } from '../iommufd/index.ts';
import type { ReservedRegion } from '../sysfs/index.ts';
import type { VfioContainer } from '../vfio/index.ts';

/** A part of a file, and where the device finds it; all in bytes and whole pages. */
export interface DmaFile {
  readonly file: Descriptor;
  readonly start: bigint;
  readonly iova: bigint;
  readonly length: bigint;
  readonly readable: boolean;
  readonly writable: boolean;
}

/**
 * The address space of one device or of one container. Both methods throw SyscallError; `map` also throws DeviceError, and keeps nothing
 * then.
 */
export interface DmaSpace {
  map(range: DmaFile): void;
  /** Takes back a range that was mapped. */
  unmap(iova: bigint, length: bigint): void;
  /** Takes back everything. */
  clear(): void;
}

const { EINVAL, ENOENT } = constants.errno;
/** The errors by which the kernel says that it cannot pin a file without a mapping, or does not know the request. */
const NEEDS_MAPPING: readonly string[] = ['ENOTTY', 'EINVAL', 'EOPNOTSUPP', 'ENODEV', 'EBADF'];

/** This process's mappings by IOVA. The kernel finds the memory through them, so they stay as long as those of the device. */
class ProcessMappings {
  readonly #ranges = new Map<bigint, FileRange>();

  /** Maps the file here, and then for the device with `use`; neither stays where the other fails. */
  map({ file, start, iova, length, writable }: DmaFile, use: (range: FileRange) => void): void {
    if (fstatSync(file.number).isFile() === false) throw new DeviceError(EINVAL, `${file.target} is no file of memory`);
    const range = FileRange.map(file, { offset: start, length: Number(length), writable });
    try {
      use(range);
    } catch (error) {
      range[Symbol.dispose]();
      throw error;
    }
    this.#ranges.set(iova, range);
  }

  unmap(iova: bigint): void {
    this.#ranges.get(iova)?.[Symbol.dispose]();
    this.#ranges.delete(iova);
  }

  clear(): void {
    for (const range of this.#ranges.values()) range[Symbol.dispose]();
    this.#ranges.clear();
  }
}

/** What stands in a range's way: an address that is written to there would be taken for a message interrupt, or for something else. */
function reservedWords(reserved: readonly ReservedRegion[], { iova, length }: DmaFile): string | null {
  const last = iova + length - 1n;
  // The kernel lets a device reach memory in regions of this kind.
  const found = reserved.find(region => region.kind !== 'direct-relaxable' && iova <= region.last && region.start <= last);
  if (found === undefined) return null;
  const what = found.kind === 'msi' ? 'for message interrupts (msi)' : `for itself (${found.kind})`;
  return `IOVA ${formatHex(iova)}-${formatHex(last)} holds ${formatHex(found.start)}-${formatHex(found.last)}, which the host's IOMMU keeps ${what}`;
}

/** Throws DeviceError where any part of the range lies at addresses that the IOMMU does not translate. */
function requireInside({ ranges, alignment }: IovaRanges, range: DmaFile, reserved: readonly ReservedRegion[]): void {
  const { iova, length, start } = range;
  if (iova % alignment !== 0n || length % alignment !== 0n || start % alignment !== 0n) {
    throw new DeviceError(
      EINVAL,
      `${length} bytes at IOVA ${formatHex(iova)} from ${formatHex(start)} of a file: wanted multiples of ${alignment}`,
    );
  }
  const last = iova + length - 1n;
  if (ranges.some(allowed => iova >= allowed.start && last <= allowed.last)) return;
  const words = reservedWords(reserved, range);
  if (words !== null) throw new DeviceError(EINVAL, words);
  const allowed = ranges.map(range => `${formatHex(range.start)}-${formatHex(range.last)}`).join(', ');
  throw new DeviceError(EINVAL, `IOVA ${formatHex(iova)}-${formatHex(last)} is not what the IOMMU translates: ${allowed || 'nothing'}`);
}

/** An I/O address space of iommufd, which pins files without a mapping since Linux 6.13 (IOMMU_IOAS_MAP_FILE). */
export class IoasSpace implements DmaSpace {
  readonly #ioas: Ioas;
  readonly #mappings = new ProcessMappings();
  readonly #reserved: readonly ReservedRegion[];
  #ranges: IovaRanges | null = null;

  /** `ioas` stays the caller's; the device is attached to it. */
  constructor(ioas: Ioas, reserved: readonly ReservedRegion[] = []) {
    this.#ioas = ioas;
    this.#reserved = reserved;
  }

  map(range: DmaFile): void {
    this.#ranges ??= this.#ioas.iovaRanges();
    requireInside(this.#ranges, range, this.#reserved);
    try {
      this.#ioas.mapFile(range.file, range);
    } catch (error) {
      if (!(error instanceof SyscallError) || !NEEDS_MAPPING.includes(error.code)) throw error;
      this.#mappings.map(range, memory => this.#ioas.mapRange(memory, range));
    }
  }

  unmap(iova: bigint, length: bigint): void {
    this.#ioas.unmap(iova, length);
    this.#mappings.unmap(iova);
  }

  clear(): void {
    try {
      this.#ioas.unmap();
    } catch (error) {
      // Nothing was mapped.
      if (!(error instanceof SyscallError && error.errno === ENOENT)) throw error;
    }
    this.#mappings.clear();
  }
}

/** A legacy container, which pins what this process has mapped (VFIO_IOMMU_MAP_DMA). */
export class ContainerSpace implements DmaSpace {
  readonly #container: VfioContainer;
  readonly #mappings = new ProcessMappings();
  readonly #reserved: readonly ReservedRegion[];

  /** `container` stays the caller's. */
  constructor(container: VfioContainer, reserved: readonly ReservedRegion[] = []) {
    this.#container = container;
    this.#reserved = reserved;
  }

  map(range: DmaFile): void {
    try {
      this.#mappings.map(range, memory => this.#container.mapRange(memory, range));
    } catch (error) {
      // The kernel says no more than that the range is wrong.
      const words = error instanceof SyscallError && error.errno === EINVAL ? reservedWords(this.#reserved, range) : null;
      throw words === null ? error : new DeviceError(EINVAL, words);
    }
  }

  unmap(iova: bigint, length: bigint): void {
    this.#container.unmapDma(iova, length);
    this.#mappings.unmap(iova);
  }

  clear(): void {
    this.#container.unmapAll();
    this.#mappings.clear();
  }
}
