/** A device of this host for as long as it is served: opened once, lent to one connection after another, at rest in between. */
import { VFIO_PCI_NUM_IRQS, VFIO_PCI_REQ_IRQ_INDEX } from '../../pure/spec/vfio/index.ts';
import { type Descriptor, EventFd, POLLIN } from '../ffi/index.ts';
import { type HostDevice, readReservedRegions } from '../sysfs/index.ts';
import { EventLoopWaiter } from '../unix-transport/event-loop-waiter.ts';
import { explained, type GivenFiles, type IommuBackend, type OpenedDevice, openDevice, type VfioDevice } from '../vfio/index.ts';
import { ContainerSpace, type DmaSpace, IoasSpace } from './dma-space.ts';
import { makeToldRanges } from './guest-ranges.ts';
import type { LentFunction } from './lent-function.ts';
import { switchOff } from './switch-off.ts';

/** What the device is attached to. */
interface Attachment {
  readonly space: DmaSpace;
  readonly lent: LentFunction;
}

const fileOf = ({ number, target }: Descriptor) => ({ number, target });

function attach(opened: OpenedDevice, { iommuGroup }: HostDevice): Attachment {
  const reserved = iommuGroup === null ? [] : readReservedRegions(iommuGroup.number);
  const shared = { reserved, toldRanges: makeToldRanges() };
  const device = fileOf(opened.device.descriptor);
  if (opened.backend === 'legacy') {
    const { container, group } = opened;
    return {
      space: new ContainerSpace(container, reserved),
      lent: {
        ...shared,
        backend: 'legacy',
        device,
        iommu: fileOf(container.descriptor),
        group: { ...fileOf(group.descriptor), id: group.number },
      },
    };
  }
  const { iommufd } = opened;
  const ioas = iommufd.allocIoas();
  opened.device.attach(ioas);
  const iommu = fileOf(iommufd.descriptor);
  return {
    space: new IoasSpace(ioas, reserved),
    lent: { ...shared, backend: 'iommufd', device, iommu, deviceId: opened.device.deviceId, ioas: ioas.id },
  };
}

export class HostFunction implements Disposable {
  /** What threads need to use the device; valid until this is closed. */
  readonly lent: LentFunction;
  readonly #opened: OpenedDevice;
  readonly #space: DmaSpace;
  /** The kernel signals it when it wants the device back. */
  readonly #request: EventFd;
  readonly #waiter = new EventLoopWaiter();
  #stopWaiting: () => void = () => undefined;
  #isClosed = false;

  private constructor(opened: OpenedDevice, { space, lent }: Attachment, request: EventFd) {
    this.#opened = opened;
    this.#space = space;
    this.#request = request;
    this.lent = lent;
    this.#askToBeTold();
  }

  /** Opens the device, which resets it, and attaches it to an empty address space. Throws DeviceClosedError, as `openDevice` does. */
  static open(device: HostDevice, backend: IommuBackend, given?: GivenFiles): HostFunction {
    const opened = openDevice(device, backend, given);
    try {
      return explained(
        device,
        () => new HostFunction(opened, attach(opened, device), new EventFd(`the host's request for ${device.address}`)),
      );
    } catch (error) {
      opened[Symbol.dispose]();
      throw error;
    }
  }

  get device(): VfioDevice {
    return this.#opened.device;
  }

  /** The kernel signals requests as long as the device is open. A client that sets an eventfd of its own replaces this one. */
  #askToBeTold(): void {
    if (this.device.info.irqCount <= VFIO_PCI_REQ_IRQ_INDEX || this.device.irq(VFIO_PCI_REQ_IRQ_INDEX).count === 0) return;
    this.device.setIrqs({ index: VFIO_PCI_REQ_IRQ_INDEX, action: 'trigger', eventfds: [this.#request.descriptor] });
  }

  /** Calls `asked` whenever the host wants the device back, as at an unbind or a hot unplug, until it is closed. */
  async watchRequests(asked: () => void): Promise<void> {
    while (!this.#isClosed) {
      await this.#waiter.ready(this.#request.descriptor, POLLIN, wake => {
        this.#stopWaiting = wake;
      });
      if (!this.#isClosed && this.#request.drain() > 0n) asked();
    }
  }

  /**
   * Cleans up after a connection, whatever became of its thread: gives up its interrupts and its memory, and resets the device where the
   * thread did not. Returns what the kernel refused, in words.
   */
  rest(isClean: boolean): string[] {
    const refused: string[] = [];
    const attempt = (step: () => void): void => {
      try {
        step();
      } catch (error) {
        refused.push(error instanceof Error ? error.message : String(error));
      }
    };
    if (!isClean) {
      for (let index = 0; index < Math.min(VFIO_PCI_NUM_IRQS, this.device.info.irqCount); index++) this.#disable(index);
      attempt(() => switchOff(this.device));
      if (this.device.resetKind !== null) attempt(() => this.device.reset());
    }
    attempt(() => this.#space.clear());
    attempt(() => this.#askToBeTold());
    return refused;
  }

  /** The kernel refuses this for a kind that is not set up. */
  #disable(index: number): void {
    try {
      this.device.setIrqs({ index, action: 'trigger', count: 0 });
    } catch {
      // Then there is nothing to give up.
    }
  }

  /** Gives the device back to the kernel, which resets it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#stopWaiting();
    this.#waiter.close();
    this.#opened[Symbol.dispose]();
    this.#request.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
