/** Stops a device: it then answers no access and sends none (the Command register, PCIe 6.0 §7.5.1.1.3). */

import { PCI_COMMAND, PCI_COMMAND_IO, PCI_COMMAND_MASTER, PCI_COMMAND_MEMORY } from '../../pure/spec/pci-regs.ts';
import { VFIO_PCI_CONFIG_REGION_INDEX } from '../../pure/spec/vfio/index.ts';
import type { VfioDevice } from '../vfio/index.ts';

const ENABLED = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER;

/** Called before a reset, after which the kernel restores Command. Throws SyscallError. */
export function switchOff(device: VfioDevice): void {
  const [low = 0] = device.readRegion(VFIO_PCI_CONFIG_REGION_INDEX, PCI_COMMAND, 1);
  device.writeConfig(PCI_COMMAND, Uint8Array.of(low & ~ENABLED));
}
