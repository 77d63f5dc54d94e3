/** Interrupts of a device whose hardware is software: where each one goes, and what is masked and waits (VFIO_DEVICE_SET_IRQS). */

import { itemAt } from '../bytes/checked.ts';
import { EINVAL, EOPNOTSUPP } from '../spec/errno.ts';
import { VFIO_PCI_INTX_IRQ_INDEX } from '../spec/vfio/irq.ts';
import type { Handle } from './handle.ts';
import { DeviceError, type DeviceIrq, type DeviceSession, type IrqRequest } from './pci-device.ts';

/** The interrupts of one kind. */
interface Kind {
  readonly handles: (Handle | null)[];
  readonly masked: boolean[];
  readonly pending: boolean[];
}

/**
 * Holds the handles that a client sets up and signals them. INTx is a level: it is masked when it is signalled, and comes again
 * when it is unmasked while its line is still asserted. Every handle is closed once: when another takes its place, when its kind is
 * given up, when the client is gone.
 */
export class EventIrqs {
  readonly #irqs: readonly DeviceIrq[];
  readonly #kinds: Kind[];
  #session: DeviceSession | null = null;
  #isIntxDisabled = false;
  #isIntxAsserted = false;

  constructor(irqs: readonly DeviceIrq[]) {
    this.#irqs = irqs;
    this.#kinds = irqs.map(() => ({ handles: [], masked: [], pending: [] }));
  }

  /** A client has connected: its session signals from now on. */
  attach(session: DeviceSession): void {
    this.#session = session;
  }

  /** Closes every handle. What the device asserts stays asserted. */
  detach(): void {
    this.#session = null;
    for (const kind of this.#kinds) disable(kind);
  }

  /**
   * Takes a client's request. A `trigger` with a count of 0 gives up the whole kind, even one that has no interrupts.
   * @throws DeviceError EINVAL outside of what there is, EOPNOTSUPP for an eventfd that masks or unmasks
   */
  set(request: IrqRequest): void {
    const { index, start, count, action, data } = request;
    const kind = this.#kinds[index];
    const most = this.#irqs[index]?.count ?? 0;
    if (kind === undefined || !(start >= 0 && count >= 0 && start + count <= most)) {
      throw new DeviceError(EINVAL, `interrupts ${start} to ${start + count} of kind ${index}: there are ${most}`);
    }
    if (data.kind === 'eventfds') this.#setHandles(kind, request, data.handles);
    else if (action === 'trigger' && data.kind === 'none' && count === 0) disable(kind);
    else this.#act(kind, request, data);
  }

  #act(kind: Kind, { index, start, count, action }: IrqRequest, data: Exclude<IrqRequest['data'], { kind: 'eventfds' }>): void {
    for (let i = 0; i < count; i++) {
      if (data.kind === 'bools' && data.bools[i] !== true) continue;
      if (action === 'trigger') this.trigger(index, start + i);
      else {
        kind.masked[start + i] = action === 'mask';
        if (action === 'unmask') this.#deliver(index, start + i);
      }
    }
  }

  /** Whether the client listens to this interrupt. */
  isConnected(index: number, vector: number): boolean {
    return (this.#kinds[index]?.handles[vector] ?? null) !== null;
  }

  /**
   * An interrupt happens now: it is signalled, waits where it is masked, and is lost where it goes nowhere.
   * @throws RangeError for one that is not there
   */
  trigger(index: number, vector: number): void {
    if (!(vector >= 0 && vector < (this.#irqs[index]?.count ?? 0)))
      throw new RangeError(`there is no interrupt ${vector} of kind ${index}`);
    const { masked, pending, handles } = itemAt(this.#kinds, index);
    if (masked[vector] === true || (index === VFIO_PCI_INTX_IRQ_INDEX && this.#isIntxDisabled)) {
      pending[vector] = true;
      return;
    }
    pending[vector] = false;
    const handle = handles[vector] ?? null;
    if (handle === null || this.#session === null) return;
    if (index === VFIO_PCI_INTX_IRQ_INDEX) masked[vector] = true;
    this.#session.signal(handle);
  }

  /** The level of the INTx line. */
  setIntx(isAsserted: boolean): void {
    const rises = isAsserted && !this.#isIntxAsserted;
    this.#isIntxAsserted = isAsserted;
    if (rises) this.trigger(VFIO_PCI_INTX_IRQ_INDEX, 0);
    const intx = this.#kinds[VFIO_PCI_INTX_IRQ_INDEX];
    if (!isAsserted && intx !== undefined) intx.pending[0] = false;
  }

  /** Interrupt Disable of the Command register: INTx waits while it is set. */
  setIntxDisabled(isDisabled: boolean): void {
    this.#isIntxDisabled = isDisabled;
    if (!isDisabled) this.#deliver(VFIO_PCI_INTX_IRQ_INDEX, 0);
  }

  /** A reset of the device: its line falls and nothing waits; where interrupts go stays as the client set it up. */
  reset(): void {
    this.#isIntxAsserted = false;
    this.#isIntxDisabled = false;
    for (const { pending } of this.#kinds) pending.fill(false);
  }

  #setHandles(kind: Kind, { index, start, action }: IrqRequest, handles: readonly (Handle | null)[]): void {
    if (action !== 'trigger') {
      // A kind that was never set up may be given up too.
      if (handles.every(handle => handle === null)) return;
      throw new DeviceError(EOPNOTSUPP, `no eventfd can ${action} interrupts of kind ${index}`);
    }
    for (const [i, handle] of handles.entries()) {
      const before = kind.handles[start + i] ?? null;
      kind.handles[start + i] = handle;
      if (before !== handle) before?.close();
    }
    if (index === VFIO_PCI_INTX_IRQ_INDEX) {
      kind.masked[0] = false;
      if (handles[0] !== null) this.#deliver(index, 0);
    }
  }

  /** Signals what waited. */
  #deliver(index: number, vector: number): void {
    const isAsserted = index === VFIO_PCI_INTX_IRQ_INDEX && this.#isIntxAsserted;
    if (this.#kinds[index]?.pending[vector] === true || isAsserted) this.trigger(index, vector);
  }
}

/** Closes every handle of a kind. */
function disable(kind: Kind): void {
  const handles = kind.handles.splice(0);
  kind.masked.length = 0;
  kind.pending.length = 0;
  for (const handle of handles) handle?.close();
}
