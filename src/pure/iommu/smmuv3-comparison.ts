/** The fields of an SMMUv3's report as numbers, which a VMM compares with those of the guest's. */
import { decodeHwInfo } from './hw-info.ts';
import type { HwInfoReport } from './report.ts';
import { SMMUV3_ST_LEVEL, SMMUV3_TTENDIAN } from './smmuv3.ts';

/** As the registers have them (Arm IHI 0070 §6.3). */
export interface Smmuv3Numbers {
  readonly stLevel: number;
  readonly ttEndian: number;
  readonly ttf: number;
  readonly sidSize: number;
  readonly ssidSize: number;
  readonly ril: number;
  readonly oas: number;
  readonly ats: number;
  readonly gran4k: number;
  readonly gran16k: number;
  readonly gran64k: number;
  /** Whether stage 2 forces attributes, as a guest's own tables need where the root complex is not coherent. */
  readonly fwb: boolean;
  /** Whether it translates in both stages. */
  readonly bothStages: boolean;
}

const number = (bit: boolean): number => (bit ? 1 : 0);

/** null where the report is of another type, or is too short. */
export function smmuv3Numbers(report: HwInfoReport): Smmuv3Numbers | null {
  const decoded = decodeHwInfo(report);
  if (decoded.type !== 'arm-smmuv3') return null;
  const { idr0, idr1, idr3, idr5 } = decoded.fields;
  if (!idr0 || !idr1 || !idr3 || !idr5) return null;
  return {
    stLevel: SMMUV3_ST_LEVEL.encode(idr0.ST_LEVEL),
    ttEndian: SMMUV3_TTENDIAN.encode(idr0.TTENDIAN),
    ttf: idr0.TTF,
    sidSize: idr1.SIDSIZE,
    ssidSize: idr1.SSIDSIZE,
    ril: number(idr3.RIL),
    oas: idr5.OAS,
    ats: number(idr0.ATS),
    gran4k: number(idr5.GRAN4K),
    gran16k: number(idr5.GRAN16K),
    gran64k: number(idr5.GRAN64K),
    fwb: idr3.FWB,
    bothStages: idr0.S1P && idr0.S2P,
  };
}
