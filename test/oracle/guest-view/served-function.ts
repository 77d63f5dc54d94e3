/** What QEMU is given to judge: config bytes untouched, in our raw replay backend. */
import type { DeviceIrq, DeviceRegion, IrqRequest, PciDevice } from '../../../src/pure/device/pci-device.ts';
import { ReplayBackend } from '../../../src/pure/device/replay-backend.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';

const CONFIG = 7;
const ROM = 0x30;
const ERROR_IRQ = 3;

/** A function without a ROM whose reset changes nothing, so that all that QEMU has written stays to be seen. */
export class ServedFunction implements PciDevice {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[];
  readonly #backend: ReplayBackend;

  constructor(bytes: Uint8Array, barSizes: readonly number[]) {
    this.#backend = new ReplayBackend({ config: new ConfigSpace(bytes), regionSizes: [...barSizes, 0], isRaw: true });
    // The backend rounds sizes up.
    this.regions = this.#backend.regions.map((region, index) => ({ ...region, size: barSizes[index] ?? region.size }));
    // Without an interrupt for errors QEMU warns.
    this.irqs = this.#backend.irqs.map((irq, index) => (index === ERROR_IRQ ? { ...irq, count: 1 } : irq));
  }

  readRegion(index: number, offset: number, into: Uint8Array): void {
    this.#backend.readRegion(index, offset, into);
  }

  writeRegion(index: number, offset: number, bytes: Uint8Array): void {
    // QEMU asks for the size of a ROM by a write: the address of one that is not there takes none.
    const isRom = index === CONFIG && offset === ROM;
    this.#backend.writeRegion(index, offset, isRom ? new Uint8Array(bytes.length) : bytes);
  }

  setIrqs(request: IrqRequest): void {
    if (request.index !== ERROR_IRQ) this.#backend.setIrqs(request);
    else if (request.data.kind === 'eventfds') for (const handle of request.data.handles) handle?.close();
  }

  reset(): void {}
}
