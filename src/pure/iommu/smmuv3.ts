/** HW_INFO data of Arm SMMUv3: the identification registers (Arm IHI 0070 §6.3; linux/iommufd.h). */
import { bit, bits, choice } from '../bytes/bits.ts';
import { type Fields, layout, reg32, reserved } from '../bytes/layout.ts';
import { iommu_hw_info_arm_smmuv3 } from '../spec/iommufd/index.ts';
import { decodeData, type EncodableFields, type HwInfoNote } from './hw-info-data.ts';

const { flags, __reserved, idr, iidr, aidr } = iommu_hw_info_arm_smmuv3.fields;
const idrAt = (n: number): number => idr.offset + 4 * n;

/** The format of stream tables. */
export const SMMUV3_ST_LEVEL = choice(27, 28, { 0: 'linear', 1: 'two levels' });
/** The byte order of translation tables. */
export const SMMUV3_TTENDIAN = choice(21, 22, { 0: 'mixed', 2: 'little', 3: 'big' });

/** Field names as in the specification. */
const smmuv3 = layout({
  flags: reg32(flags.offset, { ERRATA_REPEAT_TLBI_CFGI: bit(0) }),
  reserved: reserved(__reserved.offset, __reserved.size),
  idr0: reg32(idrAt(0), {
    S2P: bit(0),
    S1P: bit(1),
    TTF: bits(2, 3),
    COHACC: bit(4),
    BTM: bit(5),
    HTTU: choice(6, 7, { 0: 'none', 1: 'access', 2: 'access and dirty', 3: 'access, dirty and tables' }),
    HYP: bit(9),
    ATS: bit(10),
    NS1ATS: bit(11),
    ASID16: bit(12),
    MSI: bit(13),
    SEV: bit(14),
    ATOS: bit(15),
    PRI: bit(16),
    VMW: bit(17),
    VMID16: bit(18),
    CD2L: bit(19),
    TTENDIAN: SMMUV3_TTENDIAN,
    STALL_MODEL: choice(24, 25, { 0: 'stall', 1: 'no stall', 2: 'forced' }),
    TERM_MODEL: bit(26),
    ST_LEVEL: SMMUV3_ST_LEVEL,
  }),
  idr1: reg32(idrAt(1), {
    SIDSIZE: bits(0, 5),
    SSIDSIZE: bits(6, 10),
    PRIQS: bits(11, 15),
    EVTQS: bits(16, 20),
    CMDQS: bits(21, 25),
    ATTR_TYPES_OVR: bit(27),
    REL: bit(28),
    QUEUES_PRESET: bit(29),
    TABLES_PRESET: bit(30),
  }),
  idr2: reg32(idrAt(2), {}),
  idr3: reg32(idrAt(3), { FWB: bit(8), RIL: bit(10), BBML: bits(11, 12) }),
  idr4: reg32(idrAt(4), {}),
  idr5: reg32(idrAt(5), {
    OAS: bits(0, 2),
    GRAN4K: bit(4),
    GRAN16K: bit(5),
    GRAN64K: bit(6),
    DS: bit(7),
    VAX: bits(10, 11),
    STALL_MAX: bits(16, 31),
  }),
  iidr: reg32(iidr.offset, { Implementer: bits(0, 11), Revision: bits(12, 15), Variant: bits(16, 19), ProductID: bits(20, 31) }),
  aidr: reg32(aidr.offset, { ArchMinorRev: bits(0, 3), ArchMajorRev: bits(4, 7) }),
});

/** Registers of struct iommu_hw_info_arm_smmuv3 by name, and their fields. */
export type Smmuv3Fields = Fields<typeof smmuv3.pieces>;

/** The only fields that a VMM may rely on (linux/iommufd.h); the others describe the host alone. */
export const SMMUV3_VMM_FIELDS = {
  idr0: ['ST_LEVEL', 'TERM_MODEL', 'STALL_MODEL', 'TTENDIAN', 'CD2L', 'ASID16', 'TTF'],
  idr1: ['SIDSIZE', 'SSIDSIZE'],
  idr3: ['BBML', 'RIL'],
  idr5: ['VAX', 'GRAN64K', 'GRAN16K', 'GRAN4K', 'DS'],
} as const;

/** IDR5.OAS → bits. Not linear. */
const OAS_BITS: Readonly<Record<number, number>> = { 0: 32, 1: 36, 2: 40, 3: 42, 4: 44, 5: 48, 6: 52 };

/** Output address size of an IDR5.OAS value, bits; `assumed` where the value is reserved, for which Linux takes 48. */
export function smmuv3OutputAddressSize(oas: number): { readonly bits: number; readonly assumed: boolean } {
  const known = OAS_BITS[oas];
  return { bits: known ?? 48, assumed: known === undefined };
}

/** What the registers mean. */
export interface Smmuv3Meaning {
  readonly aarch64Tables: boolean;
  readonly streamIdBits: number;
  /** Substream ids are PASIDs; 0 without. */
  readonly substreamIdBits: number;
  readonly outputAddressBits: number;
  readonly virtualAddressBits: number;
  /** Page sizes, KiB. */
  readonly granules: readonly number[];
  readonly rangeInvalidation: boolean;
}

function meaningOf({ idr0, idr1, idr3, idr5 }: Partial<Smmuv3Fields>): Smmuv3Meaning | null {
  if (!idr0 || !idr1 || !idr3 || !idr5) return null;
  const granules: [boolean, number][] = [
    [idr5.GRAN4K, 4],
    [idr5.GRAN16K, 16],
    [idr5.GRAN64K, 64],
  ];
  return {
    aarch64Tables: (idr0.TTF & 2) !== 0,
    streamIdBits: idr1.SIDSIZE,
    substreamIdBits: idr1.SSIDSIZE,
    outputAddressBits: smmuv3OutputAddressSize(idr5.OAS).bits,
    virtualAddressBits: idr5.VAX === 1 ? 52 : 48,
    granules: granules.flatMap(([has, size]) => (has ? [size] : [])),
    rangeInvalidation: idr3.RIL,
  };
}

function notesOf({ idr0, idr5 }: Partial<Smmuv3Fields>): HwInfoNote[] {
  const notes: HwInfoNote[] = [];
  if (idr0) {
    const text = `IDR0.ATS is ${idr0.ATS ? 1 : 0}, but ATS is a property of each device: only out_capabilities answers for it.`;
    notes.push({ code: 'smmuv3.ats-is-per-device', text });
  }
  if (idr5) {
    notes.push({ code: 'smmuv3.oas-not-for-vmm', text: 'IDR5.OAS is not among the fields that linux/iommufd.h lets a VMM go by.' });
    if (smmuv3OutputAddressSize(idr5.OAS).assumed) {
      notes.push({ code: 'smmuv3.oas-reserved', text: `IDR5.OAS is ${idr5.OAS}, a reserved value, for which Linux takes 48 bits.` });
    }
  }
  return notes;
}

/** Decodes any bytes; `errata` names the flags that are set. */
export function decodeHwInfoSmmuv3(data: Uint8Array) {
  const { fields, notes } = decodeData(smmuv3, iommu_hw_info_arm_smmuv3, data);
  const errata = fields.flags?.ERRATA_REPEAT_TLBI_CFGI ? ['ERRATA_REPEAT_TLBI_CFGI'] : [];
  return { type: 'arm-smmuv3' as const, fields, meaning: meaningOf(fields), errata, notes: [...notes, ...notesOf(fields)] };
}

/**
 * The bytes of `struct iommu_hw_info_arm_smmuv3`; the reverse of `decodeHwInfoSmmuv3`.
 * @throws RangeError for a value that does not fit
 */
export function encodeHwInfoSmmuv3(fields: EncodableFields<typeof smmuv3.pieces>): Uint8Array {
  return smmuv3.encode({ reserved: undefined, ...fields });
}
