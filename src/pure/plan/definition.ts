/**
 * A VM as its owner wrote it, in the terms of the VMM that runs it: objects and devices in the order in which the VMM makes them, each
 * value with the place that it stands at. Formats that are turned into a VMM's words, such as libvirt's XML, are brought to those words.
 */
import type { Bdf } from '../pci/bdf.ts';
import type { Origin } from './origin.ts';
import type { PlanFinding } from './plan-finding.ts';

/** A format that there is a reader for. */
export type FormatName = (typeof FORMATS)[number];

/** The formats that there are readers for, by the names that `--format` takes. */
export const FORMATS = ['qemu', 'libvirt', 'kubevirt', 'proxmox', 'cloud-hypervisor', 'incus', 'firecracker'] as const;

/** The kind of a value in JSON. */
export type JsonKind = 'string' | 'number' | 'boolean' | 'object' | 'array' | 'null';

/** NAME=VALUE of a device, an object or a machine. */
export interface DefinedValue {
  readonly name: string;
  /** As text, whatever way it was written. */
  readonly value: string;
  /** What it was in JSON, whose kinds the VMM checks; null for text. */
  readonly json: JsonKind | null;
  readonly origin: Origin;
}

/** A value for all devices of a driver. */
export interface DefinedGlobal extends DefinedValue {
  readonly driver: string;
}

/** An object, such as `iommufd`; all are made before the devices. */
export interface DefinedObject {
  /** QOM type, such as `iommufd`. */
  readonly type: string;
  /** null where it has none. */
  readonly id: string | null;
  readonly values: readonly DefinedValue[];
  /** Whether every device of the host's uses it unasked, as with Cloud Hypervisor; left out where devices name theirs. */
  readonly isForAll?: boolean;
  readonly origin: Origin;
}

/** What all of a selector's known parts must be for a function of a host to fit. */
export interface HostSelector {
  readonly address?: Bdf;
  readonly vendorId?: number;
  readonly deviceId?: number;
  readonly subsystemVendorId?: number;
  readonly subsystemDeviceId?: number;
  /** The number of its IOMMU group. */
  readonly iommuGroup?: number;
  /** The address of the physical function that it is a virtual one of. */
  readonly physicalFunction?: Bdf;
  /** The name of the network interface whose function it is, or is a virtual function of. */
  readonly networkInterface?: string;
  /** The name of the node of a cluster that this alternative is for. */
  readonly node?: string;
}

/**
 * Which device of the host stands behind an assigned one: that at an address, one of a set that is chosen at start, or one that the text
 * does not name at all. `emulated`: none.
 */
export type HostChoice =
  | { readonly kind: 'emulated' }
  /** `wanted` is what its author saw there: a mapping's ids, a comment of ours. */
  | { readonly kind: 'address'; readonly address: Bdf; readonly origin: Origin; readonly wanted?: HostSelector }
  /** One that fits any of the selectors is chosen at start; `words` name the set: a resource, a pool, a mapping. */
  | { readonly kind: 'candidates'; readonly words: string; readonly anyOf: readonly HostSelector[] | null; readonly origin: Origin }
  /** Such as a descriptor that is handed over; `words` say why nothing can be known. */
  | { readonly kind: 'late'; readonly words: string; readonly origin: Origin }
  | { readonly kind: 'mdev'; readonly uuid: string; readonly origin: Origin }
  /** A vfio-user server. */
  | { readonly kind: 'socket'; readonly path: string | null; readonly origin: Origin };

/** A function of a host's card, or all that the host has of its slot; `address` is then that of the first. */
export interface NamedFunctions {
  readonly address: Bdf;
  readonly isWholeSlot: boolean;
  readonly origin: Origin;
}

/**
 * Functions of a host's card that go to a VM together, each as a device of its own: `vga` with three of them is `vga.0`, `vga.1` and
 * `vga.2`, functions of one slot of the guest. How many there are is the host's to say.
 */
export interface FunctionSet {
  /** One of them is taken; `first` is what the first function must be. */
  readonly anyOf: readonly { readonly parts: readonly NamedFunctions[]; readonly first: HostSelector }[];
  /** Those of the device's values that the first function alone gets. */
  readonly ofFirst: readonly DefinedValue[];
  /** All that the text itself gives the device; others were set by its id, which it has where it is one function. */
  readonly own: readonly DefinedValue[];
}

/** A device, emulated ones, bridges and IOMMUs too, since they take places. */
export interface DefinedDevice {
  /** As the VMM calls it: `vfio-pci`, `pcie-root-port`, `intel-iommu`; of Cloud Hypervisor `vfio`. */
  readonly driver: string;
  /** null where it has none; the report then calls it by its driver and its number among the devices. */
  readonly id: string | null;
  /** What the owner wrote, in order, `driver` and `id` left out; `bus` and `addr` are among them. Of two for one name the later counts. */
  readonly values: readonly DefinedValue[];
  readonly host: HostChoice;
  /**
   * Whether the manager binds the host's device to a VFIO driver before the VMM starts, as libvirt does with managed='yes'; where it is
   * left out, somebody must have done so.
   */
  readonly isBoundAtStart?: boolean;
  /**
   * Whether the manager chooses slot and function on the bus at start, from what is not in the text: what the VMM's own automatic choice
   * would be says nothing then. Left out where it does not.
   */
  readonly isAddressLate?: boolean;
  /**
   * Of a VMM that ends where it cannot map the device's regions for DMA of the VM's other devices: the BARs that it leaves out. Left out
   * where it maps none, or goes on without.
   */
  readonly peerDma?: { readonly exceptBars: readonly number[] };
  /** Where it stands for several functions, of which `host` is the first, or perhaps for more than are known; left out where it is one. */
  readonly functions?: FunctionSet;
  readonly origin: Origin;
}

/** What is said about the program that runs the VM. */
export interface DefinedVmm {
  readonly family: 'qemu' | 'cloud-hypervisor' | 'firecracker';
  /** As `uname -m` says it, of the guest: `x86_64`, `aarch64`; null where the text does not say. */
  readonly architecture: string | null;
  /** The path of the program, where the text names one. */
  readonly program: string | null;
}

/** The machine: its type, null where none is written, and its options. */
export interface DefinedMachine {
  readonly type: DefinedValue | null;
  /** In order, `type` left out: `iommu=smmuv3`, `kernel-irqchip=split`. */
  readonly values: readonly DefinedValue[];
}

/** Where a definition was read. */
export interface DefinitionSource {
  readonly format: FormatName;
  readonly file: string;
  /** Where the VM begins in the file, from 1; null where it has no lines. */
  readonly line: number | null;
}

/** A VM as its owner wrote it. */
export interface VmDefinition {
  /** Made of the file's name where the text has none. */
  readonly name: string;
  readonly source: DefinitionSource;
  readonly vmm: DefinedVmm;
  readonly machine: DefinedMachine;
  /** Whether the VMM adds the machine's own default devices, such as a network card: QEMU does without -nodefaults. */
  readonly hasDefaultDevices: boolean;
  /**
   * What was asked of the VMM by other options than those for objects, devices, globals and the machine, in order: such may make devices
   * too, or keep the machine from making its own. QEMU's `-vga none` is `vga` with the value `none`; one without a value has an empty one.
   */
  readonly otherOptions: readonly DefinedValue[];
  /** `kvm`, `tcg`, … in the order of preference; empty where the text says nothing. */
  readonly accelerators: readonly string[];
  readonly globals: readonly DefinedGlobal[];
  readonly objects: readonly DefinedObject[];
  /** In the order in which the VMM makes them. */
  readonly devices: readonly DefinedDevice[];
  /** Whether a part of it could not be read, so that the VM may have more than this, or other things; left out where all was read. */
  readonly isPartial?: boolean;
  /** Texts among its values that stand for something else, which is not known: `$GPU` of a shell. Left out where there are none. */
  readonly placeholders?: readonly string[];
  readonly findings: readonly PlanFinding[];
}

/** The value that counts of those for `name`; undefined where there is none. */
export function findValue(values: readonly DefinedValue[], name: string): DefinedValue | undefined {
  return values.findLast(value => value.name === name);
}
