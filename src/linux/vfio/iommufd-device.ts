/** A VFIO device opened by its own file and bound to an iommufd (VFIO_DEVICE_BIND_IOMMUFD in linux/vfio.h). */
import { type HostIommuDevice, type HwInfoReport, iommufdDevice } from '../../pure/iommu/index.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import { Descriptor, ioctl, O_RDWR } from '../ffi/index.ts';
import type { Iommufd } from '../iommufd/index.ts';
import { ATTACH_HINTS, BIND_HINTS, OPEN_DEVICE_HINTS } from './hints.ts';
import { type HotResetOptions, hotReset } from './hot-reset.ts';
import { OpenVfioDevice } from './vfio-device.ts';

function bind(descriptor: Descriptor, iommufd: Iommufd): number {
  const { vfio_device_bind_iommufd } = uapi;
  const argument = vfio_device_bind_iommufd.encode({ argsz: vfio_device_bind_iommufd.size, iommufd: iommufd.descriptor.number });
  const action = `bind ${descriptor.target} to ${iommufd.descriptor.target}`;
  ioctl(descriptor, uapi.VFIO_DEVICE_BIND_IOMMUFD, argument, { call: 'VFIO_DEVICE_BIND_IOMMUFD', action, hints: BIND_HINTS });
  return vfio_device_bind_iommufd.decode(argument).out_devid;
}

/** Bound to an iommufd, which stays open as long as the device; closing the device detaches and unbinds it. */
export class IommufdDevice extends OpenVfioDevice {
  override readonly backend = 'iommufd';
  readonly iommufd: Iommufd;
  /** The ID by which iommufd knows the device. */
  readonly deviceId: number;

  private constructor(descriptor: Descriptor, iommufd: Iommufd, deviceId: number) {
    super(descriptor);
    this.iommufd = iommufd;
    this.deviceId = deviceId;
  }

  /** Opens and binds a file such as `/dev/vfio/devices/vfio3`. Throws SyscallError. */
  static open(path: string, iommufd: Iommufd): IommufdDevice {
    const words = { call: 'open', action: `open ${path}`, hints: OPEN_DEVICE_HINTS };
    return IommufdDevice.adopt(Descriptor.open(path, O_RDWR, words), iommufd);
  }

  /** Becomes the owner of a device file that is open already and binds it; closes it where that fails. Throws SyscallError. */
  static adopt(descriptor: Descriptor, iommufd: Iommufd): IommufdDevice {
    try {
      // Before it is bound the device answers nothing else.
      const deviceId = bind(descriptor, iommufd);
      return new IommufdDevice(descriptor, iommufd, deviceId);
    } catch (error) {
      descriptor.close();
      throw error;
    }
  }

  /** A device that is bound already, from a descriptor that it becomes the owner of. Throws SyscallError. */
  static bound(descriptor: Descriptor, iommufd: Iommufd, deviceId: number): IommufdDevice {
    return new IommufdDevice(descriptor, iommufd, deviceId);
  }

  /** Attaches to an IOAS or a page table, in place of what it was attached to; returns the page table's ID. Throws SyscallError. */
  attach(target: { readonly id: number } | number): number {
    const { vfio_device_attach_iommufd_pt } = uapi;
    const pt_id = typeof target === 'number' ? target : target.id;
    const argument = vfio_device_attach_iommufd_pt.encode({ argsz: ARGSZ_WITHOUT_PASID, pt_id });
    const action = `attach ${this.descriptor.target} to ${typeof target === 'number' ? 'page table' : 'IOAS'} ${pt_id}`;
    const words = { call: 'VFIO_DEVICE_ATTACH_IOMMUFD_PT', action, hints: ATTACH_HINTS };
    ioctl(this.descriptor, uapi.VFIO_DEVICE_ATTACH_IOMMUFD_PT, argument, words);
    return vfio_device_attach_iommufd_pt.decode(argument).pt_id;
  }

  /** Detaches; DMA of the device is blocked from then on. Throws SyscallError. */
  detach(): void {
    const argument = uapi.vfio_device_detach_iommufd_pt.encode({ argsz: uapi.vfio_device_detach_iommufd_pt.fields.pasid.offset });
    const words = { call: 'VFIO_DEVICE_DETACH_IOMMUFD_PT', action: `detach ${this.descriptor.target}` };
    ioctl(this.descriptor, uapi.VFIO_DEVICE_DETACH_IOMMUFD_PT, argument, words);
  }

  /** What the kernel reports about the IOMMU behind the device, of one type where asked for. Throws SyscallError. */
  hwInfo(type?: number): HwInfoReport {
    return this.iommufd.hwInfo(this.deviceId, type);
  }

  /** Binds each other function that has a part in it to the same iommufd for that time, which nobody else may have open. */
  protected override resetShared(): void {
    const take: HotResetOptions['take'] = (_, { vfioDevice }) => IommufdDevice.open(vfioDevice ?? '', this.iommufd);
    hotReset(this.descriptor, { take, groups: () => [] });
  }

  override hostIommuDevice(): HostIommuDevice {
    return iommufdDevice(this.hwInfo());
  }
}

/** Kernels before 6.15 have no `pasid` field, and none is used here. */
const ARGSZ_WITHOUT_PASID = uapi.vfio_device_attach_iommufd_pt.fields.pasid.offset;
