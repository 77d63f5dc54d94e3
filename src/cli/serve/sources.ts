/** What `serve` serves: the device of one file, or all devices of a folder of files, each with the socket it gets. */
import { readdirSync, statSync } from 'node:fs';
import { basename, join, parse, resolve } from 'node:path';
import type { Bdf } from '../../pure/pci/bdf.ts';
import { UsageError } from '../command.ts';
import { readDevices, readOneDevice } from '../input.ts';
import type { InputDevice } from '../input-device.ts';
import { liveAddress } from '../live-options.ts';

/** More sockets than this are more likely a wrong folder than a wish; each is a thread. */
const MOST_DEVICES = 256;
/** Room of `sun_path` in unix(7), its last byte a zero. */
const MOST_SOCKET_PATH = 107;

export interface Source {
  /** How it is called in messages, metrics and names of sockets. */
  readonly name: string;
  readonly device: InputDevice;
  /** Absolute. */
  readonly socket: string;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function checkSocket(socket: string): string {
  const path = resolve(socket);
  const length = Buffer.byteLength(path);
  if (length > MOST_SOCKET_PATH) {
    throw new UsageError(`--socket: ${path} has ${length} bytes, wanted at most ${MOST_SOCKET_PATH}: a socket's path has no more room`);
  }
  return path;
}

/** Devices of all files of a folder, in the order of their names: `NAME.sock`, or `NAME-ADDRESS.sock` for one of several. */
async function folderSources(folder: string, sockets: string): Promise<Source[]> {
  const sources: Source[] = [];
  const files = readdirSync(folder, { withFileTypes: true }).filter(entry => !entry.isDirectory() && !entry.name.startsWith('.'));
  for (const { name: file } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const devices: InputDevice[] = [];
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
      sources.push({ name, device, socket: checkSocket(join(sockets, `${name}.sock`)) });
    }
  }
  if (sources.length === 0) throw new UsageError(`Cannot serve ${folder}: it holds no file`);
  return sources;
}

/**
 * Throws UsageError for what cannot be read or named, and for a device of this machine: what would be served is no more than a replay
 * of it. For a folder, `socket` is the folder that the sockets go to.
 */
export async function readSources(path: string, slot: Bdf | null, socket: string): Promise<{ sources: Source[]; isFolder: boolean }> {
  const address = liveAddress(path, '/');
  if (address !== null) {
    throw new UsageError(`Cannot serve ${path}: a device of this machine is captured first: airlock capture ${address} > FILE`);
  }
  if (isFolder(path)) {
    if (slot !== null) throw new UsageError(`-s chooses a device of a file, and ${path} is a folder`);
    return { sources: await folderSources(path, socket), isFolder: true };
  }
  if (isFolder(resolve(socket))) throw new UsageError(`--socket: ${resolve(socket)} is a folder, wanted the path of the socket`);
  const device = await readOneDevice(path, slot);
  return { sources: [{ name: parse(basename(socket)).name, device, socket: checkSocket(socket) }], isFolder: false };
}
