/** Where MSI-X has its table and its pending bits (PCIe 6.0 §7.7.2). */
import { dwordAt, wordAt } from '../bytes/checked.ts';
import {
  PCI_MSIX_ENTRY_SIZE,
  PCI_MSIX_FLAGS,
  PCI_MSIX_FLAGS_QSIZE,
  PCI_MSIX_PBA,
  PCI_MSIX_TABLE,
  PCI_MSIX_TABLE_BIR,
  PCI_MSIX_TABLE_OFFSET,
} from '../spec/pci-regs.ts';
import { pendingBytes } from '../spec/pcie.ts';

/** Bytes of a region. */
export interface MsixArray {
  /** The base address region, 0 to 5; 6 and 7 are reserved. */
  readonly bar: number;
  readonly offset: number;
  readonly length: number;
}

export interface MsixArrays {
  readonly vectors: number;
  readonly table: MsixArray;
  readonly pending: MsixArray;
}

function array(bytes: Uint8Array, at: number, length: number): MsixArray {
  const value = dwordAt(bytes, at);
  return { bar: value & PCI_MSIX_TABLE_BIR, offset: (value & PCI_MSIX_TABLE_OFFSET) >>> 0, length };
}

/** Reads the capability whose Message Control is at `control`, without a check against the regions. */
export function readMsixArrays(bytes: Uint8Array, control: number): MsixArrays {
  const vectors = (wordAt(bytes, control) & PCI_MSIX_FLAGS_QSIZE) + 1;
  return {
    vectors,
    table: array(bytes, control - PCI_MSIX_FLAGS + PCI_MSIX_TABLE, PCI_MSIX_ENTRY_SIZE * vectors),
    pending: array(bytes, control - PCI_MSIX_FLAGS + PCI_MSIX_PBA, pendingBytes(vectors)),
  };
}
