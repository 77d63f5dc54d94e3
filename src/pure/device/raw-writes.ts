/** Which bits of raw bytes take writes: all except the fixed ones of base address registers. */

import { setAddressBits } from '../guest-view/write-permissions/base-addresses.ts';
import { barCount } from '../pci/bars.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import type { BarSizes } from '../pci/regions.ts';
import { PCI_BASE_ADDRESS_0, PCI_BASE_ADDRESS_MEM_TYPE_64, PCI_BASE_ADDRESS_SPACE_IO, PCI_ROM_ADDRESS } from '../spec/pci-regs.ts';
import { IO_TYPE, MEMORY_TYPE } from '../spec/pcie.ts';
import type { ReplayedWrites } from './replayed-writes.ts';

/**
 * A VMM learns sizes by writing ones to base address registers: QEMU to the ROM's, Cloud Hypervisor to all. Each takes the address bits
 * of its region and keeps its type; a written 1 clears every other bit, so that a register without a region then reads 0.
 * The ROM's is at 30h for every type of header, where a VMM looks for it.
 */
export function rawWrites(config: ConfigSpace, barSizes: BarSizes | null): ReplayedWrites {
  const { bytes } = config;
  const address = new Uint8Array(bytes.length);
  setAddressBits(address, bytes, bytes, barSizes);
  const write = new Uint8Array(bytes.length).fill(0xff);
  const writeOneToClear = new Uint8Array(bytes.length);
  const own = (at: number, type: number) => {
    for (const [i, bits] of address.subarray(at, at + 4).entries()) {
      write[at + i] = bits;
      writeOneToClear[at + i] = ~(bits | (i === 0 ? type : 0));
    }
  };
  let isUpperHalf = false;
  for (let index = 0; index < barCount(config); index++) {
    const at = PCI_BASE_ADDRESS_0 + 4 * index;
    const isThere: boolean = !isUpperHalf && (barSizes?.[index] ?? 0) > 0;
    // The space may end before these registers.
    const register = bytes[at] ?? 0;
    const isIo = (register & PCI_BASE_ADDRESS_SPACE_IO) !== 0;
    own(at, isThere ? (isIo ? IO_TYPE : MEMORY_TYPE) : 0);
    isUpperHalf = isThere && (register & (PCI_BASE_ADDRESS_SPACE_IO | PCI_BASE_ADDRESS_MEM_TYPE_64)) === PCI_BASE_ADDRESS_MEM_TYPE_64;
  }
  own(PCI_ROM_ADDRESS, 0);
  return { write, writeOneToClear };
}
