/** What `serve` serves: devices of this machine, the device of one file, or all of a folder of files, each with the socket it gets. */
import { basename, join, parse } from 'node:path';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { RAW, type Source } from '../../service/prepare.ts';
import { type Options, UsageError } from '../command.ts';
import { readOneDevice } from '../input.ts';
import { liveAddress } from '../live-options.ts';
import { onlyOperand } from '../operands.ts';
import type { Selection } from '../selection.ts';
import { folderSources } from './folder.ts';
import { givenFiles, openHostSource } from './host-source.ts';
import { checkSocket, isFolder, requireNoFolder } from './socket-path.ts';

/** Opens all of them or none; a socket each, in a folder where there are several. */
function hostSources(addresses: readonly Bdf[], socket: string, options: Options): Sources {
  const given = givenFiles(options);
  const several = addresses.length > 1;
  if (several && (given.device ?? given.iommu) !== undefined) throw new UsageError('--device-fd and --iommu-fd are for one device');
  const double = addresses.find((address, i) => addresses.findIndex(other => other.text === address.text) !== i);
  if (double !== undefined) throw new UsageError(`airlock serve takes each device once, not ${double} twice`);
  if (!several) requireNoFolder(socket);
  const sources: Source[] = [];
  try {
    for (const address of addresses) {
      const path = checkSocket(several ? join(socket, `${address}.sock`) : socket);
      sources.push({ name: address.text, socket: path, origin: 'this machine', ...openHostSource(address, options, given) });
    }
  } catch (error) {
    for (const { host } of sources) host?.close();
    throw error;
  }
  return { sources, isFolder: several };
}

/** Options that only apply to a device of this machine. */
const HOST_OPTIONS: readonly string[] = ['bind', 'device-fd', 'iommu-fd'];

export interface Sources {
  readonly sources: readonly Source[];
  /** Whether the sockets are in a folder of their own. */
  readonly isFolder: boolean;
}

/**
 * Throws UsageError for what cannot be read, opened or named. For several devices `socket` is the folder that the sockets go to. The
 * caller closes the `host` of each at the end.
 */
export async function readSources(
  operands: readonly string[],
  selection: Selection | null,
  socket: string,
  options: Options,
): Promise<Sources> {
  const addresses = operands.map(operand => liveAddress(operand, '/'));
  const live = addresses.filter(address => address !== null);
  if (live.length > 0) {
    const file = operands[addresses.indexOf(null)];
    if (file !== undefined)
      throw new UsageError(`airlock serve takes devices of this machine or one file, not both: ${live[0]} and ${file}`);
    if (selection !== null) throw new UsageError(`-s chooses a device of a file, and ${live[0]} is one of this machine`);
    return hostSources(live, socket, options);
  }
  const path = onlyOperand('serve', operands);
  const other = HOST_OPTIONS.find(name => options.given[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other} is for a device of this machine, and ${path} is a file`);
  if (isFolder(path)) {
    if (selection !== null) throw new UsageError(`-s chooses a device of a file, and ${path} is a folder`);
    return { sources: await folderSources(path, { sockets: socket, isRaw: options.value('profile') === RAW }), isFolder: true };
  }
  requireNoFolder(socket);
  const device = await readOneDevice(path, selection);
  const source = { name: parse(basename(socket)).name, device, socket: checkSocket(socket), origin: path, host: null };
  return { sources: [source], isFolder: false };
}
