/** `airlock properties`: the properties of a driver, each with its type, default and what it does. */

import { DEFAULT_PROFILE_NAME, findTables, PROFILE_TABLES, type ProfileTables } from '../../pure/profiles/tables.ts';
import { nearestNames, PropertyError, type PropertyTable } from '../../pure/qemu/index.ts';
import { propertyFacts } from '../../pure/qemu/property-facts.ts';
import { formatProperties, formatProperty } from '../../pure/render/properties-text.ts';
import { propertiesJson } from '../../pure/reports/properties-json.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { painter, print } from '../output.ts';
import { propertyUsageError } from '../property-error.ts';

const ALL_TABLES: readonly ProfileTables[] = Object.values(PROFILE_TABLES);
const DRIVERS: readonly string[] = [...new Set(ALL_TABLES.flatMap(({ properties }) => properties?.drivers ?? []))];

/** Parses a property as it is typed, `ats` or `vfio-pci.ats`, where a driver may stand before the dot. Throws UsageError. */
function parseName(
  typed: string | undefined,
  option: string | undefined,
  { drivers }: PropertyTable,
): { name: string | undefined; driver: string } {
  const before = DRIVERS.find(driver => typed?.startsWith(`${driver}.`));
  if (before !== undefined && option !== undefined && option !== before)
    throw new UsageError(`${shorten(typed ?? '')} is no property of --driver ${option}`);
  return { name: before === undefined ? typed : typed?.slice(before.length + 1), driver: before ?? option ?? drivers[0] };
}

async function run([typed, extra]: readonly string[], options: Options): Promise<number> {
  if (extra !== undefined) throw new UsageError(`airlock properties takes one property, not also "${shorten(extra)}"`);
  const profile = findTables(options.value('profile') ?? DEFAULT_PROFILE_NAME);
  const table = profile.properties;
  if (table === null) throw new UsageError(`profile ${profile.name} has no properties`);
  const { name, driver } = parseName(typed, options.value('driver'), table);
  if (!table.drivers.includes(driver)) {
    throw new UsageError(`there is no table of ${driver} in ${table.vmm} ${table.version}: wanted ${table.drivers.join(', ')}`);
  }
  const all = propertyFacts(driver, profile);
  const [one] = all.filter(facts => facts.name === name);
  if (name !== undefined && one === undefined) {
    const nearest = nearestNames(
      name,
      all.map(facts => facts.name),
    );
    const error = new PropertyError(table.unknownWords(driver, shorten(name)), {
      code: 'property.unknown',
      property: name,
      nearest,
    });
    throw propertyUsageError(error, profile, driver);
  }
  const chosen = one === undefined ? all : [one];
  if (options.flag('json')) print(`${JSON.stringify(propertiesJson(driver, profile.name, chosen), null, 2)}\n`);
  else print(one === undefined ? formatProperties(all, painter()) : formatProperty(one, profile, painter()));
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'properties',
  summary: 'the properties of a device, what each takes and does',
  operands: '[NAME]',
  operandValues: 'properties',
  options: [
    {
      name: 'profile',
      value: 'NAME',
      choices: Object.keys(PROFILE_TABLES),
      help: "whose properties: airlock, the default, has QEMU's; another profile has those of its VMM as released",
    },
    { name: 'driver', value: 'NAME', choices: DRIVERS, help: 'which device; default the one that a host device is assigned as' },
    { name: 'json', help: 'one JSON document' },
  ],
  notes: [
    'NAME, or DRIVER.NAME, shows all of one property: the values it takes, which versions of QEMU have it, and which machine types set it by a compat row.',
    "The tables are those of QEMU 11.1 and 10.0; where a property came or went between them, the text says so. QEMU's tables do not mark a property as deprecated.",
  ],
  examples: [
    ['airlock properties', 'every property of vfio-pci'],
    ['airlock properties ats', 'one of them, whole'],
    ['airlock properties --driver arm-smmuv3', "those of the guest's SMMUv3"],
  ],
  run,
};
