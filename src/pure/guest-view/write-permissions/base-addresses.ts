/** Which bits of base address registers and of the ROM's register a guest can write: address bits from the region's size up. */
import { ROM_INDEX } from '../../pci/bars.ts';
import type { BarSizes } from '../../pci/regions.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_BASE_ADDRESS_MEM_TYPE_64,
  PCI_BASE_ADDRESS_SPACE_IO,
  PCI_ROM_ADDRESS,
  PCI_ROM_ADDRESS_ENABLE,
  PCI_STD_NUM_BARS,
} from '../../spec/pci-regs.ts';
import { ROM_ADDRESS } from '../../spec/pcie.ts';

/** Bits that are writable whatever the size is: an I/O region has at most 256 bytes (PCI 3.0 §6.2.5.1), and vfio-pci maps pages. */
const IO_UNKNOWN = 0xffffff00;
const MEMORY_UNKNOWN = 0xfffff000;

/** ~(size - 1) as two dwords. */
function addressBits(size: number): readonly [low: number, high: number] {
  const bits = BigInt.asUintN(64, -BigInt(size));
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

function put(target: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4 && at + i < target.length; i++) target[at + i] = value >>> (8 * i);
}

/** The writable bits of a region; where its size is unknown, those that are certain. */
function barBits(size: number | undefined, io: boolean): readonly [low: number, high: number] {
  if (size !== undefined) return addressBits(size);
  return [io ? IO_UNKNOWN : MEMORY_UNKNOWN, 0xffffffff];
}

function dword(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

/**
 * Sets the writable bits of these registers in `target`, where they are still 0. `guest` has the type of each; where `barSizes` is null, a
 * register that is not 0 in `below` has a region.
 */
export function setAddressBits(target: Uint8Array, guest: Uint8Array, below: Uint8Array, barSizes: BarSizes | null): void {
  const romSize = barSizes?.[ROM_INDEX] ?? null;
  let upperHalf = false;
  for (let index = 0; index < PCI_STD_NUM_BARS; index++) {
    const at = PCI_BASE_ADDRESS_0 + 4 * index;
    const there: boolean = barSizes === null ? !upperHalf && dword(below, at) !== 0 : (barSizes[index] ?? 0) > 0;
    const type = guest[at] ?? 0;
    const io = (type & PCI_BASE_ADDRESS_SPACE_IO) !== 0;
    // vfio-pci and QEMU look at this bit alone, also where the reserved type 11b is given (PCI 3.0 §6.2.5.1).
    const wide: boolean = there && !io && (type & PCI_BASE_ADDRESS_MEM_TYPE_64) !== 0;
    if (there) {
      const [low, high] = barBits(barSizes?.[index], io);
      put(target, at, low);
      if (wide && index < PCI_STD_NUM_BARS - 1) put(target, at + 4, high);
    }
    upperHalf = wide;
  }
  if (romSize !== null ? romSize > 0 : dword(below, PCI_ROM_ADDRESS) !== 0) {
    put(target, PCI_ROM_ADDRESS, ((romSize === null ? ROM_ADDRESS : addressBits(romSize)[0]) | PCI_ROM_ADDRESS_ENABLE) >>> 0);
  }
}
