/** An open VFIO device, whichever way it was opened: regions, config space, interrupts, reset (linux/vfio.h). */
import { constants } from 'node:os';
import type { VfioIrqInfo, VfioRegionArea, VfioRegionInfo } from '../../pure/device/vfio-info.ts';
import type { HostIommuDevice } from '../../pure/iommu/index.ts';
import { ConfigSpace, EXTENDED_SIZE } from '../../pure/pci/config-space.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { type CallWords, type Descriptor, ioctl, NativeBlock, readAt, SyscallError, writeAt } from '../ffi/index.ts';
import { decodeDeviceInfo, type VfioDeviceInfo } from './device-info.ts';
import { RESET_HINTS, SET_IRQS_HINTS } from './hints.ts';
import { readResetMembers } from './hot-reset.ts';
import { decodeIrqInfo, encodeIrqSet, type IrqRequest } from './irqs.ts';
import { decodeRegionInfo } from './region-info.ts';

/**
 * How the device can be reset: `own`, by itself; `shared`, only together with all functions of its slot or bus; null where the kernel
 * knows no way.
 */
export type ResetKind = 'own' | 'shared' | null;

/** What both kinds of device can do. Every method throws SyscallError where the kernel refuses. */
export interface VfioDevice extends Disposable {
  readonly backend: 'iommufd' | 'legacy';
  readonly descriptor: Descriptor;
  readonly info: VfioDeviceInfo;
  region(index: number): VfioRegionInfo;
  /** Reads up to `length` bytes; fewer at the region's end. RangeError for an offset behind it. */
  readRegion(index: number, at: number, length: number): Uint8Array;
  /** Writes all bytes, in accesses of the kernel's choice. RangeError where they do not lie inside. */
  writeRegion(index: number, at: number, bytes: Uint8Array): void;
  /** Maps a part of a region that its info names as mappable. */
  mapRegion(index: number, area: VfioRegionArea): NativeBlock;
  /** Vfio bytes: what the kernel lets user space read, 256 or 4096 bytes. */
  readConfig(): ConfigSpace;
  writeConfig(at: number, bytes: Uint8Array): void;
  irq(index: number): VfioIrqInfo;
  setIrqs(request: IrqRequest): void;
  readonly resetKind: ResetKind;
  /** Resets the device, and what else its kind of reset takes with it. Refused where another process has any of that. */
  reset(): void;
  /** What the host says about the IOMMU behind the device. */
  hostIommuDevice(): HostIommuDevice;
}

/** More than any info struct with its capabilities has. */
const MOST_REPLY = 0x10_0000;

/** Asks with an info struct of which `argsz` is the first field, and again with the room that the kernel says it needs. */
export function askWithRoom(descriptor: Descriptor, request: number, argument: Uint8Array, words: CallWords): Uint8Array {
  ioctl(descriptor, request, argument, words);
  const wanted = new DataView(argument.buffer, argument.byteOffset).getUint32(0, true);
  if (wanted <= argument.length || wanted > MOST_REPLY) return argument;
  const larger = new Uint8Array(wanted);
  larger.set(argument);
  ioctl(descriptor, request, larger, words);
  return larger;
}

/** The part that does not depend on how the device was opened. Closing the device is what ends its interrupts and mappings. */
export abstract class OpenVfioDevice implements VfioDevice {
  abstract readonly backend: 'iommufd' | 'legacy';
  readonly descriptor: Descriptor;
  readonly info: VfioDeviceInfo;
  #isShared: boolean | null = null;
  readonly #regions = new Map<number, VfioRegionInfo>();

  /** Becomes the owner of the descriptor, once its info is read. */
  protected constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
    const argument = uapi.vfio_device_info.encode({ argsz: uapi.vfio_device_info.size });
    const words = { call: 'VFIO_DEVICE_GET_INFO', action: `read the info of ${descriptor.target}` };
    this.info = decodeDeviceInfo(askWithRoom(descriptor, uapi.VFIO_DEVICE_GET_INFO, argument, words));
  }

  abstract hostIommuDevice(): HostIommuDevice;

  /** Regions do not change while the device is open. */
  region(index: number): VfioRegionInfo {
    const known = this.#regions.get(index);
    if (known) return known;
    const argument = uapi.vfio_region_info.encode({ argsz: uapi.vfio_region_info.size, index });
    const words = { call: 'VFIO_DEVICE_GET_REGION_INFO', action: `read the info of region ${index} of ${this.descriptor.target}` };
    const region = decodeRegionInfo(askWithRoom(this.descriptor, uapi.VFIO_DEVICE_GET_REGION_INFO, argument, words));
    this.#regions.set(index, region);
    return region;
  }

  /** The region, and how many bytes it has from `at` on. */
  #inside(index: number, at: number): { region: VfioRegionInfo; left: bigint } {
    const region = this.region(index);
    const left = Number.isSafeInteger(at) && at >= 0 ? region.size - BigInt(at) : -1n;
    if (left < 0n) throw new RangeError(`Cannot reach byte ${at} of region ${index} of ${this.descriptor.target}: it has ${region.size}`);
    return { region, left };
  }

  readRegion(index: number, at: number, length: number): Uint8Array {
    const { region, left } = this.#inside(index, at);
    // The kernel answers a read beyond the end with EFAULT, not with fewer bytes.
    const bytes = new Uint8Array(BigInt(length) > left ? Number(left) : length);
    let done = 0;
    while (done < bytes.length) {
      const count = readAt(this.descriptor, bytes.subarray(done), region.offset + BigInt(at + done));
      if (count === 0) break;
      done += count;
    }
    return bytes.subarray(0, done);
  }

  writeRegion(index: number, at: number, bytes: Uint8Array): void {
    const { region, left } = this.#inside(index, at);
    if (BigInt(bytes.length) > left)
      throw new RangeError(`Cannot write ${bytes.length} bytes at ${at} of region ${index}: ${left} are left`);
    for (let done = 0; done < bytes.length; ) {
      const count = writeAt(this.descriptor, bytes.subarray(done), region.offset + BigInt(at + done));
      if (count === 0) throw new Error(`Cannot write region ${index} of ${this.descriptor.target}: it takes no byte at ${at + done}`);
      done += count;
    }
  }

  mapRegion(index: number, area: VfioRegionArea): NativeBlock {
    const region = this.region(index);
    const isMappable = region.mappable.some(it => area.offset >= it.offset && area.offset + area.size <= it.offset + it.size);
    if (!isMappable) {
      throw new RangeError(`Cannot map ${area.size} bytes at ${area.offset} of region ${index} of ${this.descriptor.target}: not mappable`);
    }
    return NativeBlock.map(this.descriptor, {
      offset: region.offset + area.offset,
      length: Number(area.size),
      writable: region.isWritable,
    });
  }

  readConfig(): ConfigSpace {
    return new ConfigSpace(this.readRegion(uapi.VFIO_PCI_CONFIG_REGION_INDEX, 0, EXTENDED_SIZE));
  }

  writeConfig(at: number, bytes: Uint8Array): void {
    this.writeRegion(uapi.VFIO_PCI_CONFIG_REGION_INDEX, at, bytes);
  }

  irq(index: number): VfioIrqInfo {
    const argument = uapi.vfio_irq_info.encode({ argsz: uapi.vfio_irq_info.size, index });
    const words = { call: 'VFIO_DEVICE_GET_IRQ_INFO', action: `read the info of interrupt ${index} of ${this.descriptor.target}` };
    ioctl(this.descriptor, uapi.VFIO_DEVICE_GET_IRQ_INFO, argument, words);
    return decodeIrqInfo(argument);
  }

  setIrqs(request: IrqRequest): void {
    const action = `${request.action} interrupts of kind ${request.index} of ${this.descriptor.target}`;
    const words = { call: 'VFIO_DEVICE_SET_IRQS', action, hints: SET_IRQS_HINTS };
    const left = ioctl(this.descriptor, uapi.VFIO_DEVICE_SET_IRQS, encodeIrqSet(request), words);
    // Where the host has fewer vectors than wanted the kernel sets up none and returns how many it could.
    if (left > 0) throw new SyscallError(words, constants.errno.ENOSPC, this.descriptor.target);
  }

  /** Asked once: neither the ways to reset a device nor whether it shares its bus change while it is open. */
  get resetKind(): ResetKind {
    if (this.info.canReset) return 'own';
    this.#isShared ??= readResetMembers(this.descriptor) !== null;
    return this.#isShared ? 'shared' : null;
  }

  /** The reset of kind `shared`. */
  protected abstract resetShared(): void;

  reset(): void {
    if (this.resetKind === 'shared') {
      this.resetShared();
      return;
    }
    const words = { call: 'VFIO_DEVICE_RESET', action: `reset ${this.descriptor.target}`, hints: RESET_HINTS };
    ioctl(this.descriptor, uapi.VFIO_DEVICE_RESET, null, words);
  }

  [Symbol.dispose](): void {
    this.descriptor.close();
  }
}
