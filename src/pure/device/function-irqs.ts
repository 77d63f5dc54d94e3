/** The interrupts that vfio-pci reports for a function, from its config space (linux/vfio.h: VFIO_PCI_…_IRQ_INDEX). */

import { byteAt, wordAt } from '../bytes/checked.ts';
import { PCI_INTERRUPT_PIN, PCI_MSI_FLAGS_QMASK, PCI_MSIX_FLAGS_QSIZE } from '../spec/pci-regs.ts';
import { MOST_MSI_LOG2 } from '../spec/pcie.ts';
import { VFIO_IRQ_INFO_AUTOMASKED, VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_MASKABLE, VFIO_IRQ_INFO_NORESIZE } from '../spec/vfio/irq.ts';
import type { FunctionControls } from './function-controls.ts';
import { type DeviceIrq, UNKNOWN_IRQ } from './pci-device.ts';

const LEVEL = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
const EDGE = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;

/**
 * INTx, MSI, MSI-X, error and request, in this order; a kind that the function does not have counts 0. The kernel knows errors of PCI
 * Express functions alone: asked about those of any other function, it answers EINVAL.
 */
export function functionIrqs(bytes: Uint8Array, { msi, msix, isExpress }: FunctionControls): DeviceIrq[] {
  const hasPin = (bytes[PCI_INTERRUPT_PIN] ?? 0) !== 0;
  const messages = msi === null ? 0 : 1 << Math.min((byteAt(bytes, msi) & PCI_MSI_FLAGS_QMASK) >> 1, MOST_MSI_LOG2);
  const vectors = msix === null ? 0 : (wordAt(bytes, msix) & PCI_MSIX_FLAGS_QSIZE) + 1;
  return [
    { count: hasPin ? 1 : 0, flags: LEVEL },
    { count: messages, flags: EDGE },
    { count: vectors, flags: EDGE },
    isExpress ? { count: 1, flags: EDGE } : UNKNOWN_IRQ,
    { count: 1, flags: EDGE },
  ];
}
