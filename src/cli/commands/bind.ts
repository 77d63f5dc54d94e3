/** `airlock bind`: gives a device, or its whole group, to VFIO, where the host can do without it. */
import { BindingError, readGroupBlockers } from '../../linux/binding/index.ts';
import { type HostDevice, readDevice } from '../../linux/sysfs/index.ts';
import { Bdf } from '../../pure/pci/bdf.ts';
import { bindDevices } from '../change-driver.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { parseAddress, requireDevice, systemWords } from '../host-tree.ts';
import { printError } from '../output.ts';
import { parseRoot, ROOT_OPTION } from '../root-option.ts';

const isPciAddress = (name: string): boolean => /^[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]$/.test(name);

/** The device and, with --group, each other device of its group that a driver of the host has. */
function selectTargets(device: HostDevice, options: Options, root: string): HostDevice[] {
  if (!options.flag('group') || device.iommuGroup === null) return [device];
  const others = readGroupBlockers(device.iommuGroup, root)
    .filter(({ address }) => address !== device.address.text && isPciAddress(address))
    .map(({ address }) => readDevice(Bdf.parse(address), { root, config: false }))
    .filter(other => other !== null);
  const targets = [device, ...others];
  if (targets.length > 1 && !options.flag('yes')) {
    const names = targets.map(({ address, driver }) => `${address} (${driver ?? 'no driver'})`);
    const { number } = device.iommuGroup;
    throw new UsageError(`Group ${number}: this takes ${targets.length} devices from the host: ${names.join(', ')}; --yes agrees to that`);
  }
  return targets;
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const [operand, extra] = operands;
  if (operand === undefined) throw new UsageError('airlock bind needs a device: an address such as 0000:3b:00.1; see airlock bind --help');
  if (extra !== undefined) throw new UsageError(`airlock bind takes one device, not also "${extra}"; --group takes the whole group`);
  const root = parseRoot(options);
  const device = requireDevice(parseAddress(operand, root), root, false);
  const named = options.value('driver') ?? null;
  try {
    systemWords(`bind ${device.address}`, () => bindDevices(selectTargets(device, options, root), named, root));
  } catch (error) {
    if (!(error instanceof BindingError)) throw error;
    printError(`airlock: ${error.message}`.split('\n'));
    return EXIT.failed;
  }
  const left = device.iommuGroup === null ? [] : readGroupBlockers(device.iommuGroup, root);
  if (left.length > 0) {
    const names = left.map(({ address, driver }) => `${address} is bound to ${driver}`);
    printError(`airlock: warning: group ${device.iommuGroup?.number} is not viable yet: ${names.join(', ')}`);
  }
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'bind',
  summary: 'give a device to VFIO, so that it can be assigned',
  operands: 'BDF',
  options: [
    { name: 'group', help: 'bind every device of its IOMMU group that a driver of the host has' },
    { name: 'yes', short: 'y', help: 'agree that --group takes more than one device from the host' },
    {
      name: 'driver',
      value: 'NAME',
      help: 'use this VFIO driver; default the variant that modules.alias names for the device, or vfio-pci',
    },
    ROOT_OPTION,
  ],
  notes: [
    'bind refuses a device that carries a mounted file system, swap, the only network or the console.',
    'A failure midway leaves everything as it was. airlock unbind gives the device back.',
    'Exit code: 0, 1 where it is refused or fails, 2 for usage or where the device is not there.',
  ],
  examples: [
    ['sudo airlock bind 3b:00.0', 'one device'],
    ['sudo airlock bind 3b:00.0 --group --yes', 'and all that are in its group'],
    ['sudo airlock bind 3b:00.2 --driver mlx5_vfio_pci', 'with a driver of your choice'],
  ],
  run,
};
