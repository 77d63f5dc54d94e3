/** The vector table of MSI-X: 16 bytes for each vector, all of them masked after a reset (PCIe 6.0 §7.7.2.7 to §7.7.2.10). */

import { byteAt } from '../bytes/checked.ts';
import { PCI_MSIX_ENTRY_CTRL_MASKBIT, PCI_MSIX_ENTRY_SIZE, PCI_MSIX_ENTRY_VECTOR_CTRL } from '../spec/pci-regs.ts';
import { checkInside } from './bounds.ts';

/** Takes any access; reserved bits read 0. */
export class MsixTable {
  readonly vectors: number;
  readonly bytes: Uint8Array;

  constructor(vectors: number) {
    this.vectors = vectors;
    this.bytes = new Uint8Array(PCI_MSIX_ENTRY_SIZE * vectors);
    this.reset();
  }

  reset(): void {
    this.bytes.fill(0);
    for (let at = PCI_MSIX_ENTRY_VECTOR_CTRL; at < this.bytes.length; at += PCI_MSIX_ENTRY_SIZE)
      this.bytes[at] = PCI_MSIX_ENTRY_CTRL_MASKBIT;
  }

  isMasked(vector: number): boolean {
    return ((this.bytes[PCI_MSIX_ENTRY_SIZE * vector + PCI_MSIX_ENTRY_VECTOR_CTRL] ?? 0) & PCI_MSIX_ENTRY_CTRL_MASKBIT) !== 0;
  }

  read(offset: number, into: Uint8Array): void {
    checkInside(this.bytes.length, offset, into.length);
    for (let i = 0; i < into.length; i++) into[i] = byteAt(this.bytes, offset + i);
  }

  /** Tells whether a mask bit changed. */
  write(offset: number, bytes: Uint8Array): boolean {
    checkInside(this.bytes.length, offset, bytes.length);
    let isMaskChanged = false;
    for (let i = 0; i < bytes.length; i++) {
      const at = offset + i;
      const byte = byteAt(bytes, i);
      const register = at % PCI_MSIX_ENTRY_SIZE;
      const value =
        register < PCI_MSIX_ENTRY_VECTOR_CTRL ? byte : register === PCI_MSIX_ENTRY_VECTOR_CTRL ? byte & PCI_MSIX_ENTRY_CTRL_MASKBIT : 0;
      if (register === PCI_MSIX_ENTRY_VECTOR_CTRL) isMaskChanged ||= value !== this.bytes[at];
      this.bytes[at] = value;
    }
    return isMaskChanged;
  }
}
