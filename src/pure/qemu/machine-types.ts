/** Machine types pc-i440fx, pc-q35 and virt, each with the compat rows that it applies: QEMU's own and the profile's. */

import { nearestNames } from '../text/nearest-names.ts';
import { airlockRows, type CompatRow } from './airlock-rows.ts';
import { type DistributionType, distributionType } from './distribution-types.ts';
import * as tables11_1 from './generated/machine-tables.ts';
import * as tables10_0 from './generated/machine-tables-10.0.ts';
import type { QemuVersion } from './generated-table.ts';

/** Whose machine types: `qemu-…` is QEMU as released, `airlock` adds the rows of airlock-rows.ts to those of QEMU 11.1. */
export type MachineProfile = 'airlock' | 'qemu-11.1' | 'qemu-10.0';

/** Which QEMU's properties and machine types a profile has. */
export function qemuVersionOf(profile: MachineProfile): QemuVersion {
  return profile === 'qemu-10.0' ? '10.0' : '11.1';
}

const tables = { '11.1': tables11_1, '10.0': tables10_0 } as const satisfies Record<QemuVersion, unknown>;

/** One machine type of a VMM, with the compat rows that it applies. */
export interface MachineType {
  /** The full name, `pc-q35-11.0`. */
  readonly name: string;
  readonly family: string;
  readonly version: string;
  /** The short name, only on the newest of a family. */
  readonly alias?: string;
  readonly deprecated: boolean;
  /** In the order in which they apply: a later row wins. */
  readonly rows: readonly CompatRow[];
}

/**
 * A machine type that the profile does not have; `message` is QEMU's, `nearest` holds suggestions, best first, perhaps none.
 * Where the name is a distribution's own, `distribution` says whose, and nothing is suggested but what it says.
 */
export class MachineError extends Error {
  override readonly name = 'MachineError';
  readonly code = 'machine.unknown';
  readonly machine: string;
  readonly nearest: readonly string[];
  readonly distribution: DistributionType | null;

  constructor(machine: string, nearest: readonly string[]) {
    super(`unsupported machine type: "${machine}"`);
    this.machine = machine;
    this.distribution = distributionType(machine);
    this.nearest = this.distribution === null ? nearest : [];
  }
}

function isAtMost(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor <= minor);
}

function listMachineTypes(profile: MachineProfile): MachineType[] {
  const { compatRows, machineRows } = tables[qemuVersionOf(profile)];
  const shared = compatRows.map(([driver, property, value]): CompatRow => ({ driver, property, value }));
  return machineRows.map(([family, version, alias, deprecated, numbers]) => {
    const added = profile === 'airlock' ? airlockRows.filter(({ newest }) => isAtMost(version, newest)).map(({ row }) => row) : [];
    const rows = [...numbers.flatMap(number => shared[number] ?? []), ...added];
    return { name: `${family}-${version}`, family, version, ...(alias !== null && { alias }), deprecated, rows };
  });
}

/** Made when first asked for: a list serves every later call. */
const lists = new Map<MachineProfile, readonly MachineType[]>();

/** Every machine type, newest of each family first. */
export function machineTypes(profile: MachineProfile): readonly MachineType[] {
  const list = lists.get(profile) ?? listMachineTypes(profile);
  lists.set(profile, list);
  return list;
}

/** The machine type of a full name or an alias (`pc`, `q35`, `virt`). Throws MachineError where there is none. */
export function findMachineType(profile: MachineProfile, name: string): MachineType {
  const machines = machineTypes(profile);
  const found = machines.find(machine => machine.name === name || machine.alias === name);
  if (found) return found;
  const names = machines.flatMap(machine => (machine.alias === undefined ? [machine.name] : [machine.alias, machine.name]));
  throw new MachineError(name, nearestNames(name, names));
}
