/**
 * PCI devices of a VM that QEMU saved: the file of `migrate file:…`, or of savevm. All is found from the file's end, where a description says
 * how long each section is; what the guest wrote into its memory is never taken for one.
 */
import { type DeviceFacts, deviceFacts } from '../facts/device-facts.ts';
import { Bdf } from '../pci/bdf.ts';
import { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE } from '../pci/config-space.ts';
import { expressFacts } from '../pci/express-facts.ts';
import { PCI_HEADER_TYPE, PCI_HEADER_TYPE_BRIDGE, PCI_HEADER_TYPE_MASK, PCI_SECONDARY_BUS } from '../spec/pci-regs.ts';
import { formatLatin1 } from './detect-format.ts';
import { type DescribedSection, parseDescription, SaveFileError } from './save-description.ts';
import { isSaveFile, SAVE_FILE_MAGIC } from './save-file-magic.ts';

export { SaveFileError } from './save-description.ts';

/** One function of the saved VM, with the bytes that its guest read. */
export interface SavedFunction {
  /** Slot and function of each bridge from the root bus, then its own: `0000:00:01.0:00.0`. */
  readonly path: string;
  /** QEMU's name for its state: `e1000e`. */
  readonly kind: string;
  /** As the guest numbered its buses; null where it has not yet. */
  readonly bdf: Bdf | null;
  readonly config: ConfigSpace;
  /** The offset of config space from the first byte that was given. */
  readonly at: number;
}

/** What is read of a QEMU save file. */
export interface SaveFile {
  /** The full name of the machine type: `pc-q35-11.1`; null where the file does not say. */
  readonly machine: string | null;
  readonly functions: readonly SavedFunction[];
  /** What was not read, a sentence each. */
  readonly doubts: readonly string[];
}

const [SECTION_FULL, CONFIGURATION, FOOTER] = [4, 7, 0x7e];
const FOOTER_SIZE = 5;
/** A path of slots and functions, and the kind: `DDDD:BB:SS.F[:SS.F…]/KIND`. */
const PCI_NAME = /^([0-9a-f]{4,8}:[0-9a-f]{2}(?::[01][0-9a-f]\.[0-7])+)\/(.+)$/;
/** Longest name of a machine type that is taken for one. */
const MOST_NAME = 256;
/** Four words, each 0 or 1: the levels of INTA to INTD. */
const [STATE_VERSION, LEVELS] = [4, 4];

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function machineOf(first: Uint8Array): string | null {
  const [at, text] = [SAVE_FILE_MAGIC.length, SAVE_FILE_MAGIC.length + 5];
  if (first[at] !== CONFIGURATION || first.length < text) return null;
  const length = viewOf(first).getUint32(at + 1);
  return length > MOST_NAME || text + length > first.length ? null : formatLatin1(first.subarray(text, text + length));
}

/** Where the state of a section begins that ends at `end`; null where there is no such section. */
function sectionBefore(bytes: Uint8Array, end: number, { name, instance, version, size }: DescribedSection): number | null {
  const header = 1 + 4 + 1 + name.length + 4 + 4;
  const begin = end - FOOTER_SIZE - size - header;
  if (!(begin >= 0) || bytes[begin] !== SECTION_FULL || bytes[end - FOOTER_SIZE] !== FOOTER) return null;
  const view = viewOf(bytes);
  if (view.getUint32(begin + 1) !== view.getUint32(end - FOOTER_SIZE + 1) || bytes[begin + 5] !== name.length) return null;
  for (let i = 0; i < name.length; i++) if (bytes[begin + 6 + i] !== name.charCodeAt(i)) return null;
  const numbers = begin + 6 + name.length;
  return view.getUint32(numbers) === instance && view.getUint32(numbers + 4) === version ? begin + header : null;
}

/** The size of config space that a virtio device wrote without describing it: that of PCI Express where there is such a capability. */
function virtioConfigSize(bytes: Uint8Array, at: number, room: number): number | null {
  const isLevel = (word: number) => word <= 1;
  const fits = (size: number) => {
    if (STATE_VERSION + size + 4 * LEVELS > room) return false;
    const view = viewOf(bytes);
    return Array.from({ length: LEVELS }, (_, i) => view.getUint32(at + size + 4 * i)).every(isLevel);
  };
  if (!fits(CONVENTIONAL_SIZE)) return fits(EXTENDED_SIZE) ? EXTENDED_SIZE : null;
  if (!fits(EXTENDED_SIZE)) return CONVENTIONAL_SIZE;
  const config = new ConfigSpace(bytes.subarray(at, at + CONVENTIONAL_SIZE));
  // An Express function on the root bus shows no such capability; nothing but an empty extended space is so many zeros.
  const isEmpty = bytes.subarray(at + CONVENTIONAL_SIZE, at + EXTENDED_SIZE).every(byte => byte === 0);
  return isEmpty || typeof expressFacts(config) === 'object' ? EXTENDED_SIZE : CONVENTIONAL_SIZE;
}

function configPlace(bytes: Uint8Array, state: number, { config, virtio }: DescribedSection): { at: number; size: number } | null {
  if (config !== null) return { at: state + config.at, size: config.size };
  if (virtio === null) return null;
  const at = state + STATE_VERSION;
  const size = virtioConfigSize(bytes, at, virtio);
  return size === null ? null : { at, size };
}

type Unplaced = Omit<SavedFunction, 'bdf'>;

/** Gives each function its address, as the guest set up the bridges above. */
function place(functions: readonly Unplaced[]): SavedFunction[] {
  const byPath = new Map(functions.map(saved => [saved.path, saved.config]));
  return functions.map(saved => {
    const parts = saved.path.split(':');
    const own = parts.at(-1) ?? '';
    const [domain = '', root = ''] = parts;
    let bus: number | null = Number.parseInt(root, 16);
    if (parts.length > 3) {
      const bridge = byPath.get(parts.slice(0, -1).join(':'));
      const isBridge = ((bridge?.read(PCI_HEADER_TYPE, 1) ?? 0) & PCI_HEADER_TYPE_MASK) === PCI_HEADER_TYPE_BRIDGE;
      bus = (isBridge ? bridge?.read(PCI_SECONDARY_BUS, 1) : null) || null;
    }
    const [slot = '0', fn = '0'] = own.split('.');
    const bdf = bus === null ? null : new Bdf(Number.parseInt(domain, 16), bus, Number.parseInt(slot, 16), Number(fn));
    return { ...saved, bdf };
  });
}

/**
 * Reads the PCI devices of a save file. `first` holds its first bytes, `bytes` its last ones, or all of it: devices' state comes after
 * the guest's memory.
 *
 * @throws SaveFileError for what is no save file, or one without its description
 */
export function parseSaveFile(bytes: Uint8Array, first: Uint8Array = bytes): SaveFile {
  if (!isSaveFile(first)) throw new SaveFileError('it is no save file of QEMU: it does not begin with QEVM and version 3');
  const { begin, sections } = parseDescription(bytes);
  const functions: Unplaced[] = [];
  const doubts: string[] = [];
  // One byte says that no section follows.
  let end = begin - 1;
  for (let index = sections.length - 1; index >= 0; index--) {
    const section = sections[index];
    if (section === undefined) continue;
    const state = sectionBefore(bytes, end, section);
    if (state === null) {
      const rest = sections.slice(0, index + 1).filter(({ name }) => PCI_NAME.test(name));
      if (rest.length > 0) doubts.push(`${rest.length} PCI devices are described whose state is not where it should be`);
      break;
    }
    end = state - (1 + 4 + 1 + section.name.length + 4 + 4);
    const [, path, kind] = PCI_NAME.exec(section.name) ?? [];
    if (path === undefined || kind === undefined) continue;
    const found = configPlace(bytes, state, section);
    if (found === null || (found.size !== CONVENTIONAL_SIZE && found.size !== EXTENDED_SIZE) || found.at + found.size > bytes.length) {
      // Such as i440FX's power management, whose section has its function's path.
      if (section.virtio !== null || section.config !== null) doubts.push(`the config space of ${section.name} is not where it should be`);
      continue;
    }
    functions.push({ path, kind, config: new ConfigSpace(bytes.subarray(found.at, found.at + found.size)), at: found.at });
  }
  // A bridge comes before what is behind it, as its path is the beginning of theirs.
  functions.sort((a, b) => (a.path < b.path ? -1 : Number(a.path > b.path)));
  return { machine: machineOf(first), functions: place(functions), doubts };
}

/** The facts of a function of a save file: its config space is what its guest read. */
export function savedFacts({ path, kind, bdf, config }: SavedFunction, above: DeviceFacts['above'] = null): DeviceFacts {
  return deviceFacts(config, { origin: 'save-file', bdf, above, description: `${kind} at guest path ${path}` });
}
