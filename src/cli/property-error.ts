/** A wrong property or machine type as a usage error: the VMM's words, and a line of ours that points to what is there. */

import {
  type DriverName,
  MachineError,
  type MachineProfile,
  machineTypes,
  type PropertyError,
  propertyDeclarations,
  type QemuVersion,
} from '../pure/qemu/index.ts';
import { qemuVersionOf } from '../pure/qemu/machine-types.ts';
import { UsageError } from './command.ts';

const PROFILES: readonly MachineProfile[] = ['airlock', 'qemu-11.1', 'qemu-10.0'];

/** What must be typed to a command so that it takes the profile. */
const profileWords = (profile: MachineProfile): string => (profile === 'airlock' ? '' : ` --profile ${profile}`);

/** Where another profile has the machine type. */
function elsewhere(machine: string, profile: MachineProfile): string | null {
  const has = (other: MachineProfile) => machineTypes(other).some(({ name }) => name === machine);
  return PROFILES.find(other => other !== profile && has(other)) ?? null;
}

/** The newest machine type of its family that is known, where this one is newer; null where it is not. */
function newestOf(machine: string, profile: MachineProfile): string | null {
  const [, family, major, minor] = /^(.+)-(\d{1,4})\.(\d{1,4})$/.exec(machine) ?? [];
  const newest = machineTypes(profile).find(type => type.family === family);
  if (newest === undefined) return null;
  const [knownMajor = 0, knownMinor = 0] = newest.version.split('.').map(Number);
  const isNewer = Number(major) > knownMajor || (Number(major) === knownMajor && Number(minor) > knownMinor);
  return isNewer ? newest.name : null;
}

function machineHint({ machine, distribution }: MachineError, profile: MachineProfile): string {
  const list = `airlock machines${profileWords(profile)} lists what is there`;
  if (distribution === null) {
    const other = elsewhere(machine, profile);
    if (other !== null) return `profile ${other} has it; ${list}`;
    const newest = newestOf(machine, profile);
    return newest === null ? list : `the newest that is known here is ${newest}; ${list}`;
  }
  const { maker, upstream, because } = distribution;
  const whose = `it is a machine type of ${maker}, whose compat rows are not known here`;
  if (upstream === null) return `${whose}, nor which upstream type is nearest; ${list}`;
  if (machineTypes(profile).some(({ name }) => name === upstream)) return `${whose}; the nearest upstream type is ${upstream}: ${because}`;
  const other = elsewhere(upstream, profile);
  const where = other === null ? 'which no profile has' : `which only profile ${other} has`;
  return `${whose}; the nearest upstream type is ${upstream} (${because}), ${where}`;
}

function propertyHint({ code, property }: PropertyError, driver: DriverName, profile: MachineProfile): string | undefined {
  const words = `airlock properties${driver === 'vfio-pci' ? '' : ` --driver ${driver}`}${profileWords(profile)}`;
  if (code === 'property.syntax') return `${words} lists the names`;
  const version = qemuVersionOf(profile);
  const declaration = propertyDeclarations(driver, version).get(property);
  if (declaration !== undefined) return `${property} takes ${declaration.type.takes}; ${words} ${property} tells more`;
  const others: readonly QemuVersion[] = ['11.1', '10.0'];
  const other = others.find(known => known !== version && propertyDeclarations(driver, known).has(property));
  return `${other === undefined ? '' : `QEMU ${other} has it, QEMU ${version} has not; `}${words} lists what is there`;
}

/** The error as the command line shows it. */
export function propertyUsageError(error: PropertyError | MachineError, driver: DriverName, profile: MachineProfile): UsageError {
  // A name that another profile has, or a newer QEMU, is no slip of the pen.
  const isMeant = error instanceof MachineError && (elsewhere(error.machine, profile) ?? newestOf(error.machine, profile)) !== null;
  const [nearest] = isMeant ? [] : error.nearest;
  const message = nearest === undefined ? error.message : `${error.message}; did you mean ${nearest}?`;
  return new UsageError(message, error instanceof MachineError ? machineHint(error, profile) : propertyHint(error, driver, profile));
}
