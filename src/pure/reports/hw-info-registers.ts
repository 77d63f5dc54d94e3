/** The registers of a HW_INFO report, each as a number and field by field. */
import type { Struct } from '../bytes/struct.ts';
import { decodeHwInfo, type HwInfoReport } from '../iommu/index.ts';
import * as uapi from '../spec/iommufd/index.ts';

/** One register; `fields` is null for a number that has none. */
export interface HwInfoRegister {
  /** As the specification has it: `ecap`, `idr0`. */
  readonly name: string;
  readonly raw: bigint;
  /** Bytes. */
  readonly size: number;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

const STRUCTS: Readonly<Record<number, Struct>> = {
  [uapi.IOMMU_HW_INFO_TYPE_INTEL_VTD]: uapi.iommu_hw_info_vtd,
  [uapi.IOMMU_HW_INFO_TYPE_ARM_SMMUV3]: uapi.iommu_hw_info_arm_smmuv3,
  [uapi.IOMMU_HW_INFO_TYPE_TEGRA241_CMDQV]: uapi.iommu_hw_info_tegra241_cmdqv,
  [uapi.IOMMU_HW_INFO_TYPE_AMD]: uapi.iommu_hw_info_amd,
};

const QWORD = 8;
const DWORD = 4;

interface Part {
  readonly name: string;
  readonly at: number;
  readonly size: number;
}

/** An array stands for numbered registers: `idr` is idr0 to idr5. Reserved fields are left out. */
function partsOf(struct: Struct): Part[] {
  return Object.entries(struct.fields).flatMap(([cName, { offset, size }]): Part[] => {
    if (cName === '__reserved') return [];
    const name = cName.replace(/_reg$/, '');
    if (size <= QWORD) return [{ name, at: offset, size }];
    return Array.from({ length: size / DWORD }, (_, i) => ({ name: `${name}${i}`, at: offset + DWORD * i, size: DWORD }));
  });
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

/** The registers that the report's data holds whole, in its order; none for a type that is not known. Never throws. */
export function hwInfoRegisters(report: HwInfoReport): HwInfoRegister[] {
  const struct = STRUCTS[report.type];
  if (struct === undefined) return [];
  const decoded: Readonly<Record<string, unknown>> = decodeHwInfo(report).fields;
  return partsOf(struct)
    .filter(({ at, size }) => at + size <= report.data.length)
    .map(({ name, at, size }) => {
      const raw = report.data.subarray(at, at + size).reduceRight((above, byte) => (above << 8n) | BigInt(byte), 0n);
      const fields = decoded[name];
      return { name, raw, size, fields: isRecord(fields) ? fields : null };
    });
}
