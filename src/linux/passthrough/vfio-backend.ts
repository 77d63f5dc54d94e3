/** A device of this host behind an assigned one: config space through this process, everything else past it (linux/vfio.h). */
import { constants } from 'node:os';
import type { Backend } from '../../pure/device/backend.ts';
import { checkInside } from '../../pure/device/bounds.ts';
import {
  DeviceError,
  type DeviceIrq,
  type DeviceRegion,
  type DmaRange,
  type IrqRequest,
  UNKNOWN_IRQ,
} from '../../pure/device/pci-device.ts';
import { PCI_CACHE_LINE_SIZE, PCI_COMMAND, PCI_STD_HEADER_SIZEOF } from '../../pure/spec/pci-regs.ts';
import {
  VFIO_PCI_CONFIG_REGION_INDEX,
  VFIO_PCI_ERR_IRQ_INDEX,
  VFIO_PCI_NUM_IRQS,
  VFIO_PCI_NUM_REGIONS,
} from '../../pure/spec/vfio/index.ts';
import { pageSize, readAt, SyscallError, writeAt } from '../ffi/index.ts';
import type { VfioDevice } from '../vfio/index.ts';
import { ClientIrqs } from './client-irqs.ts';
import type { DmaSpace } from './dma-space.ts';
import { GuestRanges } from './guest-ranges.ts';
import { switchOff } from './switch-off.ts';

const CONFIG = VFIO_PCI_CONFIG_REGION_INDEX;
const { EINVAL } = constants.errno;

export interface VfioBackendOptions {
  readonly device: VfioDevice;
  /** The address space that the device is attached to; nobody else maps anything there. */
  readonly space: DmaSpace;
  /** Called by `close`, when nothing of the device is in use any more. */
  readonly release: () => void;
  /** Takes lines for whoever runs the service. */
  readonly tell?: (line: string) => void;
  /** Of `makeToldRanges`: of each kind of range that the device does not reach, its first is told. */
  readonly toldRanges?: Int32Array;
}

/** The region, or NO_REGION where the kernel has none of that index. */
function regionOf(device: VfioDevice, index: number): DeviceRegion {
  if (index >= device.info.regionCount) return NO_REGION;
  let region: ReturnType<VfioDevice['region']>;
  try {
    region = device.region(index);
  } catch (error) {
    // The kernel says that the index is wrong for a region that the device cannot have, such as VGA.
    if (error instanceof SyscallError && error.errno === EINVAL) return NO_REGION;
    throw error;
  }
  const { isReadable, isWritable, mappable } = region;
  const areas = index === CONFIG ? [] : mappable.map(area => ({ offset: Number(area.offset), size: Number(area.size) }));
  const mapping = areas.length === 0 ? null : { handle: device.descriptor, offset: Number(region.offset), areas };
  return { size: Number(region.size), isReadable, isWritable, mapping };
}

const NO_REGION: DeviceRegion = { size: 0, isReadable: false, isWritable: false, mapping: null };

function irqOf(device: VfioDevice, index: number): DeviceIrq {
  if (index >= device.info.irqCount) return UNKNOWN_IRQ;
  try {
    const { count, flags } = device.irq(index);
    return { count, flags };
  } catch (error) {
    // A conventional device reports no errors.
    if (index === VFIO_PCI_ERR_IRQ_INDEX && error instanceof SyscallError && error.errno === EINVAL) return UNKNOWN_IRQ;
    throw error;
  }
}

/** Runs a call into the kernel; what it refuses is the client's to hear. */
function asked<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof SyscallError ? new DeviceError(error.errno, error.message) : error;
  }
}

/**
 * Config space is read and written through the kernel, one access as one access. The client maps the other regions from the device's own
 * file, as far as the kernel allows; the kernel signals interrupts to the client's eventfds and maps memory for the device. None of the
 * three costs a message once it is set up.
 *
 * The file that clients map regions from is that of the device: **whoever is given it can do all that VFIO offers**. The client is trusted
 * with the device as any VMM is that opens it itself.
 */
export class VfioBackend implements Backend {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[];
  readonly canReset: boolean;
  readonly hasHardwareDma = true;
  readonly pageSize = pageSize();
  readonly #device: VfioDevice;
  readonly #starts: readonly bigint[];
  readonly #irqs: ClientIrqs;
  readonly #ranges: GuestRanges;
  readonly #release: () => void;
  readonly #tell: (line: string) => void;
  /** The header as it was found. */
  readonly #header: Uint8Array;
  #isClosed = false;

  /** Throws SyscallError. */
  constructor({ device, space, release, tell = () => undefined, toldRanges }: VfioBackendOptions) {
    this.#device = device;
    this.#release = release;
    this.#tell = tell;
    this.canReset = device.resetKind !== null;
    this.regions = Array.from({ length: VFIO_PCI_NUM_REGIONS }, (_, index) => regionOf(device, index));
    this.#starts = this.regions.map(({ size }, index) => (size === 0 ? 0n : device.region(index).offset));
    this.irqs = Array.from({ length: VFIO_PCI_NUM_IRQS }, (_, index) => irqOf(device, index));
    this.#irqs = new ClientIrqs(device, this.irqs);
    this.#ranges = new GuestRanges(space, { tell, ...(toldRanges !== undefined && { told: toldRanges }) });
    this.#header = device.readRegion(CONFIG, 0, PCI_STD_HEADER_SIZEOF);
  }

  readRegion(index: number, offset: number, into: Uint8Array): void {
    checkInside(this.regions[index]?.size ?? 0, offset, into.length);
    this.#each(into, offset, (bytes, at) => readAt(this.#device.descriptor, bytes, this.#starts[index] + BigInt(at)));
  }

  writeRegion(index: number, offset: number, bytes: Uint8Array): void {
    checkInside(this.regions[index]?.size ?? 0, offset, bytes.length);
    if (!this.regions[index].isWritable) throw new DeviceError(EINVAL, `region ${index} takes no writes`);
    this.#each(bytes, offset, (part, at) => writeAt(this.#device.descriptor, part, this.#starts[index] + BigInt(at)));
  }

  /** The kernel may take less at once than was asked for. */
  #each(bytes: Uint8Array, offset: number, move: (part: Uint8Array, at: number) => number): void {
    asked(() => {
      for (let done = 0; done < bytes.length; ) {
        const count = move(done === 0 ? bytes : bytes.subarray(done), offset + done);
        if (count === 0) throw new DeviceError(constants.errno.EIO, `${this.#device.descriptor.target} ends at ${offset + done}`);
        done += count;
      }
    });
  }

  setIrqs(request: IrqRequest): void {
    asked(() => this.#irqs.set(request));
  }

  /** The kernel keeps Command and its own BARs across a reset, so this puts the header back as it was found. */
  reset(): void {
    asked(() => {
      if (this.canReset) switchOff(this.#device);
      this.#device.reset();
    });
    // The header's writable part begins here; what is read-only ignores the write.
    this.writeRegion(CONFIG, PCI_CACHE_LINE_SIZE, this.#header.subarray(PCI_CACHE_LINE_SIZE));
    this.writeRegion(CONFIG, PCI_COMMAND, this.#header.subarray(PCI_COMMAND, PCI_COMMAND + 2));
  }

  mapDma(range: DmaRange): void {
    this.#ranges.map(range);
  }

  unmapDma(range: DmaRange): void {
    asked(() => this.#ranges.unmap(range));
  }

  /** The device comes to rest before its memory goes: no interrupts, no DMA, then a reset, so that nothing of this guest is left. */
  detach(): void {
    const steps = [() => this.#irqs.clear(), () => switchOff(this.#device), () => this.#resetQuietly(), () => this.#ranges.clear()];
    for (const step of steps) this.#attempt(step);
  }

  #resetQuietly(): void {
    if (this.canReset) this.#device.reset();
  }

  /** A device that is gone refuses everything; the rest is given back all the same. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#attempt(() => this.#irqs.clear());
    this.#attempt(() => this.#ranges.clear());
    this.#release();
  }
}
