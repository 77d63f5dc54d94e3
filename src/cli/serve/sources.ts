/** What `serve` serves: devices of this machine, the device of one file, or all of a folder of files, each with the socket it gets. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, join, parse, resolve } from 'node:path';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import type { Bdf } from '../../pure/pci/bdf.ts';
import type { Source } from '../../service/prepare.ts';
import { isRefusal, refusalWords } from '../../service/system-words.ts';
import { type Options, UsageError } from '../command.ts';
import { readDevices, readOneDevice } from '../input.ts';
import { liveAddress } from '../live-options.ts';
import { onlyOperand } from '../operands.ts';
import type { Selection } from '../selection.ts';
import { givenFiles, openHostSource } from './host-source.ts';

/** More sockets than this come from a wrong folder more likely than from a wish; each is a thread. */
const MOST_DEVICES = 256;
/** The room in `sun_path` (unix(7)), less the zero that ends it. */
const MOST_SOCKET_PATH = 107;

/** False also for a path that cannot be looked at; opening it later says why. */
function isFolder(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

function checkSocket(socket: string): string {
  const path = resolve(socket);
  const length = Buffer.byteLength(path);
  if (length > MOST_SOCKET_PATH) {
    throw new UsageError(`--socket: ${path} has ${length} bytes, wanted at most ${MOST_SOCKET_PATH}: a socket's path has no more room`);
  }
  return path;
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new UsageError(`Cannot read ${folder}: ${refusalWords(error)}`);
  }
}

/** Devices of all files of a folder, in the order of their names: `NAME.sock`, or `NAME-ADDRESS.sock` for one of several. */
async function folderSources(folder: string, sockets: string): Promise<Source[]> {
  const sources: Source[] = [];
  const files = listFolder(folder).filter(entry => !entry.isDirectory() && !entry.name.startsWith('.'));
  for (const { name: file } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const devices: DeviceFacts[] = [];
    for await (const device of readDevices(join(folder, file))) {
      devices.push(device);
      if (sources.length + devices.length > MOST_DEVICES) {
        throw new UsageError(`Cannot serve ${folder}: it holds more than ${MOST_DEVICES} devices`);
      }
    }
    const stem = parse(file).name;
    for (const device of devices) {
      const name = devices.length === 1 ? stem : `${stem}-${device.bdf}`;
      const other = sources.find(source => source.name === name);
      if (other !== undefined) throw new UsageError(`Cannot serve ${folder}: two of its devices would be served as ${name}.sock`);
      const origin = join(folder, file);
      sources.push({ name, device, socket: checkSocket(join(sockets, `${name}.sock`)), origin, host: null });
    }
  }
  if (sources.length === 0) throw new UsageError(`Cannot serve ${folder}: it holds no file`);
  return sources;
}

/** Opens all of them or none; a socket each, in a folder where there are several. */
function hostSources(addresses: readonly Bdf[], socket: string, options: Options): Sources {
  const given = givenFiles(options);
  const several = addresses.length > 1;
  if (several && (given.device ?? given.iommu) !== undefined) throw new UsageError('--device-fd and --iommu-fd are for one device');
  const double = addresses.find((address, i) => addresses.findIndex(other => other.text === address.text) !== i);
  if (double !== undefined) throw new UsageError(`airlock serve takes each device once, not ${double} twice`);
  requireSocket(socket, several);
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

function requireSocket(socket: string, wantsFolder: boolean): void {
  if (!wantsFolder && isFolder(resolve(socket)))
    throw new UsageError(`--socket: ${resolve(socket)} is a folder, wanted the path of the socket`);
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
    return { sources: await folderSources(path, socket), isFolder: true };
  }
  requireSocket(socket, false);
  const device = await readOneDevice(path, selection);
  const source = { name: parse(basename(socket)).name, device, socket: checkSocket(socket), origin: path, host: null };
  return { sources: [source], isFolder: false };
}
