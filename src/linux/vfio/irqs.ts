/** Interrupts of a VFIO device: what there is, and where each one goes (struct vfio_irq_info and vfio_irq_set in linux/vfio.h). */
import { irqFlags, type VfioIrqInfo } from '../../pure/device/vfio-info.ts';
import * as uapi from '../../pure/spec/vfio/index.ts';
import type { Descriptor } from '../ffi/index.ts';

/** The info in a reply of VFIO_DEVICE_GET_IRQ_INFO. RangeError for one shorter than its struct. */
export function decodeIrqInfo(reply: Uint8Array): VfioIrqInfo {
  const { index, flags, count } = uapi.vfio_irq_info.decode(reply);
  return { index, flags, count, ...irqFlags(flags) };
}

/** Which interrupts a request is for, what it does, and its data: one of the three, or none with a `count`. */
export interface IrqRequest {
  readonly index: number;
  /** The first one; default 0. */
  readonly start?: number;
  /** `trigger` with eventfds says where interrupts go; without eventfds they happen now; with a count of 0 all of them are given up. */
  readonly action: 'trigger' | 'mask' | 'unmask';
  /** Eventfds of the interrupts from `start` on; null disconnects one. */
  readonly eventfds?: readonly (Descriptor | null)[];
  /** Which of those from `start` on are meant. */
  readonly bools?: readonly boolean[];
  /** How many are meant; default 0. */
  readonly count?: number;
}

const ACTIONS = {
  trigger: uapi.VFIO_IRQ_SET_ACTION_TRIGGER,
  mask: uapi.VFIO_IRQ_SET_ACTION_MASK,
  unmask: uapi.VFIO_IRQ_SET_ACTION_UNMASK,
} as const;

function encodeData({ eventfds, bools, count = 0 }: IrqRequest): { kind: number; count: number; data: Uint8Array } {
  if (eventfds && bools) throw new TypeError('Cannot encode vfio_irq_set: eventfds and bools exclude each other');
  if (eventfds) {
    const data = new Uint8Array(4 * eventfds.length);
    const view = new DataView(data.buffer);
    for (const [i, eventfd] of eventfds.entries()) view.setInt32(4 * i, eventfd?.number ?? -1, true);
    return { kind: uapi.VFIO_IRQ_SET_DATA_EVENTFD, count: eventfds.length, data };
  }
  if (bools) return { kind: uapi.VFIO_IRQ_SET_DATA_BOOL, count: bools.length, data: Uint8Array.from(bools, Number) };
  return { kind: uapi.VFIO_IRQ_SET_DATA_NONE, count, data: new Uint8Array(0) };
}

/** The argument of VFIO_DEVICE_SET_IRQS. Throws TypeError for two kinds of data, RangeError for numbers that do not fit. */
export function encodeIrqSet(request: IrqRequest): Uint8Array {
  const { kind, count, data } = encodeData(request);
  return uapi.vfio_irq_set.encode({
    argsz: uapi.vfio_irq_set.size + data.length,
    flags: kind | ACTIONS[request.action],
    index: request.index,
    start: request.start ?? 0,
    count,
    data,
  });
}
