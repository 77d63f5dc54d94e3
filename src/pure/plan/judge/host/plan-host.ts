/** A host that VMs are planned on: what it says about itself and its devices, made ready to be asked many times. */
import { type DeviceFacts, type GroupFacts, type HostFacts, isHostDriver, isVfioDriver } from '../../../facts/index.ts';
import { Bdf } from '../../../pci/bdf.ts';
import { PCI_SUBSYSTEM_ID, PCI_SUBSYSTEM_VENDOR_ID } from '../../../spec/pci-regs.ts';
import type { HostSelector } from '../../definition.ts';
import type { HostFunction, HostNeighbour } from '../../plan-report.ts';
import { Cards, idsOf } from './card.ts';

/** A host, by the name that a report calls it. */
export interface PlanHost {
  readonly name: string;
  readonly facts: HostFacts;
  readonly devices: readonly DeviceFacts[];
  /** Whether `devices` are all that the host has, so that one which is missing is not there; null where nobody says. */
  readonly isWhole: boolean | null;
  /** Whether there is a file at an absolute path, null where that is not known; left out where no file is known. */
  readonly hasFile?: (path: string) => boolean | null;
}

/** What tells of a device that a host is not known to have. */
export const WHOLE_CAPTURE = 'sudo airlock capture on that host, without naming devices';

/** Of a host that may have other devices than those that are known, why that is so; null where all are known. */
export function whyNotWhole({ name, isWhole }: PlanHost): string | null {
  if (isWhole === true) return null;
  return isWhole === false ? `${name} holds some of its host's devices` : `${name} does not say whether it holds all of its host's devices`;
}

/** A function's IOMMU group; null where it has none, or that is not known. */
function knownGroup(facts: DeviceFacts | undefined): GroupFacts | null {
  const group = facts?.assignment?.iommuGroup ?? null;
  return group === 'none' ? null : group;
}

/** The number of that group. */
export const groupNumber = (facts: DeviceFacts | undefined): number | null => knownGroup(facts)?.number ?? null;

/** A member of a group that keeps the group from being assigned. */
export interface Blocker {
  readonly address: string;
  readonly driver: string;
}

/** What keeps a device's group from being assigned, as far as that is known. */
export interface GroupState {
  readonly number: number;
  readonly members: readonly string[];
  readonly blockers: readonly Blocker[];
  /** Members that a VFIO driver has. */
  readonly bound: readonly string[];
  /** Members whose drivers are not known. */
  readonly unknown: readonly string[];
}

/** Three answers: a part that is not known makes it unknown, unless another part already says no. */
function fits(device: DeviceFacts, wanted: HostSelector): boolean | null {
  const [vendor, id] = idsOf(device);
  const physical = device.assignment?.sriov?.physicalFunction ?? null;
  const parts: (boolean | null)[] = [];
  const same = <T>(want: T | undefined, has: T | null): void => {
    if (want !== undefined) parts.push(has === null ? null : has === want);
  };
  same(wanted.address?.text, device.bdf?.text ?? null);
  same(wanted.vendorId, vendor);
  same(wanted.deviceId, id);
  same(wanted.subsystemVendorId, device.config.read(PCI_SUBSYSTEM_VENDOR_ID, 2) ?? null);
  same(wanted.subsystemDeviceId, device.config.read(PCI_SUBSYSTEM_ID, 2) ?? null);
  same(wanted.iommuGroup, device.assignment?.iommuGroup === 'none' ? -1 : groupNumber(device));
  same(wanted.physicalFunction?.text, physical);
  // No capture names network interfaces, since they may tell who the host is.
  if (wanted.networkInterface !== undefined) parts.push(null);
  if (parts.includes(false)) return false;
  return parts.includes(null) ? null : true;
}

/** The devices of a set that a host has. */
export interface Fitting {
  readonly devices: readonly DeviceFacts[];
  /** Devices of which it is not known whether they fit. */
  readonly perhaps: readonly DeviceFacts[];
}

/** A host with its devices found by address; made once for all VMs. */
export class HostIndex {
  readonly host: PlanHost;
  readonly #byAddress = new Map<string, DeviceFacts>();
  readonly #groups = new Map<DeviceFacts, GroupState | null>();
  readonly #functions = new Map<DeviceFacts, HostFunction>();
  #cards: Cards | null = null;

  constructor(host: PlanHost) {
    this.host = host;
    for (const device of host.devices) if (device.bdf !== null) this.#byAddress.set(device.bdf.text, device);
  }

  find(address: string): DeviceFacts | undefined {
    return this.#byAddress.get(address);
  }

  /** The functions of a slot that are known to be there, those that only their groups name too, and whether these are all. */
  functionsOfSlot({ text }: Bdf): { readonly functions: readonly Bdf[]; readonly isWhole: boolean } {
    const slot = text.slice(0, -1);
    const found = new Set<string>();
    for (const device of this.host.devices) {
      if (device.bdf?.text.startsWith(slot) !== true) continue;
      found.add(device.bdf.text);
      for (const member of knownGroup(device)?.members ?? []) if (member.startsWith(slot)) found.add(member);
    }
    return { functions: [...found].sort().map(address => Bdf.parse(address)), isWhole: this.host.isWhole === true };
  }

  /** What its devices are, made when it is first asked. */
  get cards(): Cards {
    this.#cards ??= new Cards(this.host.devices);
    return this.#cards;
  }

  /** Those that fit one of the selectors. */
  select(anyOf: readonly HostSelector[]): Fitting {
    const [devices, perhaps]: [DeviceFacts[], DeviceFacts[]] = [[], []];
    for (const device of this.host.devices) {
      const answers = anyOf.map(wanted => fits(device, wanted));
      if (answers.includes(true)) devices.push(device);
      else if (answers.includes(null)) perhaps.push(device);
    }
    return { devices, perhaps };
  }

  /** The state of a device's group; null where its group is not known. */
  groupOf(device: DeviceFacts): GroupState | null {
    const known = this.#groups.get(device);
    if (known !== undefined) return known;
    const state = this.#examineGroup(device);
    this.#groups.set(device, state);
    return state;
  }

  /** What a report tells of a function beside its verdict. */
  functionOf(device: DeviceFacts): HostFunction {
    const known = this.#functions.get(device);
    if (known !== undefined) return known;
    const told = this.#describe(device);
    this.#functions.set(device, told);
    return told;
  }

  #neighbour(address: string): HostNeighbour {
    const driver = this.#byAddress.get(address)?.assignment?.driver ?? null;
    return { address, driver: driver === null || driver === 'none' ? driver : driver.name };
  }

  #membersOf({ number, members }: GroupFacts): HostFunction['group'] {
    return members === null ? null : { number, members: members.map(member => this.#neighbour(member)) };
  }

  #describe(device: DeviceFacts): HostFunction {
    const [vendorId, deviceId] = idsOf(device);
    const group = device.assignment?.iommuGroup ?? null;
    const slot = device.bdf?.text.replace(/\.\d$/, '.') ?? null;
    const card = slot === null ? [] : [...this.#byAddress.keys()].filter(address => address.startsWith(slot));
    return {
      vendorId,
      deviceId,
      group: group === null || group === 'none' ? group : this.#membersOf(group),
      card: card.sort().map(address => this.#neighbour(address)),
      numaNode: device.assignment?.numaNode ?? null,
      regions: device.regions?.regions ?? null,
    };
  }

  #examineGroup(device: DeviceFacts): GroupState | null {
    const group = knownGroup(device);
    if (group === null || group.members === null) return null;
    const blockers: Blocker[] = [];
    const bound: string[] = [];
    const unknown: string[] = [];
    for (const address of group.members) {
      const driver = this.#byAddress.get(address)?.assignment?.driver ?? null;
      if (driver === null) unknown.push(address);
      else if (driver !== 'none' && isHostDriver(driver.name)) blockers.push({ address, driver: driver.name });
      else if (driver !== 'none' && isVfioDriver(driver.name)) bound.push(address);
    }
    return { number: group.number, members: group.members, blockers, bound, unknown };
  }
}
