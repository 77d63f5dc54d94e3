/** The legacy way to a VFIO device: container, group, device, with the type 1 IOMMU (linux/vfio.h, kernel documentation of VFIO). */
import { formatHex } from '../../pure/bytes/hex.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { Descriptor, type FileRange, ioctl, type NativeBlock, O_RDWR } from '../ffi/index.ts';
import { VfioGroup } from './group.ts';
import { MAP_HINTS, OPEN_CONTAINER_HINTS, SET_IOMMU_HINTS } from './hints.ts';

export const CONTAINER_PATH = '/dev/vfio/vfio';

/** Where in the container's address space memory goes, and what a device may do there. */
export interface IovaAccess {
  readonly iova: bigint;
  /** Default true. */
  readonly readable?: boolean;
  /** Default true. */
  readonly writable?: boolean;
}

/** A part of a native block, in bytes; the whole where left out. */
export interface MapDmaOptions extends IovaAccess {
  readonly at?: number;
  readonly length?: number;
}

/** An address space that groups join. Groups are closed before it. */
export class VfioContainer implements Disposable {
  readonly descriptor: Descriptor;
  readonly #groups: VfioGroup[] = [];

  private constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  /** A container whose IOMMU type is set already, from a descriptor that it becomes the owner of. */
  static joined(descriptor: Descriptor): VfioContainer {
    return new VfioContainer(descriptor);
  }

  /** Throws SyscallError; Error for a container of another version or without a type 1 IOMMU. */
  static open(path = CONTAINER_PATH): VfioContainer {
    const descriptor = Descriptor.open(path, O_RDWR, { call: 'open', action: `open ${path}`, hints: OPEN_CONTAINER_HINTS });
    try {
      const version = ioctl(descriptor, uapi.VFIO_GET_API_VERSION, null, {
        call: 'VFIO_GET_API_VERSION',
        action: `ask ${path} for its version`,
      });
      if (version !== uapi.VFIO_API_VERSION) throw new Error(`Cannot use ${path}: API version ${version}, wanted ${uapi.VFIO_API_VERSION}`);
      const words = { call: 'VFIO_CHECK_EXTENSION', action: `ask ${path} for its IOMMU types` };
      const hasType = ioctl(descriptor, uapi.VFIO_CHECK_EXTENSION, uapi.VFIO_TYPE1v2_IOMMU, words) === 1;
      if (!hasType) throw new Error(`Cannot use ${path}: no type 1 v2 IOMMU, wanted the module vfio_iommu_type1`);
    } catch (error) {
      descriptor.close();
      throw error;
    }
    return new VfioContainer(descriptor);
  }

  /** Opens a group by its number and lets it join. Throws SyscallError, GroupNotViableError. */
  addGroup(number: number): VfioGroup {
    const group = VfioGroup.open(number);
    try {
      group.join(this.descriptor);
      this.#setIommu();
      this.#groups.push(group);
    } catch (error) {
      group[Symbol.dispose]();
      throw error;
    }
    return group;
  }

  /** A container takes its IOMMU type when the first group joins, and loses it with the last. */
  #setIommu(): void {
    if (this.#groups.some(group => !group.descriptor.isClosed)) return;
    const words = { call: 'VFIO_SET_IOMMU', action: `use the type 1 IOMMU of ${this.descriptor.target}`, hints: SET_IOMMU_HINTS };
    ioctl(this.descriptor, uapi.VFIO_SET_IOMMU, uapi.VFIO_TYPE1v2_IOMMU, words);
  }

  /** Maps native memory for all devices of the container. The memory is pinned, and stays so when the block ends. Throws SyscallError. */
  mapDma(block: NativeBlock, options: MapDmaOptions): void {
    const { at = 0, length = block.size - at } = options;
    if (length < 1 || at + length > block.size) throw new RangeError(`Cannot map ${length} bytes at ${at} of ${block.size}`);
    this.mapRange({ address: block.addressOf(at), length }, options);
  }

  /** The same as `mapDma` for memory by its address, which the caller keeps mapped as long as this mapping lasts. */
  mapRange({ address, length }: Pick<FileRange, 'address' | 'length'>, options: IovaAccess): void {
    const { iova, readable = true, writable = true } = options;
    const { vfio_iommu_type1_dma_map } = uapi;
    const argument = vfio_iommu_type1_dma_map.encode({
      argsz: vfio_iommu_type1_dma_map.size,
      flags: (readable ? uapi.VFIO_DMA_MAP_FLAG_READ : 0) | (writable ? uapi.VFIO_DMA_MAP_FLAG_WRITE : 0),
      vaddr: address,
      iova,
      size: BigInt(length),
    });
    const action = `map ${length} bytes at IOVA ${formatHex(iova)} of ${this.descriptor.target}`;
    ioctl(this.descriptor, uapi.VFIO_IOMMU_MAP_DMA, argument, { call: 'VFIO_IOMMU_MAP_DMA', action, hints: MAP_HINTS });
  }

  /** Unmaps whole mappings and returns how many bytes they had. Throws SyscallError. */
  unmapDma(iova: bigint, length: bigint): bigint {
    const { vfio_iommu_type1_dma_unmap } = uapi;
    const argument = vfio_iommu_type1_dma_unmap.encode({ argsz: vfio_iommu_type1_dma_unmap.size, iova, size: length });
    const action = `unmap ${length} bytes at IOVA ${formatHex(iova)} of ${this.descriptor.target}`;
    ioctl(this.descriptor, uapi.VFIO_IOMMU_UNMAP_DMA, argument, { call: 'VFIO_IOMMU_UNMAP_DMA', action });
    return vfio_iommu_type1_dma_unmap.decode(argument).size;
  }

  /** Unmaps whatever is mapped. Throws SyscallError. */
  unmapAll(): void {
    const { vfio_iommu_type1_dma_unmap } = uapi;
    const argument = vfio_iommu_type1_dma_unmap.encode({ argsz: vfio_iommu_type1_dma_unmap.size, flags: uapi.VFIO_DMA_UNMAP_FLAG_ALL });
    const words = { call: 'VFIO_IOMMU_UNMAP_DMA', action: `unmap all of ${this.descriptor.target}` };
    ioctl(this.descriptor, uapi.VFIO_IOMMU_UNMAP_DMA, argument, words);
  }

  [Symbol.dispose](): void {
    this.descriptor.close();
  }
}
