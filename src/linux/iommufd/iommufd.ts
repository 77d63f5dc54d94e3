/** The iommufd object: address spaces, page tables and what the kernel reports about the IOMMU behind a device (linux/iommufd.h). */
import type { HwInfoReport } from '../../pure/iommu/report.ts';
import * as uapi from '../../pure/spec/iommufd/index.ts';
import { Descriptor, ioctl, NativeBlock, O_RDWR } from '../ffi/index.ts';
import * as hints from './hints.ts';
import { readHwInfo } from './hw-info.ts';
import { Ioas } from './ioas.ts';
import { destroyObject } from './object.ts';

export const IOMMUFD_PATH = '/dev/iommu';

/** What a page table is to be; numbers are those of linux/iommufd.h. */
export interface HwptOptions {
  /** The device whose IOMMU it is for, by the ID that binding it gave. */
  readonly deviceId: number;
  /** The IOAS or, for a nested one, the page table below. */
  readonly parentId: number;
  /** `IOMMU_HWPT_ALLOC_…`; default 0. */
  readonly flags?: number;
  /** `IOMMU_HWPT_DATA_…`; default none. */
  readonly dataType?: number;
  /** The struct of that type. */
  readonly data?: Uint8Array;
}

/** An open iommufd: all of its objects end when it is closed. */
export class Iommufd implements Disposable {
  readonly descriptor: Descriptor;

  /** Becomes the owner of a descriptor of /dev/iommu, opened here or given by a manager that holds the privilege. */
  constructor(descriptor: Descriptor) {
    this.descriptor = descriptor;
  }

  /** Throws SyscallError. */
  static open(path = IOMMUFD_PATH): Iommufd {
    return new Iommufd(Descriptor.open(path, O_RDWR, { call: 'open', action: `open ${path}`, hints: hints.OPEN_HINTS }));
  }

  /** An empty I/O address space. Throws SyscallError. */
  allocIoas(): Ioas {
    const argument = uapi.iommu_ioas_alloc.encode({ size: uapi.iommu_ioas_alloc.size });
    ioctl(this.descriptor, uapi.IOMMU_IOAS_ALLOC, argument, { call: 'IOMMU_IOAS_ALLOC', action: 'allocate an IOAS' });
    return new Ioas(this.descriptor, uapi.iommu_ioas_alloc.decode(argument).out_ioas_id);
  }

  /**
   * What the kernel reports about the IOMMU behind a bound device. Where a type (`IOMMU_HW_INFO_TYPE_…`) is asked for, the report is of
   * that type, which only kernels with more than one type can give. Throws SyscallError.
   */
  hwInfo(deviceId: number, type?: number): HwInfoReport {
    return readHwInfo(this.descriptor, deviceId, type);
  }

  /** Allocates a page table and returns its ID. Throws SyscallError. */
  allocHwpt(options: HwptOptions): number {
    const { deviceId, parentId, flags = 0, dataType = uapi.IOMMU_HWPT_DATA_NONE, data = new Uint8Array(0) } = options;
    using block = NativeBlock.allocate(Math.max(1, data.length));
    block.bytes.set(data);
    const argument = uapi.iommu_hwpt_alloc.encode({
      size: uapi.iommu_hwpt_alloc.size,
      flags,
      dev_id: deviceId,
      pt_id: parentId,
      data_type: dataType,
      data_len: data.length,
      data_uptr: data.length === 0 ? 0n : block.addressOf(),
    });
    const action = `allocate a page table for device ${deviceId} on ${parentId}`;
    ioctl(this.descriptor, uapi.IOMMU_HWPT_ALLOC, argument, { call: 'IOMMU_HWPT_ALLOC', action, hints: hints.HWPT_HINTS });
    return uapi.iommu_hwpt_alloc.decode(argument).out_hwpt_id;
  }

  /** Ends an object by its ID. Throws SyscallError, EBUSY while it is in use. */
  destroy(id: number): void {
    destroyObject(this.descriptor, id);
  }

  close(): void {
    this.descriptor.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
