/** VFIO_USER_DEVICE_GET_IRQ_INFO (7): one kind of interrupt (vfio-user specification; linux/vfio.h). */
import type { Decoded } from '../../bytes/struct.ts';
import { vfio_irq_info } from '../../spec/vfio/index.ts';
import { decodeFixed, requireRoom } from './payload.ts';

/** Kind of interrupt that a request asks for. */
export function decodeIrqInfoRequest(payload: Uint8Array): number {
  const { argsz, index } = decodeFixed(vfio_irq_info, payload);
  requireRoom(argsz, vfio_irq_info.size);
  return index;
}

/** A request has an index only. */
export function encodeIrqInfo(info: { index: number; flags?: number; count?: number }): Uint8Array {
  return vfio_irq_info.encode({ argsz: vfio_irq_info.size, ...info });
}

export function decodeIrqInfo(payload: Uint8Array): Decoded<typeof vfio_irq_info> {
  return decodeFixed(vfio_irq_info, payload);
}
