/** VFIO_USER_DEVICE_SET_IRQS (8): where interrupts go, and triggering, masking and unmasking them (specification; linux/vfio.h). */
import { formatHex } from '../../bytes/hex.ts';
import type { Handle } from '../../device/handle.ts';
import type { DeviceIrq, IrqRequest } from '../../device/pci-device.ts';
import {
  VFIO_IRQ_INFO_EVENTFD,
  VFIO_IRQ_INFO_MASKABLE,
  VFIO_IRQ_SET_ACTION_MASK,
  VFIO_IRQ_SET_ACTION_TRIGGER,
  VFIO_IRQ_SET_ACTION_UNMASK,
  VFIO_IRQ_SET_DATA_BOOL,
  VFIO_IRQ_SET_DATA_EVENTFD,
  VFIO_IRQ_SET_DATA_NONE,
  vfio_irq_set,
} from '../../spec/vfio/index.ts';
import { MessageError } from '../protocol-error.ts';
import { decodeFixed, requireRoom } from './payload.ts';

const ACTIONS = new Map<number, IrqRequest['action']>([
  [VFIO_IRQ_SET_ACTION_MASK, 'mask'],
  [VFIO_IRQ_SET_ACTION_UNMASK, 'unmask'],
  [VFIO_IRQ_SET_ACTION_TRIGGER, 'trigger'],
]);
const KINDS = new Map<number, IrqRequest['data']['kind']>([
  [VFIO_IRQ_SET_DATA_NONE, 'none'],
  [VFIO_IRQ_SET_DATA_BOOL, 'bools'],
  [VFIO_IRQ_SET_DATA_EVENTFD, 'eventfds'],
]);
const ACTION_BITS = VFIO_IRQ_SET_ACTION_MASK | VFIO_IRQ_SET_ACTION_UNMASK | VFIO_IRQ_SET_ACTION_TRIGGER;

function flagOf(values: ReadonlyMap<number, string>, wanted: string): number {
  for (const [flag, value] of values) if (value === wanted) return flag;
  throw new TypeError(`${wanted} is no action and no kind of data`);
}

/** Throws unless the range lies within what the device has; a count of 0 gives up the whole kind, and then says nothing else. */
function judgeRange({ start, count }: { start: number; count: number }, has: number, givesUp: boolean): void {
  if (count === 0 && (!givesUp || start !== 0)) throw new MessageError('a count of 0 goes with start 0, no data and TRIGGER');
  if (start + count > has) throw new MessageError(`interrupts ${start} to ${start + count - 1} of ${has}`);
}

function decodeData(set: { count: number; data: Uint8Array }, kind: string, handles: readonly Handle[]): IrqRequest['data'] {
  const { count, data } = set;
  if (kind !== 'eventfds' && handles.length > 0) throw new MessageError(`${handles.length} files with data that has none`);
  if (kind === 'none') {
    if (data.length !== 0) throw new MessageError(`${data.length} bytes of data where there are none`);
    return { kind };
  }
  if (kind === 'bools') {
    if (data.length !== count) throw new MessageError(`${data.length} booleans for ${count} interrupts`);
    return { kind, bools: Array.from(data, byte => byte !== 0) };
  }
  // The numbers that linux/vfio.h puts here mean nothing in another process: files come beside the message, all of them or none.
  if (data.length !== 0 && data.length !== 4 * count) throw new MessageError(`${data.length} bytes of data for ${count} files`);
  if (handles.length !== 0 && handles.length !== count) throw new MessageError(`${handles.length} files for ${count} interrupts`);
  return { kind: 'eventfds', handles: handles.length === 0 ? new Array<null>(count).fill(null) : [...handles] };
}

/**
 * A request judged against the interrupts that the device has. MessageError (EINVAL) for anything that is not one kind of data and one
 * action over interrupts that exist and can do that. Closes no handles.
 */
export function decodeSetIrqs(payload: Uint8Array, irqs: readonly DeviceIrq[], handles: readonly Handle[]): IrqRequest {
  const set = decodeFixed(vfio_irq_set, payload);
  requireRoom(set.argsz, vfio_irq_set.size);
  const irq = irqs[set.index];
  if (irq === undefined) throw new MessageError(`interrupt kind ${set.index} of ${irqs.length}`);
  const action = ACTIONS.get(set.flags & ACTION_BITS);
  const kind = KINDS.get(set.flags & ~ACTION_BITS);
  if (action === undefined || kind === undefined) throw new MessageError(`flags ${formatHex(set.flags)}: not one data and one action`);
  judgeRange(set, irq.count, kind === 'none' && action === 'trigger');
  if (action !== 'trigger' && (irq.flags & VFIO_IRQ_INFO_MASKABLE) === 0) throw new MessageError('interrupts that cannot be masked');
  if (kind === 'eventfds' && (irq.flags & VFIO_IRQ_INFO_EVENTFD) === 0) throw new MessageError('interrupts that signal no eventfd');
  return { index: set.index, start: set.start, count: set.count, action, data: decodeData(set, kind, handles) };
}

/** A request's payload; the handles of eventfds go beside it. */
export function encodeSetIrqs({ index, start, count, action, data }: IrqRequest): Uint8Array {
  const bytes = data.kind === 'bools' ? Uint8Array.from(data.bools, Number) : new Uint8Array(0);
  const flags = flagOf(ACTIONS, action) | flagOf(KINDS, data.kind);
  return vfio_irq_set.encode({ argsz: vfio_irq_set.size + bytes.length, flags, index, start, count, data: bytes });
}
