/** Devices that no model of QEMU's has: config spaces made up for what the kernel and QEMU do with their lists, presented as hardware. */
import { buildConfigSpace, type CapabilityPart, type ConfigSpaceParts } from '../../../src/pure/pci/builder.ts';
import type { ConfigSpace } from '../../../src/pure/pci/config-space.ts';

export interface Shape {
  readonly config: ConfigSpace;
  /** Bytes of BAR 0 to 5 and of the ROM. */
  readonly regionSizes: readonly number[];
}

const zeros = (bytes: number): string => '00'.repeat(bytes);

/** A part of an ID with its registers behind the header, at an offset. */
const at = (offset: number, id: number, body: string, version = 1): CapabilityPart => ({ id, offset, body, version });

const power = (offset: number) => at(offset, 0x01, '030000000000');
const vitalProductData = (offset: number) => at(offset, 0x03, zeros(6));
/** Four vectors, 32-bit addresses. */
const msi = (offset: number) => at(offset, 0x05, `0400${zeros(6)}`);
/** 16 vectors, 64-bit addresses, masks. */
const msiWithMasks = (offset: number) => at(offset, 0x05, `8801${zeros(20)}`);
const vendor = (offset: number) => at(offset, 0x09, '0ca1b2c3d4e5f60718');
const subsystem = (offset: number) => at(offset, 0x0d, '0000f41a0011');
/** Function level reset, which takes a tenth of the time of a reset of the bus. */
const advancedFeatures = (offset: number) => at(offset, 0x13, '06030000');
/** Four vectors in BAR 0. */
const msix = (offset: number) => at(offset, 0x11, '03000000000000800000');
/** Version in bits [3:0], type in [7:4]; function level reset, role-based errors, x1 at 2.5 GT/s. */
const express = (offset: number, flags: string) => at(offset, 0x10, `${flags}00800010002800001100000000001100${zeros(38)}`);

const errors = (offset: number, version = 1) => at(offset, 0x01, `${zeros(8)}30204600${zeros(0x34)}`, version);
const serial = (offset: number) => at(offset, 0x03, '8877665544332211');
/** It says that it has 16 bytes. */
const vsec = (offset: number) => at(offset, 0x0b, '341201010102030405060708');
/** It says that it has 17 bytes. */
const longVsec = (offset: number) => at(offset, 0x0b, '341211010102030405060708');
const acs = (offset: number) => at(offset, 0x0d, '00000000');
const ari = (offset: number) => at(offset, 0x0e, '00000000');
const ats = (offset: number) => at(offset, 0x0f, '20000000');
const sriov = (offset: number) => at(offset, 0x10, `${zeros(8)}04000400${zeros(48)}`);
const pri = (offset: number) => at(offset, 0x13, '000000010001000000000000');
/** BAR 0 with its 1 MB as the current size, and 2 to 8 MB. */
const rebar = (offset: number) => at(offset, 0x15, 'f000000020000000');
const tph = (offset: number) => at(offset, 0x17, '0100000000000000');
const latency = (offset: number) => at(offset, 0x18, '00000000');
const pasid = (offset: number) => at(offset, 0x1b, '06140000');
const substates = (offset: number) => at(offset, 0x1e, `1f${zeros(11)}`);
const time = (offset: number) => at(offset, 0x1f, '0100000000000000');
/** 16 bytes. */
const dvsec = (offset: number) => at(offset, 0x23, '981e01010700c0ffee005a5a');

function shape(deviceId: number, parts: Pick<ConfigSpaceParts, 'standard' | 'extended'>): Shape {
  const config = buildConfigSpace({
    // No driver and no quirk of the kernel's knows the vendor.
    ...{ vendorId: 0x1af5, deviceId, classCode: 0xff0000, subsystemVendorId: 0x1af5, subsystemId: 0x5a5a, revisionId: 3 },
    // 64-bit and prefetchable; 32-bit behind it.
    ...{ status: 0x10, bars: [0x0c, 0, 0x00], interruptPin: 1 },
    ...parts,
  });
  return { config, regionSizes: [0x10_0000, 0, 0x1000, 0, 0, 0, 0] };
}

export const servedShapes: Readonly<Record<string, Shape>> = {
  /** What an accelerator has, in the usual order. */
  accelerator: shape(1, {
    standard: [power(0x40), msiWithMasks(0x50), express(0x70, '0200'), msix(0xb0)],
    extended: [errors(0x100), ats(0x150), pri(0x160), pasid(0x170), rebar(0x180), latency(0x190)],
  }),
  /** The standard list leads downwards; the extended one begins with what every stage hides. */
  downwards: shape(2, {
    standard: [msix(0xe0), vendor(0xd0), power(0xc0), express(0x80, '1200'), msi(0x70), vitalProductData(0x60)],
    extended: [sriov(0x100), ari(0x150), serial(0x160), ats(0x170), pri(0x180)],
  }),
  /** A DVSEC and a VSEC that stand alone, each before a hidden one: whose pointers can the kernel rewrite? */
  'before-hidden': shape(3, {
    standard: [express(0x40, '0200'), msi(0x80)],
    extended: [serial(0x100), dvsec(0x140), pasid(0x180), vsec(0x1c0), substates(0x200), ats(0x240)],
  }),
  /** Pairs of one ID that abut, or of which the first runs into the second, each before a hidden one. */
  abutting: shape(4, {
    standard: [power(0x40), express(0x50, '0200'), msi(0xa0)],
    extended: [
      ...[dvsec(0x100), dvsec(0x110), time(0x140), vsec(0x180), vsec(0x190), substates(0x1c0)],
      ...[serial(0x200), serial(0x20c), pasid(0x240), longVsec(0x280), longVsec(0x290), time(0x2c0), ats(0x300)],
    ],
  }),
  /** Hidden at the head, in the middle and at the tail of both lists. */
  'hidden-ends': shape(5, {
    standard: [subsystem(0x40), advancedFeatures(0x50), subsystem(0x60), express(0x70, '0100'), msix(0xb0), subsystem(0xd0)],
    extended: [pasid(0x100), errors(0x110, 2), time(0x160), acs(0x180), tph(0x190), ats(0x1a0), substates(0x1b0)],
  }),
  /** No PCI Express: the kernel gives 256 bytes. */
  conventional: shape(6, { standard: [vendor(0x40), power(0x50), msi(0x60), advancedFeatures(0x70)] }),
};
