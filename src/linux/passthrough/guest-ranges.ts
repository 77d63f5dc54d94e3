/**
 * What becomes of each range of memory that a client gives to a device of this host: the device reaches it, or it does not and that is
 * harmless.
 */

import { fstatSync } from 'node:fs';
import { constants } from 'node:os';
import { formatHex } from '../../pure/bytes/hex.ts';
import { DeviceError, type DmaRange } from '../../pure/device/pci-device.ts';
import { Descriptor, SyscallError } from '../ffi/index.ts';
import type { DmaSpace } from './dma-space.ts';

/**
 * Addresses that are main memory of every guest, never a device's: the first 640 KiB of x86; where RAM begins on Arm, in QEMU's virt and in
 * Cloud Hypervisor, below which firmware and devices are. A guest has the architecture of its host.
 */
const MAIN_MEMORY = { arm64: { from: 0x4000_0000n, to: 0x4001_0000n }, other: { from: 0n, to: 0xa0000n } } as const;

/** The kinds of ranges that a device does not reach and that do no harm, with the words that tell how many there were. */
const KINDS = { inNoFile: "are in no file: regions of other devices', or firmware", elsewhere: 'belong to other devices' } as const;
type Kind = keyof typeof KINDS;

/** Where the number of ranges of each kind stands; behind it stands whether it was told. */
const SLOTS: Readonly<Record<Kind, number>> = { inNoFile: 0, elsewhere: 2 };

/** Makes the memory of what was told of a device's ranges, whatever connection they came by. Threads may share it. */
export function makeToldRanges(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT));
}

export interface GuestRangesOptions {
  /** Takes lines for whoever runs the service. */
  readonly tell: (line: string) => void;
  /** Of `makeToldRanges`, so that each kind is told once for a device; its own where left out. */
  readonly told?: Int32Array;
  /** As Node names it; this process's where left out. */
  readonly architecture?: NodeJS.Architecture;
}

const { EINVAL, EIO } = constants.errno;

const formatRange = ({ address, size }: DmaRange): string => `${formatHex(address)}-${formatHex(address + size - 1n)}`;

/** Whether the range is memory of the guest. A client also passes regions of other devices and DMA buffers. */
function isMemoryFile(file: Descriptor): boolean {
  return fstatSync(file.number).isFile();
}

/** What the kernel refused, with the range that it was about; the words name what mends it. */
function refuse(error: unknown, range: DmaRange): DeviceError {
  const words = error instanceof Error ? error.message : String(error);
  const errno = error instanceof SyscallError || error instanceof DeviceError ? error.errno : EIO;
  return new DeviceError(errno, `guest memory ${formatRange(range)}: ${words}`);
}

/** Maps ranges, and remembers which of them the device reaches. */
export class GuestRanges {
  readonly #space: DmaSpace;
  readonly #tell: (line: string) => void;
  readonly #mapped = new Map<bigint, bigint>();
  readonly #told: Int32Array;
  readonly #mainMemory: { readonly from: bigint; readonly to: bigint };

  constructor(space: DmaSpace, { tell, told = makeToldRanges(), architecture = process.arch }: GuestRangesOptions) {
    this.#space = space;
    this.#tell = tell;
    this.#told = told;
    this.#mainMemory = architecture === 'arm64' ? MAIN_MEMORY.arm64 : MAIN_MEMORY.other;
  }

  /** How many ranges the device reaches. */
  get count(): number {
    return this.#mapped.size;
  }

  /** Throws DeviceError where the device could not reach memory that the guest runs in; nothing is kept then. */
  map(range: DmaRange): void {
    if (range.file === null) {
      this.#leaveOut(range);
      return;
    }
    const { handle, offset } = range.file;
    if (!(handle instanceof Descriptor)) throw new TypeError('Cannot map a handle that is no descriptor of this process');
    const { address: iova, size: length, isReadable: readable, isWritable: writable } = range;
    try {
      this.#space.map({ file: handle, start: offset, iova, length, readable, writable });
    } catch (error) {
      const refusal = refuse(error, range);
      if (isMemoryFile(handle)) {
        this.#tell(`refused: ${refusal.message}`);
        throw refusal;
      }
      this.#tellFirst('elsewhere', `${refusal.message}; harmless: it belongs to another device, which this one cannot reach`);
      return;
    }
    this.#mapped.set(iova, length);
  }

  /** Leaves out memory that is no file, which cannot be given to the device. */
  #leaveOut(range: DmaRange): void {
    const { address, size, isWritable } = range;
    const { from, to } = this.#mainMemory;
    if (isWritable && address < to && address + size > from) {
      const why =
        'the client shares no file of it, so the device cannot reach it; wanted shared memory (QEMU: memory-backend-memfd,share=on)';
      this.#tell(`refused: guest memory ${formatRange(range)}: ${why}`);
      throw new DeviceError(EINVAL, `guest memory ${formatRange(range)}: ${why}`);
    }
    // A range that cannot be written is firmware; nobody needs to hear of it.
    if (!isWritable) return;
    const why = "the device cannot reach it; harmless where it is a region of another device's, or the firmware's";
    this.#tellFirst('inNoFile', `guest memory ${formatRange(range)} is in no file: ${why}`);
  }

  /** Tells the first alone: a guest's firmware moves the regions of devices about, and each place is a range. */
  #tellFirst(kind: Kind, line: string): void {
    if (Atomics.add(this.#told, SLOTS[kind], 1) === 0) this.#tell(`${line}; others of this kind are counted, not told`);
  }

  /** Tells once how many there were, where there were more than the first. */
  #tellCounts(): void {
    for (const kind of ['inNoFile', 'elsewhere'] as const) {
      const count = Atomics.load(this.#told, SLOTS[kind]);
      if (count < 2 || Atomics.exchange(this.#told, SLOTS[kind] + 1, 1) === 1) continue;
      this.#tell(`${count} ranges of guest memory that the device does not reach ${KINDS[kind]}`);
    }
  }

  /** Does nothing for a range that the device does not reach. */
  unmap({ address, size }: DmaRange): void {
    if (this.#mapped.get(address) !== size) return;
    this.#mapped.delete(address);
    this.#space.unmap(address, size);
  }

  clear(): void {
    this.#tellCounts();
    this.#mapped.clear();
    this.#space.clear();
  }
}
