/** Decodes a HW_INFO report of any type to named fields; a type that is not known keeps its number and its bytes. */

import { bit } from '../bytes/bits.ts';
import { formatHex } from '../bytes/hex.ts';
import * as uapi from '../spec/iommufd/index.ts';
import { PASID_BITS } from '../spec/pcie.ts';
import { decodeHwInfoAmd } from './amd.ts';
import type { HwInfoNote } from './hw-info-data.ts';
import { bitRegister64, type DecodedBits64 } from './register64.ts';
import type { HwInfoReport } from './report.ts';
import { decodeHwInfoSmmuv3 } from './smmuv3.ts';
import { decodeHwInfoTegra241Cmdqv } from './tegra241-cmdqv.ts';
import { decodeHwInfoVtd } from './vtd.ts';

/** Bit numbers of `out_capabilities` (enum iommufd_hw_capabilities). */
const capabilityFields = { DIRTY_TRACKING: bit(0), PCI_PASID_EXEC: bit(1), PCI_PASID_PRIV: bit(2), PCI_ATS_NOT_SUPPORTED: bit(3) };
const capabilities = bitRegister64(capabilityFields);

/** Bits of `out_capabilities` by the names of enum iommufd_hw_capabilities. */
export type HwCapabilities = DecodedBits64<typeof capabilityFields>;

/** A report without data, or with data of a type that is not known: `none`, or `unknown (0x2a)`. */
export interface OpaqueHwInfo {
  readonly type: 'none' | `unknown (0x${string})`;
  readonly fields: Readonly<Record<string, never>>;
  readonly meaning: null;
  readonly errata: readonly string[];
  readonly notes: readonly HwInfoNote[];
}

/** The data of one report, told apart by `type`. */
export type HwInfoData =
  | ReturnType<typeof decodeHwInfoVtd>
  | ReturnType<typeof decodeHwInfoSmmuv3>
  | ReturnType<typeof decodeHwInfoTegra241Cmdqv>
  | ReturnType<typeof decodeHwInfoAmd>
  | OpaqueHwInfo;

/** A report as named fields; `data` holds the bytes as they came, `capabilities` is null where they were not returned. */
export type DecodedHwInfo = HwInfoData & { readonly data: Uint8Array; readonly capabilities: HwCapabilities | null };

function opaque(type: OpaqueHwInfo['type'], notes: readonly HwInfoNote[]): OpaqueHwInfo {
  return { type, fields: {}, meaning: null, errata: [], notes };
}

function decodeByType({ type, data, maxPasidLog2 }: HwInfoReport): HwInfoData {
  switch (type) {
    case uapi.IOMMU_HW_INFO_TYPE_NONE: {
      const text = `The report is of type 0, which has no data, but holds ${data.length} bytes that are not all 0.`;
      return opaque('none', data.some(byte => byte !== 0) ? [{ code: 'hw-info.data-without-type', text }] : []);
    }
    case uapi.IOMMU_HW_INFO_TYPE_INTEL_VTD:
      return decodeHwInfoVtd(data);
    case uapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3:
      return decodeHwInfoSmmuv3(data);
    case uapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV:
      return decodeHwInfoTegra241Cmdqv(data);
    case uapi.IOMMU_HW_INFO_TYPE_AMD:
      return decodeHwInfoAmd(data, maxPasidLog2);
    default: {
      const text = `The IOMMU type ${formatHex(type)} is not known: its ${data.length} bytes are kept as they are.`;
      return opaque(`unknown (${formatHex(type)})`, [{ code: 'hw-info.unknown-type', text }]);
    }
  }
}

/** The report as named fields, registers by their names in the specification. Any bytes decode; never throws. */
export function decodeHwInfo(report: HwInfoReport): DecodedHwInfo {
  const decoded = decodeByType(report);
  const notes = [...decoded.notes];
  if (report.maxPasidLog2 > PASID_BITS) {
    const text = `The PASID width ${report.maxPasidLog2} is larger than the ${PASID_BITS} bits that PCIe knows.`;
    notes.push({ code: 'hw-info.pasid-too-wide', text });
  }
  return {
    ...decoded,
    notes,
    data: report.data,
    capabilities: report.capabilities === null ? null : capabilities.decode(BigInt.asUintN(64, BigInt(report.capabilities))),
  };
}
