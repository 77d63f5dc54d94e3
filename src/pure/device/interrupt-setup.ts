/** Which interrupts a guest has switched on, read off the registers that it programs (PCIe 6.0 §6.1, §7.7.1, §7.7.2). */

import {
  PCI_COMMAND,
  PCI_COMMAND_INTX_DISABLE,
  PCI_INTERRUPT_PIN,
  PCI_MSI_FLAGS,
  PCI_MSI_FLAGS_64BIT,
  PCI_MSI_FLAGS_ENABLE,
  PCI_MSI_FLAGS_MASKBIT,
  PCI_MSI_FLAGS_QSIZE,
  PCI_MSI_MASK_32,
  PCI_MSI_MASK_64,
  PCI_MSIX_FLAGS_ENABLE,
  PCI_MSIX_FLAGS_MASKALL,
  PCI_MSIX_FLAGS_QSIZE,
} from '../spec/pci-regs.ts';
import { MOST_MSI_LOG2 } from '../spec/pcie.ts';
import type { FunctionControls } from './function-controls.ts';
import type { MsixTable } from './msix-table.ts';

/** What a VMM in this process sets up. A client over vfio-user decides this by itself and sends VFIO_DEVICE_SET_IRQS. */
export interface InterruptSetup {
  readonly mode: 'none' | 'intx' | 'msi' | 'msix';
  /** How many the mode has: 1 for INTx, what the guest was given for MSI, the size of the table for MSI-X. */
  readonly vectors: number;
  /** Whether the guest keeps this one off: by its mask bit, or by Function Mask of MSI-X. */
  isMasked(vector: number): boolean;
}

// The upper bytes of registers of two bytes.
const COMMAND_HIGH = PCI_COMMAND + 1;
const INTERRUPT_DISABLE = PCI_COMMAND_INTX_DISABLE >> 8;
const FUNCTION_MASK = PCI_MSIX_FLAGS_MASKALL >> 8;
const MSIX_ENABLE = PCI_MSIX_FLAGS_ENABLE >> 8;
const VECTORS_HIGH = PCI_MSIX_FLAGS_QSIZE >> 8;
const MSI_MASKABLE = PCI_MSI_FLAGS_MASKBIT >> 8;

type ReadByte = (at: number) => number;

/** The mask bits of MSI stand behind its data. */
function msiMasks(readByte: ReadByte, control: number): number {
  if ((readByte(control + 1) & MSI_MASKABLE) === 0) return 0;
  const at = control - PCI_MSI_FLAGS + ((readByte(control) & PCI_MSI_FLAGS_64BIT) === 0 ? PCI_MSI_MASK_32 : PCI_MSI_MASK_64);
  return readByte(at) | (readByte(at + 1) << 8) | (readByte(at + 2) << 16) | (readByte(at + 3) << 24);
}

/** MSI-X goes before MSI, MSI before INTx. */
export function interruptSetup(readByte: ReadByte, { msi, msix }: FunctionControls, table: MsixTable | null): InterruptSetup {
  if (msix !== null && (readByte(msix + 1) & MSIX_ENABLE) !== 0) {
    const high = readByte(msix + 1);
    const isOff = (high & FUNCTION_MASK) !== 0;
    const vectors = (readByte(msix) | ((high & VECTORS_HIGH) << 8)) + 1;
    const masked = Array.from({ length: table?.vectors ?? 0 }, (_, vector) => table?.isMasked(vector) === true);
    return { mode: 'msix', vectors, isMasked: vector => isOff || masked[vector] === true };
  }
  if (msi !== null && (readByte(msi) & PCI_MSI_FLAGS_ENABLE) !== 0) {
    const masks = msiMasks(readByte, msi);
    const enabled = (readByte(msi) & PCI_MSI_FLAGS_QSIZE) >> 4;
    return { mode: 'msi', vectors: 1 << Math.min(enabled, MOST_MSI_LOG2), isMasked: vector => ((masks >>> (vector & 31)) & 1) !== 0 };
  }
  const isOn = readByte(PCI_INTERRUPT_PIN) !== 0 && (readByte(COMMAND_HIGH) & INTERRUPT_DISABLE) === 0;
  return { mode: isOn ? 'intx' : 'none', vectors: isOn ? 1 : 0, isMasked: () => false };
}

/** Whether both ask for the same. */
export function isSameSetup(a: InterruptSetup, b: InterruptSetup): boolean {
  if (a.mode !== b.mode || a.vectors !== b.vectors) return false;
  for (let vector = 0; vector < a.vectors; vector++) if (a.isMasked(vector) !== b.isMasked(vector)) return false;
  return true;
}
