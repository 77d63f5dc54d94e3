/** `airlock devices`: every PCI function of a host with what decides whether and how it can be assigned. */
import { groupReader, listDevice } from '../../linux/readiness/index.ts';
import { type HostDevice, readHostFacts } from '../../linux/sysfs/index.ts';
import { isFileThere } from '../../pure/facts/index.ts';
import { formatDevice } from '../../pure/render/devices-text.ts';
import { devicesJson } from '../../pure/reports/devices-json.ts';
import type { ListedDevice } from '../../pure/reports/devices-report.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { isRootUser, readAllDevices, readPhysical, requireDevice, requirePci } from '../host-tree.ts';
import { deviceNames } from '../names.ts';
import { painter, print, printError } from '../output.ts';
import { parseRoot, ROOT_OPTION } from '../root-option.ts';
import { IDS_OPTION, parseSelection, SLOT_OPTION, selectsIds, selectsSlot } from '../selection.ts';

/** The functions that the user selected. Reading config space wakes a function that sleeps, so no other one is read. */
function select(options: Options, root: string): HostDevice[] {
  requirePci(root);
  const selection = parseSelection(options);
  if (selection === null) return readAllDevices(root, true);
  const there = readAllDevices(root, false).filter(({ address }) => selectsSlot(selection, address));
  if (there.length === 0 && selection.slots.length > 0) {
    throw new UsageError(`Cannot find ${selection.words}: this host has no such device; airlock devices lists what there is`);
  }
  return there.filter(device => selectsIds(selection, device)).map(({ address }) => requireDevice(address, root));
}

function list(devices: readonly HostDevice[], root: string): ListedDevice[] {
  const hasIommufd = isFileThere(readHostFacts({ root }).iommufd);
  const known = new Map(devices.map(device => [device.address.text, device]));
  const groups = groupReader(root);
  return devices.map(device => {
    const parent = device.sriov.physicalFunction?.text;
    const physical = (parent === undefined ? undefined : known.get(parent)) ?? readPhysical(device, root);
    return listDevice(device, { root, isRoot: isRootUser(), hasIommufd: hasIommufd === true, physical, groups });
  });
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  if (operands.length > 0) throw new UsageError(`airlock devices takes no operand, not "${operands[0]}"; -s chooses a device`);
  const root = parseRoot(options);
  const listed = list(select(options, root), root);
  if (listed.length === 0) printError('airlock: no device of this host is one that was asked for');
  if (options.flag('json')) {
    print(`${JSON.stringify(devicesJson(listed), null, 2)}\n`);
    return EXIT.fine;
  }
  const names = deviceNames();
  const paint = painter();
  const lines = listed.flatMap(device => formatDevice(device, names, paint));
  if (lines.length > 0) print(lines);
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'devices',
  summary: "the host's devices, and whether they can be assigned",
  operands: '',
  options: [SLOT_OPTION, IDS_OPTION, { name: 'json', help: 'one JSON document' }, ROOT_OPTION],
  notes: [
    'For each device: its driver, its IOMMU group and which devices keep the group from being assigned, whether it has ATS, PASID and PRI, and what the kernel answers about ATS.',
    'A device that a VFIO driver has and no process holds is opened to ask the kernel about it through iommufd, which resets the device. No driver is bound or unbound.',
    'Only root may read the capabilities and ask the kernel; for another user the answers are unknown.',
    'Exit code: 0, or 2 for usage or where the devices cannot be read.',
  ],
  examples: [
    ['sudo airlock devices', 'every device'],
    ['sudo airlock devices -d 10de: --json', 'all of one vendor, as JSON'],
    ['airlock devices --root /mnt/host', "from another host's tree"],
  ],
  run,
};
