/** Machine types pc-i440fx, pc-q35 and virt, each with the compat rows that it applies: QEMU's own and those that a profile adds. */

import { nearestNames } from '../text/nearest-names.ts';
import { defaultMachine } from './architectures.ts';
import type { AddedRow, CompatRow } from './compat-row.ts';
import { type DistributionType, distributionType } from './distribution-types.ts';
import * as tables11_1 from './generated/machine-tables.ts';
import * as tables10_0 from './generated/machine-tables-10.0.ts';
import type { QemuVersion } from './generated-table.ts';
import { type MachineOptions, qemuMachineOptions } from './machine-options.ts';

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

/** The machine types that a profile has. */
export interface MachineTable {
  /** Newest of each family first. */
  readonly types: readonly MachineType[];
  /** Those of the rows that QEMU as released does not have. */
  readonly addedRows: readonly AddedRow[];
  /**
   * The name or alias of the type that a device of a host of `architecture` (`uname -m`, null where it is not known) stands in where none
   * is asked for; null where no type for that architecture is known.
   */
  defaultFor(driver: string, architecture: string | null): string | null;
  /**
   * Whether the VMM has a machine type of which nothing else is known here; null where no names of machine types for guests of
   * `architecture` are known.
   */
  hasOther(name: string, architecture: string): boolean | null;
  /** The options of a machine type; null where they are not known. */
  optionsOf(machine: MachineType): MachineOptions | null;
}

/** The profile whose machine types these are. */
export interface MachineSystem {
  readonly name: string;
  /** null where there are none. */
  readonly machines: MachineTable | null;
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

  constructor(machine: string, nearest: readonly string[], message = `unsupported machine type: "${machine}"`) {
    super(message);
    this.machine = machine;
    this.distribution = distributionType(machine);
    this.nearest = this.distribution === null ? nearest : [];
  }
}

function isAtMost(version: string, [major, minor]: readonly [number, number]): boolean {
  const [ownMajor = 0, ownMinor = 0] = version.split('.').map(Number);
  return ownMajor < major || (ownMajor === major && ownMinor <= minor);
}

function listMachineTypes(qemu: QemuVersion, addedRows: readonly AddedRow[]): MachineType[] {
  const { compatRows, machineRows } = tables[qemu];
  const shared = compatRows.map(([driver, property, value]): CompatRow => ({ driver, property, value }));
  return machineRows.map(([family, version, alias, deprecated, numbers]) => {
    const added = addedRows.filter(({ newest }) => isAtMost(version, newest)).map(({ row }) => row);
    const rows = [...numbers.flatMap(number => shared[number] ?? []), ...added];
    return { name: `${family}-${version}`, family, version, ...(alias !== null && { alias }), deprecated, rows };
  });
}

/** Programs for guests of less bits, by those whose machine types they have. */
const SAME_MACHINES: Readonly<Record<string, string>> = { i386: 'x86_64', i686: 'x86_64', arm: 'aarch64', armv7l: 'aarch64' };

/** The machine types of one QEMU, with rows of one's own behind QEMU's. */
export function qemuMachines(qemu: QemuVersion, addedRows: readonly AddedRow[] = []): MachineTable {
  let types: readonly MachineType[] | null = null;
  const options = new Map<string, MachineOptions | null>();
  return {
    addedRows,
    // The list is made at the first call and kept.
    get types() {
      types ??= listMachineTypes(qemu, addedRows);
      return types;
    },
    defaultFor(driver, architecture) {
      const alias = driver === 'arm-smmuv3' ? 'virt' : defaultMachine(architecture);
      return this.types.some(type => type.alias === alias) ? alias : null;
    },
    hasOther(name, architecture) {
      const others: Readonly<Record<string, readonly string[]>> = tables[qemu].otherMachines;
      const { [SAME_MACHINES[architecture] ?? architecture]: names } = others;
      return names?.includes(name) ?? null;
    },
    optionsOf({ family }) {
      const known = options.get(family);
      if (known !== undefined) return known;
      const made = qemuMachineOptions(qemu, family);
      options.set(family, made);
      return made;
    },
  };
}

/** Every machine type, newest of each family first; none where the profile has no machine types. */
export function machineTypes({ machines }: Pick<MachineSystem, 'machines'>): readonly MachineType[] {
  return machines?.types ?? [];
}

/** Of a family's name with a version that it does not have, the type of the nearest version that it has, an older one where there is one. */
function nearestVersion(name: string, types: readonly MachineType[]): string | null {
  const [, family = '', major = '', minor = ''] = /^(.+)-(\d{1,4})\.(\d{1,4})$/.exec(name) ?? [];
  const own = types.filter(type => type.family === family);
  // Newest first, as they are listed.
  const older = own.find(({ version }) => isAtMost(version, [Number(major), Number(minor)]));
  return (older ?? own.at(-1))?.name ?? null;
}

/**
 * The machine type of a full name or an alias (`pc`, `q35`, `virt`).
 * @throws MachineError where there is none
 */
export function findMachineType({ name: profile, machines }: MachineSystem, name: string): MachineType {
  if (machines === null) throw new MachineError(name, [], `profile ${profile} has no machine types`);
  const { types } = machines;
  const found = types.find(machine => machine.name === name || machine.alias === name);
  if (found) return found;
  const names = types.flatMap(machine => (machine.alias === undefined ? [machine.name] : [machine.alias, machine.name]));
  const byVersion = nearestVersion(name, types);
  const others = nearestNames(name, names).filter(other => other !== byVersion);
  throw new MachineError(name, byVersion === null ? others : [byVersion, ...others.slice(0, 2)]);
}
