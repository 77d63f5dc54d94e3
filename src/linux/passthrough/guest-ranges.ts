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

/** Memory below this address is the machine's main memory, never a device's. */
const FIRST_MEMORY = 0xa0000n;
/** At most this many ranges are told one by one: a guest's firmware moves the regions of devices about. */
const MOST_TOLD = 3;
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
  #told = 0;

  /** `tell` takes lines for whoever runs the service. */
  constructor(space: DmaSpace, tell: (line: string) => void) {
    this.#space = space;
    this.#tell = tell;
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
      this.#tellFirst(`${refusal.message}; harmless: it belongs to another device, which this one cannot reach`);
      return;
    }
    this.#mapped.set(iova, length);
  }

  /** Leaves out memory that is no file, which cannot be given to the device. */
  #leaveOut(range: DmaRange): void {
    const { address, isWritable } = range;
    if (isWritable && address < FIRST_MEMORY) {
      const why =
        'the client shares no file of it, so the device cannot reach it; wanted shared memory (QEMU: memory-backend-memfd,share=on)';
      this.#tell(`refused: guest memory ${formatRange(range)}: ${why}`);
      throw new DeviceError(EINVAL, `guest memory ${formatRange(range)}: ${why}`);
    }
    // A range that cannot be written is firmware; nobody needs to hear of it.
    if (!isWritable) return;
    const why = "the device cannot reach it; harmless where it is a region of another device's, or the firmware's";
    this.#tellFirst(`guest memory ${formatRange(range)} is in no file: ${why}`);
  }

  #tellFirst(line: string): void {
    if (this.#told >= MOST_TOLD) return;
    this.#told++;
    this.#tell(this.#told < MOST_TOLD ? line : `${line}; more of this kind are not told`);
  }

  /** Does nothing for a range that the device does not reach. */
  unmap({ address, size }: DmaRange): void {
    if (this.#mapped.get(address) !== size) return;
    this.#mapped.delete(address);
    this.#space.unmap(address, size);
  }

  clear(): void {
    this.#mapped.clear();
    this.#space.clear();
  }
}
