/** VFIO_USER_DEVICE_GET_INFO (4): what kind of device it is and how many regions and interrupts it has (vfio-user specification). */
import { u32 } from '../../bytes/c-types.ts';
import { type Decoded, struct } from '../../bytes/struct.ts';
import { VFIO_DEVICE_FLAGS_PCI, VFIO_DEVICE_FLAGS_RESET } from '../../spec/vfio/index.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed, requireRoom } from './payload.ts';

/** vfio_device_info without the kernel's capabilities. */
export const vfio_user_device_info = struct('vfio_user_device_info', { argsz: u32, flags: u32, num_regions: u32, num_irqs: u32 });

/** The most that QEMU accepts of a device. */
export const MOST_REGIONS = 100;
export const MOST_IRQS = 50;

/** Judges a request. */
export function decodeDeviceInfoRequest(payload: Uint8Array): void {
  requireRoom(decodeFixed(vfio_user_device_info, payload).argsz, vfio_user_device_info.size);
}

/** A request, or a reply of a PCI device. */
export function encodeDeviceInfo(reply?: { num_regions: number; num_irqs: number; canReset: boolean }): Uint8Array {
  const { num_regions = 0, num_irqs = 0, canReset = false } = reply ?? {};
  const flags = reply ? VFIO_DEVICE_FLAGS_PCI | (canReset ? VFIO_DEVICE_FLAGS_RESET : 0) : 0;
  return vfio_user_device_info.encode({ argsz: vfio_user_device_info.size, flags, num_regions, num_irqs });
}

/** MessageError for a device that is no PCI device or has more regions or interrupts than a client takes. */
export function decodeDeviceInfo(payload: Uint8Array): Decoded<typeof vfio_user_device_info> {
  const info = decodeFixed(vfio_user_device_info, payload);
  if ((info.flags & VFIO_DEVICE_FLAGS_PCI) === 0) throw new MessageError('the device is no PCI device');
  if (info.num_regions > MOST_REGIONS) throw new MessageError(`${info.num_regions} regions, at most ${MOST_REGIONS}`);
  if (info.num_irqs > MOST_IRQS) throw new MessageError(`${info.num_irqs} kinds of interrupt, at most ${MOST_IRQS}`);
  return info;
}
