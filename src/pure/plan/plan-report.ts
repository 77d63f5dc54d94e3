/** What a plan says: for each VM and host whether the platform takes each device, the VMM realizes it, and what the guest sees. */
import type { View } from '../guest-view/index.ts';
import type { RegionFact } from '../pci/regions.ts';
import type { Placement } from '../rules/realize-input.ts';
import type { VmDefinition } from './definition.ts';
import type { Origin } from './origin.ts';
import type { PlanFinding } from './plan-finding.ts';

/** Who refuses: the host and what it has, its kernel, or the VMM. */
export type PlanStage = 'platform' | 'kernel' | 'vmm';

/** A refusal, or a warning, in the words of who says it. */
export interface PlanMessage {
  readonly stage: PlanStage;
  readonly code: string;
  /** The VMM's or the kernel's own words where it has some. */
  readonly message: string;
  /** What mends it, in the words of the format; null where nothing is known to. */
  readonly mend: string | null;
  /** What in the definition it is about; null where it is about the host. */
  readonly origin: Origin | null;
}

/** A refusal that belongs to no device: `of` says what to: `machine`, `object iommufd0`, `-global vfio-pci.ats=maybe`. */
export interface PlanError extends PlanMessage {
  readonly of: string;
}

/** Where the guest finds a device. */
export interface Place {
  /** The name of the bus: `rp1`, `pcie.0`. */
  readonly bus: string;
  /** On that bus, slot and function as the VMM's options write them: `05.0`; null where the VMM's choice is not known. */
  readonly address: string | null;
  readonly kind: Placement;
}

/** The value of a property, who set it, and what became of an AUTO. */
export interface PlannedProperty {
  readonly value: string;
  /** The same as `value` where it was no AUTO; null where it is not known, or nothing resolved it. */
  readonly resolved: string | null;
  /** In words: `default`, `compat row of virt-11.0`, `-global at vm.args:3:1`, `device option at vm.xml:12:7`. */
  readonly source: string;
}

/** A device of a set that would do. */
export interface Candidate {
  readonly host: string;
  readonly outcome: Outcome;
  readonly view: View | null;
}

/** What becomes of a device or a vIOMMU; `unknown` where the host's facts do not say. */
export type Outcome = 'realized' | 'failed' | 'unknown';

/** A function of the host that is assigned, or not, together with another. */
export interface HostNeighbour {
  readonly address: string;
  /** The name of its driver, `none` where it has none; null where that is not known. */
  readonly driver: string | null;
}

/** The function behind an assigned device, as its host knows it. Everywhere null is what is not known. */
export interface HostFunction {
  readonly vendorId: number | null;
  readonly deviceId: number | null;
  /** All members, the function itself too; `none` where it has no group. */
  readonly group: { readonly number: number; readonly members: readonly HostNeighbour[] } | 'none' | null;
  /** All functions of its card, those of the same slot, as far as the host has told of them; itself too. */
  readonly card: readonly HostNeighbour[];
  readonly numaNode: number | 'none' | null;
  readonly regions: readonly RegionFact[] | null;
}

/** What tells one card from another; the serial number is that of the Device Serial Number capability. */
export const CARD_FIELDS = ['vendorId', 'deviceId', 'subsystemVendorId', 'subsystemId', 'classCode', 'revisionId', 'serialNumber'] as const;

/** One of {@link CARD_FIELDS}. */
export type CardField = (typeof CARD_FIELDS)[number];

/** Whether a device is the one that the definition's author had at its address. */
export interface CardComparison {
  readonly answer: 'same' | 'other' | 'unknown';
  /** Of the same: a card without a serial number is known by its ids alone. */
  readonly by: 'serial' | 'ids' | null;
  /** `none` is a serial number that is not there. */
  readonly differences: readonly { readonly field: CardField; readonly author: string; readonly host: string }[];
  /** What one side or both do not know. */
  readonly notKnown: readonly CardField[];
  /** Another address of the host, at which the author's card is. */
  readonly foundAt: { readonly address: string; readonly by: 'serial' | 'ids' } | null;
}

/** One assigned device on one host. */
export interface DevicePlan {
  readonly id: string;
  readonly driver: string;
  /** Its host address; null for one of a set, or one that the text does not name. */
  readonly host: string | null;
  /** null where no one function stands behind it, or the host has told of none. */
  readonly hostFunction: HostFunction | null;
  /** null where no author's host was given, or the definition names no one function. */
  readonly card: CardComparison | null;
  /** null where the definition names the device itself. */
  readonly candidates: readonly Candidate[] | null;
  /** null where it has none, since the VMM refuses it, or where that is not known. */
  readonly place: Place | null;
  readonly backend: 'iommufd' | 'legacy' | 'vfio-user' | null;
  readonly outcome: Outcome;
  /** Where the outcome is `failed`, or why it is unknown. */
  readonly error: PlanMessage | null;
  readonly warnings: readonly PlanMessage[];
  /** What is no fault, and worth knowing: that ATS is shown though no kernel has reported on it. */
  readonly notes: readonly PlanMessage[];
  readonly properties: Readonly<Record<string, PlannedProperty>>;
  /** What the guest sees; null where nothing is realized, and for a set. */
  readonly view: View | null;
}

/** One IOMMU of the guest on one host. */
export interface IommuPlan {
  readonly driver: string;
  readonly id: string;
  readonly outcome: Outcome;
  readonly error: PlanMessage | null;
  readonly warnings: readonly PlanMessage[];
  readonly properties: Readonly<Record<string, PlannedProperty>>;
}

/** One VM on one host. */
export interface HostPlan {
  readonly host: string;
  /** The VM's, or what becomes of it on this host where that says how many functions a device of it has. */
  readonly definition: VmDefinition;
  /** Whether all devices of the host are known; null where nobody says. */
  readonly isWhole: boolean | null;
  readonly outcome: 'fits' | 'fails' | 'unknown';
  /** What belongs to no device, in the order in which the VMM would come to it. */
  readonly errors: readonly PlanError[];
  readonly devices: readonly DevicePlan[];
  readonly iommus: readonly IommuPlan[];
  /** What the VMM says first before it ends; null where it starts, or that is not known. */
  readonly stopsWith: PlanMessage | null;
}

/** One VM. */
export interface VmPlan {
  readonly definition: VmDefinition;
  /** The VMM's profile, and whether the user or the format chose it. */
  readonly profile: { readonly name: string; readonly assumed: boolean };
  /** The full name of the machine type; null where it is not known. */
  readonly machine: string | null;
  readonly hosts: readonly HostPlan[];
  readonly findings: readonly PlanFinding[];
}

/** What `plan` answers. */
export interface PlanReport {
  readonly vms: readonly VmPlan[];
}
