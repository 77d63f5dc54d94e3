/** What is asked about the IOMMUs of a guest, and what is answered: for each of them, and for each device that stands behind one. */
import type { HostIommuDevice, HwInfoReport } from '../../../iommu/index.ts';
import type { ProfileTables } from '../../../profiles/profile-tables.ts';
import type { MachineType } from '../../../qemu/index.ts';
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import type { IommuPlan, Place, PlanError, PlanMessage } from '../../plan-report.ts';
import type { Verdict } from './verdict.ts';

/** The host's report of a Tegra241 CMDQV behind a device; `none`: the kernel says that there is none; null where it was not asked. */
export type CmdqvAnswer = HwInfoReport | 'none' | null;

/** A VM of QEMU's on one host. */
export interface IommuQuestion {
  readonly definition: VmDefinition;
  readonly profile: ProfileTables;
  /** null where it is not known: then no compat row is. */
  readonly machine: MachineType | null;
  /** Where a device stands; null for one that is on no PCI bus, or whose place is not known. */
  placeOf(device: DefinedDevice): Place | null;
  /** What the host says of the IOMMU behind an assigned device; null where nothing is known. */
  hostIommuOf(device: DefinedDevice): HostIommuDevice | null;
  /** The number of its group; null where that is not known. */
  groupOf?(device: DefinedDevice): number | null;
  cmdqvOf?(device: DefinedDevice): CmdqvAnswer;
  /** Whether the host's kernel nests a guest's tables below its own for the device; null where only its report can tell. */
  nestsOf?(device: DefinedDevice): boolean | null;
}

/** What the guest's IOMMUs mean for an assigned device. */
export interface DeviceWord {
  /** Whether its IOMMU takes PASIDs, which `view` asks for; null where that is not known. */
  readonly pasid: boolean | null;
  /** Whether its SMMU offers ATS, once it is resolved; null where that is not known, or there is no accelerated SMMU. */
  readonly smmuAts: boolean | null;
  /** Said before the VMM opens the host's device. */
  readonly placement: Verdict;
  /** Said when it is attached. */
  readonly verdict: Verdict;
  readonly warnings: readonly PlanMessage[];
}

export interface JudgedIommu {
  /** null for one that the machine makes of itself, before all devices. */
  readonly device: DefinedDevice | null;
  readonly plan: IommuPlan;
}

export interface IommuJudgement {
  /** In the order in which the VMM makes them. */
  readonly iommus: readonly JudgedIommu[];
  /** Every assigned device. */
  readonly words: ReadonlyMap<DefinedDevice, DeviceWord>;
  /** Emulated devices that an IOMMU refuses, with the words. */
  readonly refused: ReadonlyMap<DefinedDevice, PlanError>;
  /** What the VMM says once all devices are made. */
  readonly errors: readonly PlanError[];
}
