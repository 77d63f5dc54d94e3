/** Which bits of base address registers and of the ROM's a guest can write: those of the address, down to the region's size. */

export interface RegionSizes {
  /** Bytes of each region, BAR 0 first, 0 where there is none; null where the sizes are not known. */
  readonly barSizes?: readonly number[] | null;
  /** Bytes of the ROM region, 0 where there is none; null where it is not known. */
  readonly romSize?: number | null;
}

const BASE_ADDRESSES = 0x10;
const REGISTERS = 6;
/** Set for a 64-bit address (PCI 3.0 §6.2.5.1); vfio-pci and QEMU look at this bit alone, also where the reserved type 11b is given. */
const WIDE = 4;
const ROM = 0x30;
const ROM_ENABLE = 1;

/** What is writable for certain where sizes are not known: an I/O region has at most 256 bytes (PCI 3.0 §6.2.5.1), and vfio-pci maps pages. */
const IO_UNKNOWN = 0xffffff00;
const MEMORY_UNKNOWN = 0xfffff000;
/** A ROM address begins at bit 11 (PCI 3.0 §6.2.5.2). */
const ROM_UNKNOWN = 0xfffff800;

/** ~(size - 1) as two dwords. */
function addressBits(size: number): readonly [low: number, high: number] {
  const bits = BigInt.asUintN(64, -BigInt(size));
  return [Number(bits & 0xffffffffn), Number(bits >> 32n)];
}

function put(target: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4 && at + i < target.length; i++) target[at + i] = value >>> (8 * i);
}

/** Without sizes a region is where the device's register is not 0. */
function barBits(size: number | undefined, io: boolean): readonly [low: number, high: number] {
  if (size !== undefined) return addressBits(size);
  return [io ? IO_UNKNOWN : MEMORY_UNKNOWN, 0xffffffff];
}

function dword(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)) >>> 0;
}

/** Sets the bits in `target`, which has none of these registers' yet. `guest` says which types they are, `below` which there are. */
export function setAddressBits(target: Uint8Array, guest: Uint8Array, below: Uint8Array, sizes: RegionSizes): void {
  const { barSizes = null, romSize = null } = sizes;
  let upperHalf = false;
  for (let index = 0; index < REGISTERS; index++) {
    const at = BASE_ADDRESSES + 4 * index;
    const there: boolean = barSizes === null ? !upperHalf && dword(below, at) !== 0 : (barSizes[index] ?? 0) > 0;
    const type = guest[at] ?? 0;
    const io = (type & 1) !== 0;
    const wide: boolean = there && !io && (type & WIDE) !== 0;
    if (there) {
      const [low, high] = barBits(barSizes?.[index], io);
      put(target, at, low);
      if (wide && index < REGISTERS - 1) put(target, at + 4, high);
    }
    upperHalf = wide;
  }
  if (romSize !== null ? romSize > 0 : dword(below, ROM) !== 0) {
    put(target, ROM, ((romSize === null ? ROM_UNKNOWN : addressBits(romSize)[0]) | ROM_ENABLE) >>> 0);
  }
}
