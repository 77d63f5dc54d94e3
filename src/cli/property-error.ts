/** A wrong property or machine type as a usage error: the VMM's words, and a line of ours that points to what is there. */
import { DEFAULT_PROFILE_NAME, findTables, PROFILE_TABLES, type ProfileTables } from '../pure/profiles/tables.ts';
import { MachineError, machineTypes, type PropertyError, type PropertyTable } from '../pure/qemu/index.ts';
import { UsageError } from './command.ts';

/** The option that chooses the profile, as the user types it. */
const profileWords = (profile: ProfileTables): string =>
  profile === PROFILE_TABLES[DEFAULT_PROFILE_NAME] ? '' : ` --profile ${profile.name}`;

/** A hint that names another profile which has the machine type. */
function elsewhere(machine: string, profile: ProfileTables): string | null {
  const others: readonly ProfileTables[] = Object.values(PROFILE_TABLES).filter(other => other !== profile);
  return others.find(other => machineTypes(other).some(({ name }) => name === machine))?.name ?? null;
}

/** Where the machine type is newer than all known ones of its family, the newest known one; else null. */
function newestOf(machine: string, profile: ProfileTables): string | null {
  const [, family, major, minor] = /^(.+)-(\d{1,4})\.(\d{1,4})$/.exec(machine) ?? [];
  const newest = machineTypes(profile).find(type => type.family === family);
  if (newest === undefined) return null;
  const [knownMajor = 0, knownMinor = 0] = newest.version.split('.').map(Number);
  const isNewer = Number(major) > knownMajor || (Number(major) === knownMajor && Number(minor) > knownMinor);
  return isNewer ? newest.name : null;
}

function machineHint({ machine, distribution }: MachineError, profile: ProfileTables): string | undefined {
  if (profile.machines === null) return undefined;
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

const has = (table: PropertyTable, driver: string, name: string) =>
  table.drivers.includes(driver) && table.of(driver).declarations.has(name);

/** Names what has the property instead: another version of this VMM, or another profile; empty where none has it. */
function hasIt(name: string, driver: string, profile: ProfileTables): string {
  const table = profile.properties;
  const version = table?.versions().find(other => other !== table && has(other, driver, name));
  if (table && version) return `${version.vmm} ${version.version} has it, ${table.vmm} ${table.version} has not; `;
  const others: readonly ProfileTables[] = driver === table?.drivers[0] ? Object.values(PROFILE_TABLES) : [];
  const other = others.find(({ properties }) => properties !== null && has(properties, properties.drivers[0], name));
  return other === undefined ? '' : `profile ${other.name} has it; `;
}

function propertyHint({ code, property }: PropertyError, profile: ProfileTables, driver: string): string | undefined {
  const table = profile.properties;
  if (table === null) return undefined;
  const words = `airlock properties${driver === table.drivers[0] ? '' : ` --driver ${driver}`}${profileWords(profile)}`;
  if (code === 'property.syntax') return `${words} lists the names`;
  const declaration = table.of(driver).declarations.get(property);
  if (declaration !== undefined) return `${property} takes ${declaration.type.takes}; ${words} ${property} tells more`;
  return `${hasIt(property, driver, profile)}${words} lists what is there`;
}

/** The error as the command line shows it; `driver` is by default the one that a host device is assigned as. */
export function propertyUsageError(error: PropertyError | MachineError, { name }: ProfileTables, driver?: string): UsageError {
  const profile = findTables(name);
  // Where another profile or a newer QEMU has the name, it is no typing mistake, so no similar name is suggested.
  const isMeant = error instanceof MachineError && (elsewhere(error.machine, profile) ?? newestOf(error.machine, profile)) !== null;
  const [nearest] = isMeant ? [] : error.nearest;
  const message = nearest === undefined ? error.message : `${error.message}; did you mean ${nearest}?`;
  if (error instanceof MachineError) return new UsageError(message, machineHint(error, profile));
  return new UsageError(message, propertyHint(error, profile, driver ?? profile.properties?.drivers[0] ?? ''));
}
