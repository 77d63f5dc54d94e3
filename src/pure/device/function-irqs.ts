/** The interrupts that vfio-pci reports for a function, from its config space (linux/vfio.h: VFIO_PCI_…_IRQ_INDEX). */
import { VFIO_IRQ_INFO_AUTOMASKED, VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_MASKABLE, VFIO_IRQ_INFO_NORESIZE } from '../spec/vfio/irq.ts';
import type { FunctionControls } from './function-controls.ts';
import { type DeviceIrq, UNKNOWN_IRQ } from './pci-device.ts';

const LEVEL = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_MASKABLE | VFIO_IRQ_INFO_AUTOMASKED;
const EDGE = VFIO_IRQ_INFO_EVENTFD | VFIO_IRQ_INFO_NORESIZE;

const INTERRUPT_PIN = 0x3d;
/** Multiple Message Capable [3:1] is a power of two; 6 and 7 are reserved. */
const MOST_MSI = 5;

/**
 * INTx, MSI, MSI-X, error and request, in this order; a kind that the function does not have counts 0. Of errors the kernel knows in
 * PCI Express alone: asked about those of another function it answers EINVAL.
 */
export function functionIrqs(bytes: Uint8Array, { msi, msix, isExpress }: FunctionControls): DeviceIrq[] {
  const hasPin = (bytes[INTERRUPT_PIN] ?? 0) !== 0;
  const messages = msi === null ? 0 : 1 << Math.min((bytes[msi] >> 1) & 7, MOST_MSI);
  const vectors = msix === null ? 0 : ((bytes[msix] | (bytes[msix + 1] << 8)) & 0x7ff) + 1;
  return [
    { count: hasPin ? 1 : 0, flags: LEVEL },
    { count: messages, flags: EDGE },
    { count: vectors, flags: EDGE },
    isExpress ? { count: 1, flags: EDGE } : UNKNOWN_IRQ,
    { count: 1, flags: EDGE },
  ];
}
