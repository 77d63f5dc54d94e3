/** A device stops: it answers no access and sends none (the Command register, PCIe 6.0 §7.5.1.1.3). */
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../../pure/uapi/vfio/index.ts';
import type { VfioDevice } from '../vfio/index.ts';

const COMMAND = 0x04;
/** I/O, memory, bus master. */
const ENABLED = 0x07;

/** Before a reset, after which the kernel brings Command back as it was. Throws SyscallError. */
export function switchOff(device: VfioDevice): void {
  const [low = 0] = device.readRegion(VFIO_PCI_CONFIG_REGION_INDEX, COMMAND, 1);
  device.writeConfig(COMMAND, Uint8Array.of(low & ~ENABLED));
}
