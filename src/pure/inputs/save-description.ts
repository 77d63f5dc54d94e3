/** The JSON at the end of a QEMU save file, which says what its sections hold (QEMU docs/devel/migration, "analyze-migration"). */
import { formatLatin1 } from './detect-format.ts';

/** A file that should be a save file and cannot be read as one; the message is one line. */
export class SaveFileError extends Error {
  override readonly name = 'SaveFileError';
}

/** A device's section as the description has it. */
export interface DescribedSection {
  /** For a PCI device its guest path and its kind: `0000:00:01.0:00.0/e1000e`. */
  readonly name: string;
  readonly instance: number;
  readonly version: number;
  /** Bytes between the section's header and its footer. */
  readonly size: number;
  /** Where config space stands in those bytes; null where the description names none. */
  readonly config: { readonly at: number; readonly size: number } | null;
  /** Bytes of a field that virtio devices write in a way of their own, where it is the first; else null. */
  readonly virtio: number | null;
}

/** The description, and the offset of the byte that it begins at. */
export interface Description {
  readonly begin: number;
  readonly sections: readonly DescribedSection[];
}

const DESCRIPTION = 6;
/** Marker and length. */
const PREFIX = 5;
/** Real ones have some 50 KB for a small machine, and a few MB for a large one. */
const MOST_JSON = 16 * 1024 * 1024;
/** Zeros behind it, of a file that was made larger than what it holds. */
const MOST_PADDING = 1024 * 1024;
/** Structs within structs; QEMU's own have less than ten. */
const MOST_DEPTH = 40;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function fault(words: string): SaveFileError {
  return new SaveFileError(`the description at the end of the save file ${words}`);
}

/** Where the JSON begins, found from its end: its length stands before it. */
function findText(bytes: Uint8Array): { at: number; end: number } {
  let end = bytes.length;
  while (end > 0 && bytes.length - end < MOST_PADDING && bytes[end - 1] === 0) end--;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const least = Math.max(0, end - MOST_JSON);
  for (let at = bytes.lastIndexOf(DESCRIPTION, end - PREFIX); at >= least; at = at === 0 ? -1 : bytes.lastIndexOf(DESCRIPTION, at - 1)) {
    if (view.getUint32(at + 1) === end - at - PREFIX) return { at, end };
  }
  throw new SaveFileError(
    'the save file does not end in a description of its sections: it was cut short, or was made with suppress-vmdesc=on',
  );
}

/** Adds up the sizes of fields, and finds config space among them. */
class Fields {
  size = 0;
  config: DescribedSection['config'] = null;

  add(fields: unknown, depth: number): void {
    for (const field of listOf(fields)) {
      if (!isObject(field) || !isCount(field.size)) throw fault('has a field without a size');
      const count = field.array_len === undefined ? 1 : field.array_len;
      if (!isCount(count)) throw fault('has a field with a length that is no number');
      if (this.config === null) this.#findConfig(field, depth);
      this.size += field.size * count;
    }
  }

  #findConfig(field: Json, depth: number): void {
    if (field.type === 'pci config') this.config = { at: this.size, size: Number(field.size) };
    if (!isObject(field.struct)) return;
    if (depth > MOST_DEPTH) throw fault(`has structs more than ${MOST_DEPTH} deep`);
    const inner = new Fields();
    inner.add(field.struct.fields, depth + 1);
    if (inner.config !== null) this.config = { ...inner.config, at: this.size + inner.config.at };
  }

  /** Subsections follow the fields, each with a marker, its name behind a byte of length, and a version of four bytes. */
  addSubsections(subsections: unknown, depth: number): void {
    for (const section of listOf(subsections)) {
      if (!isObject(section) || typeof section.vmsd_name !== 'string') throw fault('has a subsection without a name');
      if (depth > MOST_DEPTH) throw fault(`has subsections more than ${MOST_DEPTH} deep`);
      this.size += 1 + 1 + section.vmsd_name.length + 4;
      this.add(section.fields, depth + 1);
      this.addSubsections(section.subsections, depth + 1);
    }
  }
}

function describedSection(device: unknown): DescribedSection {
  if (!isObject(device) || typeof device.name !== 'string') throw fault('has a section without a name');
  const { name, instance_id: instance = 0, version = 0 } = device;
  if (!isCount(instance) || !isCount(version)) throw fault('has a section whose instance or version is no number');
  const fields = new Fields();
  fields.add(device.fields, 0);
  fields.addSubsections(device.subsections, 0);
  const [first] = listOf(device.fields);
  const virtio = isObject(first) && first.type === 'virtio' ? Number(first.size) : null;
  return { name, instance, version, size: fields.size, config: fields.config, virtio };
}

/**
 * Finds and reads the description at the end of `bytes`.
 * @throws SaveFileError where there is none, or it is none
 */
export function parseDescription(bytes: Uint8Array): Description {
  const { at, end } = findText(bytes);
  let json: unknown;
  try {
    json = JSON.parse(formatLatin1(bytes.subarray(at + PREFIX, end)));
  } catch {
    throw fault('is not valid JSON');
  }
  if (!isObject(json) || !Array.isArray(json.devices)) throw fault('has no list of devices');
  return { begin: at, sections: json.devices.map(describedSection) };
}
