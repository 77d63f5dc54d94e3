/** Devices that QEMU treats by their identity or by a property: NVIDIA's, Intel's VMD and graphics, and MSI-X in BARs of every kind. */
import { buildConfigSpace, type CapabilityPart } from '../../../src/pure/pci/builder.ts';
import type { Shape } from './served-shapes.ts';

const MIB = 0x10_0000;

const zeros = (bytes: number): string => '00'.repeat(bytes);
const at = (offset: number, id: number, body: string): CapabilityPart => ({ offset, id, body });
const power = (offset: number) => at(offset, 0x01, '030000000000');
const express = (offset: number) => at(offset, 0x10, `020000800010002800001100000000001100${zeros(38)}`);
/** Vendor-specific, of so many bytes. */
const vendor = (offset: number, length: number) => at(offset, 0x09, length.toString(16).padStart(2, '0') + 'a5'.repeat(length - 3));
/** The kernel hides it. */
const subsystem = (offset: number) => at(offset, 0x0d, '0000f41a0011');
/** Four vectors in BAR 0. */
const msix = (offset: number) => at(offset, 0x11, '03000000000000200000');

interface Parts {
  readonly id: number;
  readonly classCode: number;
  readonly standard: readonly CapabilityPart[];
  readonly bars: readonly number[];
  /** Of BAR 0 to 5 and the ROM. */
  readonly sizes: readonly number[];
  readonly registers?: readonly (readonly [offset: number, bytes: string])[];
}

function shape({ id, classCode, standard, bars, sizes, registers = [] }: Parts): Shape {
  const config = buildConfigSpace({
    ...{ vendorId: id >>> 16, deviceId: id & 0xffff, classCode, subsystemVendorId: 0x1af5, subsystemId: 0x5a5a, interruptPin: 1 },
    ...{ bars, standard, extended: [{ id: 0x03, offset: 0x100, body: '8877665544332211' }] },
    override: registers.map(([offset, bytes]) => ({ at: offset, bytes })),
  });
  return { config, regionSizes: sizes };
}

const GPU = { classCode: 0x030200, bars: [0, 0x0c, 0, 0x0c], sizes: [MIB, 2 * MIB, 0, MIB, 0, 0, 0] };
const VMD = { classCode: 0x010400, bars: [4, 0, 0, 0, 4], sizes: [MIB, 0, MIB, 0, MIB, 0, 0] };
const GRAPHICS = { id: 0x80863e92, classCode: 0x030000, bars: [4, 0, 0x0c], sizes: [MIB, 0, 2 * MIB, 0, 0, 0, 0] };
/** Graphics Control, stolen memory as either kind of generation says it. */
const STOLEN = [
  [0x50, 'c1020000'],
  [0x5c, '0100008c'],
  [0xc0, '0100808c04000000'],
] as const;

/** Where the host VM's firmware would have put the OpRegion, and the bytes at 18h of the first page there. */
export const OPREGION = 0x7000_0000;

/** `IntelGraphicsMem`, 8 KiB, version 2.0. */
export function opRegion(): Uint8Array {
  const bytes = new Uint8Array(0x4000);
  bytes.set(new TextEncoder().encode('IntelGraphicsMem'), 0x18);
  bytes.set([8, 0, 0, 0, 0, 0, 0, 2], 0x28);
  return bytes;
}

export const propertyShapes: Readonly<Record<string, Shape>> = {
  'wide-bars': shape({
    ...{ id: 0x1af50001, classCode: 0x020000, standard: [express(0x40), msix(0xb0), vendor(0xe0, 0x10)] },
    ...{ bars: [0x0c, 0, 0], sizes: [0x4000, 0, 0x1000, 0, 0, 0, 0x10000] },
  }),
  'narrow-bars': shape({
    ...{ id: 0x1af50002, classCode: 0xff0000, standard: [express(0x40), msix(0xb0)] },
    ...{ bars: [0, 0, 0], sizes: [0x4000, 0, 0x1000, 0, 0x2000, 0x1000, 0] },
  }),
  gpu: shape({ ...GPU, id: 0x10de2204, standard: [power(0x60), express(0x78), vendor(0xb4, 0x14)] }),
  'gpu-c8': shape({ ...GPU, id: 0x10de2204, standard: [power(0x60), express(0x78), vendor(0xc8, 0x10)] }),
  'gpu-cc': shape({ ...GPU, id: 0x10de2335, standard: [power(0x60), express(0x78), msix(0xcc)] }),
  'gpu-hidden': shape({ ...GPU, id: 0x10de2204, standard: [subsystem(0xc8), power(0x60)] }),
  'gpu-full': shape({ ...GPU, id: 0x10de2204, standard: [power(0x60), vendor(0xc8, 8), vendor(0xd4, 8)] }),
  /** QEMU's own client of vfio-user dies of a VMD: the identity comes by properties. */
  vmd: shape({ ...VMD, id: 0x1af50003, standard: [power(0x40), express(0x70)] }),
  'vmd-f4': shape({ ...VMD, id: 0x1af50003, standard: [power(0x40), vendor(0xf4, 8)] }),
  graphics: shape({ ...GRAPHICS, standard: [power(0xd0)], registers: [...STOLEN, [0xfc, '18000070']] }),
  'graphics-without-opregion': shape({ ...GRAPHICS, standard: [power(0xd0)], registers: STOLEN }),
};
