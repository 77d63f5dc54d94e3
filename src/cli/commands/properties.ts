/** `airlock properties`: the properties of a driver, each with its type, default and what it does. */
import { type DriverName, type MachineProfile, nearestNames, PropertyError, qemuVersionOf } from '../../pure/qemu/index.ts';
import { knownDrivers } from '../../pure/qemu/property-declarations.ts';
import { propertyFacts } from '../../pure/qemu/property-facts.ts';
import { formatProperties, formatProperty } from '../../pure/render/properties-text.ts';
import { propertiesJson } from '../../pure/reports/properties-json.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { painter, print } from '../output.ts';
import { propertyUsageError } from '../property-error.ts';

const DRIVERS: readonly DriverName[] = ['vfio-pci', 'vfio-pci-nohotplug', 'arm-smmuv3'];

/** A property as it is typed, `ats` or `vfio-pci.ats`; what stands before the dot says which driver's. Throws UsageError. */
function parseName(typed: string | undefined, option: string | undefined): { name: string | undefined; driver: DriverName } {
  const before = DRIVERS.find(driver => typed?.startsWith(`${driver}.`));
  if (before !== undefined && option !== undefined && option !== before)
    throw new UsageError(`${typed?.slice(0, 80)} is no property of --driver ${option}`);
  const driver = before ?? ((option ?? 'vfio-pci') as DriverName);
  return { name: before === undefined ? typed : typed?.slice(before.length + 1), driver };
}

async function run([typed, extra]: readonly string[], options: Options): Promise<number> {
  if (extra !== undefined) throw new UsageError(`airlock properties takes one property, not also "${extra.slice(0, 80)}"`);
  const profile = (options.value('profile') ?? 'airlock') as MachineProfile;
  const { name, driver } = parseName(typed, options.value('driver'));
  const version = qemuVersionOf(profile);
  if (!knownDrivers(version).includes(driver)) {
    throw new UsageError(`there is no table of ${driver} in QEMU ${version}: wanted ${knownDrivers(version).join(', ')}`);
  }
  const all = propertyFacts(driver, profile);
  const [one] = all.filter(facts => facts.name === name);
  if (name !== undefined && one === undefined) {
    const nearest = nearestNames(
      name,
      all.map(facts => facts.name),
    );
    const error = new PropertyError(`Property '${driver}.${name.slice(0, 80)}' not found`, {
      code: 'property.unknown',
      property: name,
      nearest,
    });
    throw propertyUsageError(error, driver, profile);
  }
  const chosen = one === undefined ? all : [one];
  if (options.flag('json')) print(`${JSON.stringify(propertiesJson(driver, profile, chosen), null, 2)}\n`);
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
      choices: ['airlock', 'qemu-11.1', 'qemu-10.0'],
      help: "whose: airlock's (default), or those of QEMU 11.1 or 10.0 as released",
    },
    { name: 'driver', value: 'NAME', choices: DRIVERS, help: 'which device; default vfio-pci' },
    { name: 'json', help: 'one JSON document' },
  ],
  notes: [
    'With NAME, or DRIVER.NAME, one property whole: the values it takes, which versions of QEMU have it, and which machine types set it by a compat row.',
    "The tables are those of QEMU 11.1 and 10.0; what came between them is told as between them. QEMU's tables do not mark a property as deprecated.",
  ],
  examples: [
    ['airlock properties', 'every property of vfio-pci'],
    ['airlock properties ats', 'one of them, whole'],
    ['airlock properties --driver arm-smmuv3', "those of the guest's SMMUv3"],
  ],
  run,
};
