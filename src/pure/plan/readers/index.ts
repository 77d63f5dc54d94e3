/** The formats that definitions are read from, and which one a text is of. A format is its reader and one line here. */
import type { FormatName } from '../definition.ts';
import { cloudHypervisorReader } from './cloud-hypervisor/index.ts';
import { firecrackerReader } from './firecracker/index.ts';
import { incusReader } from './incus/index.ts';
import { kubevirtReader } from './kubevirt/index.ts';
import { libvirtReader } from './libvirt/index.ts';
import { proxmoxReader } from './proxmox/index.ts';
import { qemuReader } from './qemu/index.ts';
import { DefinitionError, type DefinitionText, MOST_CHARACTERS, type ReadContext, type Reader, type Reading } from './reader.ts';
import { unreadFormat } from './unread-format.ts';

export * from './reader.ts';

/** All of them; QEMU's is asked last whether a text is of its format. */
export const READERS: readonly Reader[] = [
  kubevirtReader,
  cloudHypervisorReader,
  proxmoxReader,
  incusReader,
  firecrackerReader,
  libvirtReader,
  // Behind the others, whose texts may hold such command lines.
  qemuReader,
];

/** In the order in which they are asked: the first that says so reads the text. libvirt tells by the first element, which no other has. */
const ASKED: readonly Reader[] = [libvirtReader, ...READERS.filter(reader => reader !== libvirtReader)];

/**
 * The definitions that a text holds.
 *
 * @param definition the text and its name
 * @param format null to choose by content
 * @param context what the reader may ask for besides; {@link NO_CONTEXT} has nothing
 * @throws DefinitionError for a text that cannot be read at all, or whose format is not known
 */
export function readDefinitions(definition: DefinitionText, format: FormatName | null, context: ReadContext): Reading {
  if (definition.text.length > MOST_CHARACTERS) {
    throw new DefinitionError(`${definition.file} has ${definition.text.length} characters, a definition has at most ${MOST_CHARACTERS}`);
  }
  const reading = readerFor(definition, format).read(definition, context);
  if (format !== null && reading.definitions.length === 0) refuseOther(definition, format);
  return reading;
}

/** Nothing besides the text: no other inputs, no files. */
export const NO_CONTEXT: ReadContext = { related: [], openFile: () => null };

/** A text without a VM of the format that was asked for may be one of another. */
function refuseOther({ file, text }: DefinitionText, format: FormatName): void {
  const other = ASKED.find(({ matches }) => matches(text));
  if (other === undefined || other.name === format) return;
  throw new DefinitionError(`${file} holds no VM of ${format}: by its content it is of ${other.name} (${other.summary})`);
}

function readerFor(definition: DefinitionText, format: FormatName | null): Reader {
  const reader = ASKED.find(({ name, matches }) => (format === null ? matches(definition.text) : name === format));
  if (reader !== undefined) return reader;
  if (format !== null) throw new DefinitionError(`There is no reader for the format ${format}`);
  const unread = unreadFormat(definition.text);
  if (unread !== null) throw new DefinitionError(`${definition.file} cannot be planned: ${unread.words}`, null, unread);
  const known = READERS.map(({ summary }) => summary).join(', ');
  throw new DefinitionError(`${definition.file} is not a definition of a VM that is known by its content: ${known}`, null, {
    isOfNone: true,
  });
}
