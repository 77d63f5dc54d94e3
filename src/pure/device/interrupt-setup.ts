/** Which interrupts a guest has switched on, read off the registers that it programs (PCIe 6.0 §6.1, §7.7.1, §7.7.2). */
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

const COMMAND_HIGH = 0x05;
const INTERRUPT_DISABLE = 0x04;
const INTERRUPT_PIN = 0x3d;
const FUNCTION_MASK = 0x40;
const MSIX_ENABLE = 0x80;
const MSI_64BIT = 0x80;
const MSI_MASKABLE = 0x01;

type ReadByte = (at: number) => number;

/** The mask bits of MSI stand behind its data: at 10h with a 64-bit address, else at 0Ch of the capability. */
function msiMasks(readByte: ReadByte, control: number): number {
  if ((readByte(control + 1) & MSI_MASKABLE) === 0) return 0;
  const at = control - 2 + ((readByte(control) & MSI_64BIT) === 0 ? 0x0c : 0x10);
  return readByte(at) | (readByte(at + 1) << 8) | (readByte(at + 2) << 16) | (readByte(at + 3) << 24);
}

/** MSI-X goes before MSI, MSI before INTx. */
export function interruptSetup(readByte: ReadByte, { msi, msix }: FunctionControls, table: MsixTable | null): InterruptSetup {
  if (msix !== null && (readByte(msix + 1) & MSIX_ENABLE) !== 0) {
    const high = readByte(msix + 1);
    const isOff = (high & FUNCTION_MASK) !== 0;
    const vectors = (readByte(msix) | ((high & 7) << 8)) + 1;
    const masked = Array.from({ length: table?.vectors ?? 0 }, (_, vector) => table?.isMasked(vector) === true);
    return { mode: 'msix', vectors, isMasked: vector => isOff || masked[vector] === true };
  }
  if (msi !== null && (readByte(msi) & 1) !== 0) {
    const masks = msiMasks(readByte, msi);
    return { mode: 'msi', vectors: 1 << Math.min((readByte(msi) >> 4) & 7, 5), isMasked: vector => ((masks >>> (vector & 31)) & 1) !== 0 };
  }
  const isOn = readByte(INTERRUPT_PIN) !== 0 && (readByte(COMMAND_HIGH) & INTERRUPT_DISABLE) === 0;
  return { mode: isOn ? 'intx' : 'none', vectors: isOn ? 1 : 0, isMasked: () => false };
}

/** Whether both ask for the same. */
export function isSameSetup(a: InterruptSetup, b: InterruptSetup): boolean {
  if (a.mode !== b.mode || a.vectors !== b.vectors) return false;
  for (let vector = 0; vector < a.vectors; vector++) if (a.isMasked(vector) !== b.isMasked(vector)) return false;
  return true;
}
