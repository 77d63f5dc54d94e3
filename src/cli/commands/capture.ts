/** `airlock capture`: one file with all that a host says about itself and its devices. */

import { writeFileSync } from 'node:fs';
import { formatCapture } from '../../pure/capture/index.ts';
import { isVfioDriver } from '../../pure/facts/index.ts';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { shorten } from '../../pure/text/shorten.ts';
import { refusalWords } from '../../service/system-words.ts';
import { type CommandSpec, EXIT, type Options, UsageError } from '../command.ts';
import { captureHost } from '../host-capture.ts';
import { isRootUser, readAllDevices } from '../host-tree.ts';
import { type LiveDevice, readLive } from '../live.ts';
import { BACKEND_OPTION, type LiveOptions, liveAddress, liveOptions } from '../live-options.ts';
import { print, printError } from '../output.ts';
import { redactionOptions, redactionsOf } from '../redaction-options.ts';
import { ROOT_OPTION } from '../root-option.ts';

/** The devices that the user named, each once; all of the host where none was named. */
function addressesOf(operands: readonly string[], root: string): Bdf[] {
  if (operands.length === 0) return readAllDevices(root, false).map(({ address }) => address);
  const addresses = operands.map(operand => {
    const address = liveAddress(operand, root);
    if (address === null)
      throw new UsageError(`airlock capture takes addresses of devices, such as 0000:3b:00.1, not "${shorten(operand)}"`);
    return address;
  });
  return [...new Map(addresses.map(address => [address.text, address])).values()];
}

/** Reads the devices. Of a whole host, one that was unplugged meanwhile or cannot be opened is no error; of named ones it is. */
function readAll(operands: readonly string[], live: LiveOptions): LiveDevice[] {
  const addresses = addressesOf(operands, live.root);
  if (operands.length > 0) return addresses.map(address => readLive(address, live));
  const open = live.open === 'need' ? 'try' : live.open;
  return addresses.flatMap(address => {
    try {
      return [readLive(address, { ...live, open })];
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      printError(`airlock: note: ${error.message}`);
      return [];
    }
  });
}

/** One line for each thing that the file lacks. */
function tell(devices: readonly LiveDevice[]): void {
  for (const { host, notAsked } of devices) {
    if (notAsked !== null && host.driver !== null && isVfioDriver(host.driver))
      printError(`airlock: note: ${host.address}: no vfio bytes and no report: ${notAsked}`);
  }
  const partly = devices.filter(({ host }) => host.config.knownLength <= 64).length;
  if (partly > 0) printError(`airlock: note: ${partly} of ${devices.length} devices: no more than 64 bytes may be read without root`);
}

async function run(operands: readonly string[], options: Options): Promise<number> {
  const live = liveOptions(options);
  const devices = readAll(operands, live);
  if (devices.length === 0) throw new UsageError(`Cannot capture ${live.root === '/' ? 'this machine' : live.root}: it has no PCI devices`);
  tell(devices);
  const redacts = redactionsOf(options);
  const capture = captureHost(devices, {
    redacts,
    root: live.root,
    now: Date.now(),
    isRoot: isRootUser(),
    withId: !options.flag('no-host-id'),
    description: options.value('description'),
  });
  const text = formatCapture(capture);
  const path = options.value('output');
  if (path === undefined || path === '-') {
    print(text);
    return EXIT.fine;
  }
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new UsageError(`Cannot write ${path}: ${refusalWords(error)}`);
  }
  const without = redacts.length === 0 ? 'nothing redacted' : `without ${redacts.join(' and ').replace('serials', 'serial numbers')}`;
  print([`${path}: ${devices.length} device${devices.length === 1 ? '' : 's'}, ${without}`]);
  return EXIT.fine;
}

export const command: CommandSpec = {
  name: 'capture',
  summary: 'one file with all that a host says about its devices',
  operands: '[BDF...]',
  options: [
    { name: 'output', short: 'o', value: 'FILE', help: 'where to write; default standard output' },
    ...redactionOptions(),
    { name: 'no-host-id', help: 'leave out the keyed hash that identifies the host' },
    { name: 'description', value: 'TEXT', help: 'where the capture comes from, in a sentence' },
    BACKEND_OPTION,
    ROOT_OPTION,
  ],
  notes: [
    "The file tells of the host: kernel, those boot options that matter for assignment, IOMMUs, /dev/iommu, VFIO's modules, NUMA nodes, and what doctor finds; of each device also its driver, group, files and the bridges above it.",
    "Without BDF all devices are captured, and the file says that it is whole: airlock plan takes a device that is not in it as absent, and of any other capture as not known. A device that is bound to vfio-pci is opened where it can be, which resets it; this adds vfio's bytes and the kernel's report. Nothing is bound or unbound.",
    'A keyed hash identifies the host, the same in each of its captures; it does not give the machine ID away.',
    'Serial numbers become unknown bytes, addresses become 0, and the file says where. Registers that a vendor defines are kept: look at them before you publish a capture.',
    'view, decode and compare take the file as INPUT. Exit code: 0, or 2 for what cannot be read or written.',
  ],
  examples: [
    ['sudo airlock capture -o host.json', 'the whole host'],
    ['sudo airlock capture 3b:00.0 --include-serials', 'one device, with its serial number'],
    ['airlock view host.json -s 3b:00.0', 'what a guest would see, on any machine'],
  ],
  run,
};
