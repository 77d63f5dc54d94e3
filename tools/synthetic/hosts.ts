/** The hosts of the synthetic captures: what a 7.3 kernel reports on an SMMUv3 and on a VT-d machine. */
import { encodeHwInfoSmmuv3, encodeHwInfoVtd } from '../../src/pure/iommu/index.ts';
import {
  IOMMU_HW_CAP_DIRTY_TRACKING,
  IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED,
  IOMMU_HW_CAP_PCI_PASID_PRIV,
  IOMMU_HW_INFO_TYPE_ARM_SMMUV3,
  IOMMU_HW_INFO_TYPE_INTEL_VTD,
} from '../../src/pure/spec/iommufd/index.ts';

export interface Host {
  /** As it stands in the names of the captures. */
  readonly name: string;
  /** `uname -r`, `uname -m`, and the kind of IOMMU. */
  readonly kernel: string;
  readonly architecture: string;
  readonly iommu: string;
  readonly type: number;
  readonly data: Uint8Array;
  /** Whether the IOMMU driver has ATS on before a guest's address space is attached: VT-d's in scalable mode, from the probe on. */
  readonly enablesAtsEarly: boolean;
}

/** An SMMUv3.2 of a large server: 48 bits of output, 20 of substream ID, range invalidation. Its IIDR is nobody's. */
const SMMUV3 = encodeHwInfoSmmuv3({
  flags: { ERRATA_REPEAT_TLBI_CFGI: false },
  idr0: {
    S2P: true,
    S1P: true,
    TTF: 2,
    COHACC: true,
    BTM: true,
    HTTU: 'access and dirty',
    HYP: true,
    // The SMMU takes part in ATS on both hosts: whether a device may use it is not decided here.
    ATS: true,
    NS1ATS: false,
    ASID16: true,
    MSI: true,
    SEV: true,
    ATOS: false,
    PRI: false,
    VMW: false,
    VMID16: true,
    CD2L: true,
    TTENDIAN: 'little',
    STALL_MODEL: 'no stall',
    TERM_MODEL: true,
    ST_LEVEL: 'two levels',
  },
  idr1: {
    SIDSIZE: 32,
    SSIDSIZE: 20,
    PRIQS: 0,
    EVTQS: 19,
    CMDQS: 19,
    ATTR_TYPES_OVR: true,
    REL: false,
    QUEUES_PRESET: false,
    TABLES_PRESET: false,
  },
  idr2: {},
  idr3: { FWB: true, RIL: true, BBML: 2 },
  idr4: {},
  // 5 is 48 bits.
  idr5: { OAS: 5, GRAN4K: true, GRAN16K: true, GRAN64K: true, DS: false, VAX: 0, STALL_MAX: 0 },
  iidr: { Implementer: 0, Revision: 0, Variant: 0, ProductID: 0 },
  aidr: { ArchMinorRev: 2, ArchMajorRev: 0 },
});

/** VT-d in scalable mode: nested translation, PASIDs of 20 bits, page requests. The erratum flag is what Linux always sets. */
const VTD = encodeHwInfoVtd({
  flags: { ERRATA_772415_SPR17: true },
  cap: {
    ND: 6,
    AFL: false,
    RWBF: false,
    PLMR: false,
    PHMR: false,
    CM: false,
    // Tables for 48 and 57 bits.
    SAGAW: 0b01100,
    MGAW: 56,
    ZLR: true,
    FRO: 0x40,
    SLLPS: 3,
    PSI: true,
    NFR: 0,
    MAMV: 18,
    DWD: true,
    DRD: true,
    FL1GP: true,
    PI: true,
    FL5LP: true,
    ECMDS: false,
    ESIRTPS: true,
    ESRTPS: true,
  },
  ecap: {
    C: true,
    QI: true,
    DT: true,
    IR: true,
    EIM: true,
    PT: true,
    SC: true,
    IRO: 0x50,
    MHMV: 15,
    MTS: false,
    NEST: true,
    DIS: false,
    BROKEN_PASID: false,
    PRS: true,
    ERS: false,
    SRS: true,
    NWFS: false,
    EAFS: true,
    PSS: 19,
    PASID: true,
    DIT: true,
    PDS: true,
    SMTS: true,
    SLADS: true,
    SLTS: true,
    FLTS: true,
    SMPWC: true,
    RPS: false,
    PMS: false,
  },
});

const KERNEL = '7.3.4';

export const HOSTS: readonly Host[] = [
  {
    name: 'smmuv3',
    kernel: KERNEL,
    architecture: 'aarch64',
    iommu: 'arm-smmuv3',
    type: IOMMU_HW_INFO_TYPE_ARM_SMMUV3,
    data: SMMUV3,
    enablesAtsEarly: false,
  },
  {
    name: 'vtd',
    kernel: KERNEL,
    architecture: 'x86_64',
    iommu: 'intel-vtd',
    type: IOMMU_HW_INFO_TYPE_INTEL_VTD,
    data: VTD,
    enablesAtsEarly: true,
  },
];

/** out_capabilities: both hosts track dirty pages; the flag for ATS says what is *not* supported. */
export function hwCapabilities({ ats, pasid }: { readonly ats: boolean; readonly pasid: boolean }): number {
  return IOMMU_HW_CAP_DIRTY_TRACKING | (pasid ? IOMMU_HW_CAP_PCI_PASID_PRIV : 0) | (ats ? 0 : IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED);
}
