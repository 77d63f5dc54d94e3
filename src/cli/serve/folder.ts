/** Every device of a folder of captures and dumps that can be served, each with a socket of its own; what is left out is told. */
import { type Dirent, readdirSync, statSync } from 'node:fs';
import { join, parse } from 'node:path';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { PCI_HEADER_TYPE, PCI_HEADER_TYPE_MASK, PCI_HEADER_TYPE_NORMAL } from '../../pure/spec/pci-regs.ts';
import { rawConfig, type Source, unservableWords } from '../../service/prepare.ts';
import { refusalWords } from '../../service/system-words.ts';
import { UsageError } from '../command.ts';
import { readDevices } from '../input.ts';
import { printError } from '../output.ts';
import { ToldAddresses } from '../told-addresses.ts';
import { checkSocket } from './socket-path.ts';

/** More sockets than this are more likely a wrong folder than a wish; each is a thread. */
const MOST_DEVICES = 256;

export interface FolderOptions {
  /** The folder of the sockets. */
  readonly sockets: string;
  /** Whether devices are served untouched, bridges too. */
  readonly isRaw: boolean;
}

function tellSkipped(words: string): void {
  printError(`airlock: note: skipped: ${words}`);
}

function listFolder(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch (error) {
    throw new UsageError(`Cannot read ${folder}: ${refusalWords(error)}`);
  }
}

/** Whether an entry may be an input. Folders and hidden files are left out without a word; a pipe would be waited for. */
function isInput(path: string, entry: Dirent): boolean {
  if (entry.isDirectory() || entry.name.startsWith('.')) return false;
  const stat = entry.isSymbolicLink() ? statSync(path, { throwIfNoEntry: false }) : entry;
  if (stat?.isDirectory()) return false;
  // A link that leads nowhere is told by whoever reads it.
  if (stat === undefined || stat.isFile()) return true;
  tellSkipped(`${path} is no file`);
  return false;
}

/** Why a device is left out; null for one that can be served. */
function whyLeftOut(device: DeviceFacts, isRaw: boolean): string | null {
  const config = isRaw ? rawConfig(device) : device.config;
  const words = unservableWords(config);
  if (words !== null || isRaw) return words;
  const type = (config.read(PCI_HEADER_TYPE, 1) ?? 0) & PCI_HEADER_TYPE_MASK;
  return type === PCI_HEADER_TYPE_NORMAL ? null : 'no VMM takes a bridge';
}

/** The devices of a file that can be served, at most `most` and one more. Tells of the others, and of a file that cannot be read. */
async function devicesOf(file: string, isRaw: boolean, most: number): Promise<readonly DeviceFacts[]> {
  const devices: DeviceFacts[] = [];
  const leftOut = new Map<string, ToldAddresses>();
  try {
    for await (const device of readDevices(file)) {
      const why = whyLeftOut(device, isRaw);
      if (why === null) devices.push(device);
      else
        leftOut
          .set(why, leftOut.get(why) ?? new ToldAddresses())
          .get(why)
          ?.add(device);
      if (devices.length > most) break;
    }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // What was read before a fault of the file is left out with it.
    tellSkipped(error.message);
    return [];
  }
  for (const [why, addresses] of leftOut) tellSkipped(`${addresses} of ${file}: ${why}`);
  return devices;
}

/**
 * The devices of all files of a folder, in the order of their names: `NAME.sock`, or `NAME-ADDRESS.sock` for one of several. Throws
 * UsageError for a folder that cannot be read, that holds no device to serve, or two that would have one socket.
 */
export async function folderSources(folder: string, { sockets, isRaw }: FolderOptions): Promise<Source[]> {
  const sources: Source[] = [];
  const files = listFolder(folder).filter(entry => isInput(join(folder, entry.name), entry));
  if (files.length === 0) throw new UsageError(`Cannot serve ${folder}: it holds no file`);
  for (const { name: file } of files.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const origin = join(folder, file);
    const left = MOST_DEVICES - sources.length;
    const devices = await devicesOf(origin, isRaw, left);
    if (devices.length > left) throw new UsageError(`Cannot serve ${folder}: it holds more than ${MOST_DEVICES} devices`);
    const stem = parse(file).name;
    for (const device of devices) {
      const name = devices.length === 1 ? stem : `${stem}-${device.bdf}`;
      const other = sources.find(source => source.name === name);
      if (other !== undefined) throw new UsageError(`Cannot serve ${folder}: two of its devices would be served as ${name}.sock`);
      sources.push({ name, device, socket: checkSocket(join(sockets, `${name}.sock`)), origin, host: null });
    }
  }
  if (sources.length === 0) throw new UsageError(`Cannot serve ${folder}: it holds no device that can be served`);
  return sources;
}
