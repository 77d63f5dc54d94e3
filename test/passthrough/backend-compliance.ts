/**
 * Runs in the host VM: `backend-compliance ADDRESS BACKEND` puts a device of this machine, opened as `airlock serve` opens it, through
 * the compliance suite of backends, with eventfds that the kernel signals. Ends as Node's test runner does.
 */

import { Descriptor, duplicate, EventFd } from '../../src/linux/ffi/index.ts';
import { borrowFunction, HostFunction } from '../../src/linux/passthrough/index.ts';
import { readDevice } from '../../src/linux/sysfs/index.ts';
import type { DeviceSession } from '../../src/pure/device/index.ts';
import { Bdf } from '../../src/pure/pci/bdf.ts';
import { type CountedHandle, testBackend } from '../fixtures/backend-compliance.ts';

const [, , address = '', backend = ''] = process.argv;
const device = readDevice(Bdf.parse(address));
if (device === null) throw new Error(`There is no ${address}`);
const host = HostFunction.open(device, backend === 'legacy' ? 'legacy' : 'iommufd');

/** An eventfd whose counter is read through another descriptor. */
class CountedDescriptor extends Descriptor implements CountedHandle {
  closed = 0;
  readonly #reader: EventFd;

  constructor() {
    const made = new EventFd();
    super(duplicate(made.descriptor).release(), made.descriptor.target);
    this.#reader = made;
  }

  get signals(): number {
    return Number(this.#reader.drain());
  }

  override close(): void {
    this.closed++;
    super.close();
  }
}

const session = (): DeviceSession => {
  throw new TypeError('A device of the host needs no session: its DMA and interrupts go past this process');
};

testBackend(
  `${address} through ${backend}`,
  () => {
    const refused = host.rest(false);
    if (refused.length > 0) throw new Error(refused.join('; '));
    return borrowFunction(host.lent);
  },
  { memoryRegion: null, client: { session, handles: count => Array.from({ length: count }, () => new CountedDescriptor()) } },
);
process.once('beforeExit', () => host.close());
