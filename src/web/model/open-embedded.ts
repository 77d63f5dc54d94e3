/** Reads what `airlock explore` put into the page, and says where it begins: the device where there is one, else the host, else the plan. */
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { EMBEDDED, type EmbeddedInput, embeddedBytes } from './embedded.ts';
import type { Place } from './place.ts';
import { type Added, addInputs, changeRead } from './workspace.ts';

/** Where a page with these inputs begins. */
export function firstPlace({ sources, definitions }: Added): Place {
  const [source] = sources;
  if (definitions.length > 0) return { view: 'plan', vm: null, source: null };
  if (source === undefined) return { view: 'start' };
  const isOneDevice = sources.length === 1 && source.read.devices.length === 1;
  return isOneDevice ? { view: 'device', source: source.id, device: 0 } : { view: 'host', source: source.id };
}

const withoutAddress = (devices: readonly DeviceFacts[], addressless: readonly number[]): readonly DeviceFacts[] =>
  devices.map((device, index) => (addressless.includes(index) ? { ...device, bdf: null } : device));

async function add({ name, notes = [], addressless = [], ...content }: EmbeddedInput): Promise<Added> {
  const added = await addInputs([{ name, bytes: embeddedBytes(content) }]);
  if (notes.length === 0 && addressless.length === 0) return added;
  for (const { id } of added.sources)
    changeRead(id, read => ({ ...read, devices: withoutAddress(read.devices, addressless), notes: [...notes, ...read.notes] }));
  return added;
}

/** Adds the embedded inputs; gives where the page begins with them, and null for a page without. */
export async function openEmbedded(): Promise<Place | null> {
  if (EMBEDDED === null || EMBEDDED.inputs.length === 0) return null;
  const added: Added[] = [];
  for (const input of EMBEDDED.inputs) added.push(await add(input));
  return firstPlace({ sources: added.flatMap(each => each.sources), definitions: added.flatMap(each => each.definitions) });
}
