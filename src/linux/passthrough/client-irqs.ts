/** Interrupts of a device of this host: a client's eventfds go to the kernel, which signals them without this process (linux/vfio.h). */
import { constants } from 'node:os';
import type { Handle } from '../../pure/device/handle.ts';
import { DeviceError, type DeviceIrq, type IrqRequest } from '../../pure/device/pci-device.ts';
import { VFIO_IRQ_INFO_NORESIZE, VFIO_PCI_ERR_IRQ_INDEX, VFIO_PCI_REQ_IRQ_INDEX } from '../../pure/spec/vfio/index.ts';
import { Descriptor } from '../ffi/index.ts';
import type { VfioDevice } from '../vfio/index.ts';

const { EINVAL, EOPNOTSUPP } = constants.errno;
const ONE_EVENTFD: readonly number[] = [VFIO_PCI_ERR_IRQ_INDEX, VFIO_PCI_REQ_IRQ_INDEX];

function ownDescriptor(handle: Handle | null): Descriptor | null {
  if (handle === null || handle instanceof Descriptor) return handle;
  throw new TypeError('Cannot signal a handle that is no descriptor of this process');
}

/**
 * Keeps the descriptors for as long as they are in use. A client that sets up more interrupts than fit in one message sends several; a kind
 * that cannot grow is then set up anew, together with the interrupts of the earlier messages.
 */
export class ClientIrqs {
  readonly #device: VfioDevice;
  readonly #irqs: readonly DeviceIrq[];
  /** By kind; empty for one that is not set up. */
  readonly #eventfds: (Descriptor | null)[][];

  constructor(device: VfioDevice, irqs: readonly DeviceIrq[]) {
    this.#device = device;
    this.#irqs = irqs;
    this.#eventfds = irqs.map(() => []);
  }

  /** Throws SyscallError, and DeviceError for what no kind of interrupt can do; the handles then stay the caller's. */
  set(request: IrqRequest): void {
    const { index, start, count, action, data } = request;
    const has = this.#irqs[index]?.count ?? 0;
    if (start + count > has) throw new DeviceError(EINVAL, `interrupts ${start} to ${start + count - 1} of ${has} of kind ${index}`);
    if (data.kind === 'eventfds') this.#setEventfds(request, data.handles.map(ownDescriptor));
    else if (action === 'trigger' && count === 0) this.#disable(index);
    else if (this.#eventfds[index].length > 0) {
      this.#device.setIrqs({ index, start, action, ...(data.kind === 'bools' ? { bools: data.bools } : { count }) });
    }
  }

  #setEventfds({ index, start, action }: IrqRequest, eventfds: readonly (Descriptor | null)[]): void {
    if (action === 'mask') throw new DeviceError(EOPNOTSUPP, `no eventfd can mask interrupts of kind ${index}`);
    const before = this.#eventfds[index];
    if (action === 'unmask') {
      // The kernel holds its own reference. An eventfd that unmasks is for INTx, whose line is level-triggered.
      if (before.length > 0) this.#device.setIrqs({ index, start, action, eventfds });
      for (const eventfd of eventfds) eventfd?.close();
      return;
    }
    const after = [...before];
    while (after.length < start) after.push(null);
    after.splice(start, eventfds.length, ...eventfds);
    const cannotGrow = before.length > 0 && after.length > before.length && (this.#irqs[index].flags & VFIO_IRQ_INFO_NORESIZE) !== 0;
    if (cannotGrow) this.#setUpAnew(index, before, after);
    else this.#device.setIrqs({ index, start, action, eventfds });
    // Of these kinds the kernel keeps an eventfd and nothing else; where none was set there is nothing to give up.
    this.#eventfds[index] = ONE_EVENTFD.includes(index) && after.every(eventfd => eventfd === null) ? [] : after;
    for (const eventfd of before) if (!after.includes(eventfd)) eventfd?.close();
  }

  /** Interrupts in between are lost, as they are for a VMM that does the same. */
  #setUpAnew(index: number, before: readonly (Descriptor | null)[], after: readonly (Descriptor | null)[]): void {
    const setUp = (eventfds: readonly (Descriptor | null)[]): void => this.#device.setIrqs({ index, action: 'trigger', eventfds });
    this.#device.setIrqs({ index, action: 'trigger', count: 0 });
    try {
      setUp(after);
    } catch (error) {
      setUp(before);
      throw error;
    }
  }

  #disable(index: number): void {
    if (this.#eventfds[index].length === 0) return;
    this.#device.setIrqs({ index, action: 'trigger', count: 0 });
    this.#forget(index);
  }

  #forget(index: number): void {
    for (const eventfd of this.#eventfds[index].splice(0)) eventfd?.close();
  }

  /** Gives up all interrupts and closes every handle, whatever the kernel refuses; then throws its first refusal. */
  clear(): void {
    const refusals: unknown[] = [];
    for (const index of this.#irqs.keys()) {
      try {
        this.#disable(index);
      } catch (error) {
        refusals.push(error);
        this.#forget(index);
      }
    }
    if (refusals.length > 0) throw refusals[0];
  }
}
