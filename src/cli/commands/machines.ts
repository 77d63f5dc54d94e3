/** `airlock machines`: machine types and the compat rows that they apply. */

import { DEFAULT_PROFILE_NAME, findTables, PROFILE_TABLES, type ProfileTables } from '../../pure/profiles/tables.ts';
import { findMachineType, MachineError, type MachineType, machineTypes } from '../../pure/qemu/index.ts';
import { rowsAt } from '../../pure/render/row.ts';
import { machinesJson } from '../../pure/reports/machines-json.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { painter, print } from '../output.ts';
import { propertyUsageError } from '../property-error.ts';

/** Where the properties of a machine type begin. */
const INDENT = 2;

/** All machine types, or the one that a name or an alias means. */
function chosenTypes(name: string | undefined, profile: ProfileTables): readonly MachineType[] {
  if (name === undefined) return machineTypes(profile);
  try {
    return [findMachineType(profile, name)];
  } catch (error) {
    throw error instanceof MachineError ? propertyUsageError(error, profile) : error;
  }
}

async function run([name, extra]: readonly string[], options: Options): Promise<number> {
  if (extra !== undefined) throw new UsageError(`airlock machines takes one machine type, not also "${shorten(extra)}"`);
  const profile = findTables(options.value('profile') ?? DEFAULT_PROFILE_NAME);
  const types = chosenTypes(name, profile);
  if (options.flag('json')) {
    print(`${JSON.stringify(machinesJson(profile.name, types), null, 2)}\n`);
    return EXIT.fine;
  }
  const paint = painter();
  const row = rowsAt([INDENT, Math.min(55, paint.width - 24)], paint);
  const lines = profile.machines === null ? [`profile ${profile.name} has no machine types`] : [];
  for (const { name, alias, deprecated, rows } of types) {
    const also = [...(alias === undefined ? [] : [`alias ${alias}`]), ...(deprecated ? ['deprecated'] : [])];
    lines.push(paint('strong', name) + (also.length > 0 ? ` (${also.join(', ')})` : ''));
    // QEMU tells of some rows twice.
    const last = new Map(rows.map(each => [`${each.driver}.${each.property}=${each.value}`, each]));
    for (const { driver, property, value } of last.values()) {
      const name = `${driver}.${property}`;
      if (name.length + INDENT <= paint.width) lines.push(...row(name, value));
      else lines.push(`${' '.repeat(INDENT)}${driver}.`, ...row(`  ${property}`, value));
    }
  }
  print(lines);
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'machines',
  summary: 'machine types and the compat rows that they apply',
  operands: '[NAME]',
  operandValues: 'machines',
  options: [
    {
      name: 'profile',
      value: 'NAME',
      choices: Object.keys(PROFILE_TABLES),
      help: "whose machine types: airlock, the default, has QEMU's with rows of its own; another profile has those of its VMM as released",
    },
    { name: 'json', help: 'one JSON document' },
  ],
  notes: [
    'Without --machine, airlock view and serve take the newest q35, for a device of an Arm host the newest virt, and none for hosts of other architectures, whose machine types are not known here. Where the architecture is not known, as with a dump of lspci, the newest q35 is named as a default.',
    'Only rows for vfio-pci, vfio-pci-nohotplug, vfio-user-pci and the IOMMUs of guests (arm-smmuv3, intel-iommu, amd-iommu, virtio-iommu-pci), or for the types they derive from, are listed; of QEMU 10.0 only the machine types of x86.',
  ],
  examples: [
    ['airlock machines', 'every machine type, newest first in its family'],
    ['airlock machines pc-q35-11.0', 'one of them; an alias such as q35 is its newest'],
    ['airlock machines --profile qemu-11.1 --json', "QEMU's own tables, as JSON"],
  ],
  run,
};
