/** HW_INFO data of AMD IOMMUs: the extended feature registers (AMD 48882 §3.4, MMIO offsets 30h and 1A0h; linux/iommufd.h). */
import { bit, bits } from '../bytes/bits.ts';
import { type Fields, layout } from '../bytes/layout.ts';
import { iommu_hw_info_amd } from '../spec/iommufd/index.ts';
import { decodeData, type HwInfoNote } from './hw-info-data.ts';
import { reg64 } from './register64.ts';

const { efr, efr2 } = iommu_hw_info_amd.fields;

/** Field names as in the specification. */
const amd = layout({
  efr: reg64(efr.offset, {
    PreFSup: bit(0),
    PPRSup: bit(1),
    XTSup: bit(2),
    NXSup: bit(3),
    GTSup: bit(4),
    IASup: bit(6),
    GASup: bit(7),
    HESup: bit(8),
    PCSup: bit(9),
    HATS: bits(10, 11),
    GATS: bits(12, 13),
    GLX: bits(14, 15),
    GAMVapic: bit(21),
    PASmax: bits(32, 36),
    GioSup: bit(48),
    HASup: bit(49),
    EPHSup: bit(50),
    HDSup: bit(52),
    SNPSup: bit(63),
  }),
  efr2: reg64(efr2.offset, {
    SEVSNPIO: bit(1),
    GCR3TRPMode: bit(3),
    SNPAVIC: bits(5, 7),
    NumIntRemap: bits(8, 9),
    HTRangeIgnore: bit(11),
    SNPPageMode0: bit(13),
  }),
});

/** Registers of struct iommu_hw_info_amd by name, and their fields. */
export type AmdFields = Fields<typeof amd.pieces>;

/** The only fields that a VMM may rely on (linux/iommufd.h). */
export const AMD_VMM_FIELDS = { efr: ['GTSup', 'GASup', 'GioSup', 'PPRSup', 'EPHSup', 'GATS', 'GLX', 'PASmax'] } as const;

/** What the registers mean. */
export interface AmdMeaning {
  readonly pasidBits: number;
  readonly pageRequests: boolean;
  readonly guestTranslation: boolean;
  /** Linux looks at a device's ATS, PRI and PASID only where the IOMMU has all of GioSup, GTSup, PPRSup and EPHSup. */
  readonly guestPageTables: boolean;
}

function meaningOf({ efr }: Partial<AmdFields>): AmdMeaning | null {
  if (!efr) return null;
  return {
    pasidBits: efr.GTSup ? efr.PASmax + 1 : 0,
    pageRequests: efr.PPRSup,
    guestTranslation: efr.GTSup,
    guestPageTables: efr.GioSup && efr.GTSup && efr.PPRSup && efr.EPHSup,
  };
}

/** Decodes any bytes. `maxPasidLog2` is the report's PASID width, which a note compares with the register. */
export function decodeHwInfoAmd(data: Uint8Array, maxPasidLog2 = 0) {
  const { fields, notes } = decodeData(amd, iommu_hw_info_amd, data);
  const more: HwInfoNote[] = [...notes];
  const text = "EFR and EFR2 say nothing about ATS (IotlbSup is in the IOMMU's own PCI capability): only out_capabilities answers.";
  more.push({ code: 'amd.ats-not-in-efr', text });
  if (fields.efr && maxPasidLog2 > 0 && maxPasidLog2 === fields.efr.PASmax) {
    const one = `The PASID width ${maxPasidLog2} may be one too small: EFR.PASmax means ${maxPasidLog2 + 1} bits, and Linux rounds it down.`;
    more.push({ code: 'amd.pasid-one-short', text: one });
  }
  if (maxPasidLog2 > 0) {
    const modes = 'Linux enables PASID without Execute and Privileged Mode on AMD: both are reported as 0 whatever the device has.';
    more.push({ code: 'amd.pasid-modes-off', text: modes });
  }
  return { type: 'amd' as const, fields, meaning: meaningOf(fields), errata: [] as string[], notes: more };
}

/**
 * The bytes of `struct iommu_hw_info_amd`; the reverse of `decodeHwInfoAmd`.
 * @throws RangeError for a value that does not fit
 */
export function encodeHwInfoAmd(fields: AmdFields): Uint8Array {
  return amd.encode(fields);
}
