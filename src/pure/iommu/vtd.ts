/** HW_INFO data of Intel VT-d: the capability and extended capability registers (VT-d 4.1 §11.4.2, §11.4.3; linux/iommufd.h). */
import { bit, bits } from '../bytes/bits.ts';
import { type Fields, layout, reg32, reserved } from '../bytes/layout.ts';
import { iommu_hw_info_vtd } from '../spec/iommufd/index.ts';
import { decodeData, type EncodableFields, type HwInfoNote } from './hw-info-data.ts';
import { reg64 } from './register64.ts';

const { flags, __reserved, cap_reg, ecap_reg } = iommu_hw_info_vtd.fields;

/** Field names as in the specification. */
const vtd = layout({
  flags: reg32(flags.offset, { ERRATA_772415_SPR17: bit(0) }),
  reserved: reserved(__reserved.offset, __reserved.size),
  cap: reg64(cap_reg.offset, {
    ND: bits(0, 2),
    AFL: bit(3),
    RWBF: bit(4),
    PLMR: bit(5),
    PHMR: bit(6),
    CM: bit(7),
    SAGAW: bits(8, 12),
    MGAW: bits(16, 21),
    ZLR: bit(22),
    FRO: bits(24, 33),
    SLLPS: bits(34, 37),
    PSI: bit(39),
    NFR: bits(40, 47),
    MAMV: bits(48, 53),
    DWD: bit(54),
    DRD: bit(55),
    FL1GP: bit(56),
    PI: bit(59),
    FL5LP: bit(60),
    ECMDS: bit(61),
    ESIRTPS: bit(62),
    ESRTPS: bit(63),
  }),
  ecap: reg64(ecap_reg.offset, {
    C: bit(0),
    QI: bit(1),
    DT: bit(2),
    IR: bit(3),
    EIM: bit(4),
    PT: bit(6),
    SC: bit(7),
    IRO: bits(8, 17),
    MHMV: bits(20, 23),
    MTS: bit(25),
    NEST: bit(26),
    DIS: bit(27),
    // Once the PASID bit, given up because early hardware set it wrongly.
    BROKEN_PASID: bit(28),
    PRS: bit(29),
    ERS: bit(30),
    SRS: bit(31),
    NWFS: bit(33),
    EAFS: bit(34),
    PSS: bits(35, 39),
    PASID: bit(40),
    DIT: bit(41),
    PDS: bit(42),
    SMTS: bit(43),
    SLADS: bit(45),
    SLTS: bit(46),
    FLTS: bit(47),
    SMPWC: bit(48),
    RPS: bit(49),
    PMS: bit(51),
  }),
});

/** Registers of struct iommu_hw_info_vtd by name, and their fields. */
export type VtdFields = Fields<typeof vtd.pieces>;

/** What the registers mean, by the rules that Linux goes by. */
export interface VtdMeaning {
  readonly guestAddressBits: number;
  /** Widths of second-stage tables, bits. */
  readonly addressWidths: readonly number[];
  readonly domains: number;
  readonly deviceTlb: boolean;
  readonly scalableMode: boolean;
  /** 0 without PASID. */
  readonly pasidBits: number;
  readonly pageRequests: boolean;
  readonly nested: boolean;
  readonly dirtyTracking: boolean;
}

const WIDTHS = [30, 39, 48, 57, 64];

function meaningOf({ cap, ecap }: Partial<VtdFields>): VtdMeaning | null {
  if (!cap || !ecap) return null;
  return {
    guestAddressBits: cap.MGAW + 1,
    addressWidths: WIDTHS.filter((width, i) => width >= 39 && width <= 57 && (cap.SAGAW >> i) & 1),
    domains: 2 ** (4 + 2 * cap.ND),
    deviceTlb: ecap.DT,
    scalableMode: ecap.SMTS,
    pasidBits: ecap.SMTS && ecap.PASID ? ecap.PSS + 1 : 0,
    pageRequests: ecap.DT && ecap.PRS && ecap.PDS,
    nested: ecap.SMTS && ecap.NEST,
    dirtyTracking: ecap.SMTS && ecap.SLADS && ecap.SMPWC,
  };
}

/** Decodes any bytes; `errata` names the flags that are set. */
export function decodeHwInfoVtd(data: Uint8Array) {
  const { fields, notes } = decodeData(vtd, iommu_hw_info_vtd, data);
  const more: HwInfoNote[] = [...notes];
  const errata: string[] = [];
  if (fields.flags?.ERRATA_772415_SPR17) {
    errata.push('ERRATA_772415_SPR17');
    more.push({ code: 'vtd.errata-unconditional', text: 'Linux sets ERRATA_772415_SPR17 on every VT-d IOMMU, affected or not.' });
  }
  if (fields.ecap?.DT === false) {
    more.push({ code: 'vtd.no-device-tlb', text: 'ECAP.DT is 0: this IOMMU serves no device TLB, and ATS cannot be used behind it.' });
  }
  if (fields.ecap?.DT) {
    const text = 'Linux enables ATS only on devices whose ATS capability has Page Aligned Request, but reports it as usable without.';
    more.push({ code: 'vtd.ats-page-aligned', text });
  }
  return { type: 'intel-vtd' as const, fields, meaning: meaningOf(fields), errata, notes: more };
}

/**
 * The bytes of `struct iommu_hw_info_vtd`; the reverse of `decodeHwInfoVtd`.
 * @throws RangeError for a value that does not fit
 */
export function encodeHwInfoVtd(fields: EncodableFields<typeof vtd.pieces>): Uint8Array {
  return vtd.encode({ reserved: undefined, ...fields });
}
