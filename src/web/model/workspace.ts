/** What the page holds: the inputs given so far, and what of them is looked at. */
import { computed, signal } from '@preact/signals';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import { contentId } from './content-id.ts';
import { addDefinitions, type DefinitionSource } from './definitions.ts';
import { prepareHost } from './host-model.ts';
import type { ReadingChoice } from './input-error.ts';
import { isPciIds, takePciIds } from './names.ts';
import { InputError, type NamedBytes, type ReadInput, readInput } from './read-input.ts';

/** An input that was given to the page. */
export interface Source extends NamedBytes {
  /** Distinct in this page; begins with `i`. */
  readonly id: string;
  readonly read: ReadInput;
}

/** An input that could not be read. */
export interface Refusal {
  readonly name: string;
  readonly why: string;
  /** Where it can be read in several ways: the ways, and its bytes. */
  readonly choice?: { readonly readings: readonly ReadingChoice[]; readonly bytes: Uint8Array };
}

/** How far the reading of an input is. */
export interface Reading {
  readonly name: string;
  readonly done: number;
  readonly bytes: number;
}

/** What an addition brought. */
export interface Added {
  readonly sources: readonly Source[];
  readonly definitions: readonly DefinitionSource[];
}

/** One device of a source. */
export interface DeviceChoice {
  readonly source: Source;
  /** Of the source's devices, from 0. */
  readonly index: number;
  readonly facts: DeviceFacts;
}

let count = 0;

export const sources = signal<readonly Source[]>([]);
export const refusals = signal<readonly Refusal[]>([]);
/** null while nothing is read. */
export const reading = signal<Reading | null>(null);

/** An input of the same name and content. */
function findSame({ name, bytes }: NamedBytes): Source | undefined {
  return sources.value.find(
    other => other.name === name && other.bytes.length === bytes.length && contentId(other.bytes) === contentId(bytes),
  );
}

/** Reads one input; adds nothing to the page yet. */
async function readOne({ name, bytes, form }: NamedBytes, added: Source[], defining: NamedBytes[]): Promise<void> {
  const tell = (done: number): void => {
    reading.value = { name, done, bytes: bytes.length };
  };
  tell(0);
  if (isPciIds(bytes)) {
    takePciIds(name, bytes);
    return;
  }
  const before = findSame({ name, bytes });
  if (before !== undefined) {
    added.push(before);
    return;
  }
  const read = await readInput(bytes, tell, form ?? null);
  if (read.kind === 'definition') defining.push({ name, bytes: read.bytes });
  else {
    await prepareHost(read);
    added.push({ id: `i${++count}`, name, bytes, read });
  }
}

/** Tells of an input that could not even be opened. */
export function refuse(name: string, why: string): void {
  refusals.value = [...refusals.value, { name, why }];
}

/** Forgets what could not be read. */
export function clearRefusals(): void {
  refusals.value = [];
}

/** Reads inputs and adds those that can be used, each once; tells of the others. Returns those that are in the page then. */
export async function addInputs(inputs: readonly NamedBytes[]): Promise<Added> {
  const added: Source[] = [];
  const defining: NamedBytes[] = [];
  const refused: Refusal[] = [];
  for (const input of inputs)
    try {
      await readOne(input, added, defining);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      const { message, readings } = error;
      refused.push({ name: input.name, why: message, ...(readings.length > 0 && { choice: { readings, bytes: input.bytes } }) });
    } finally {
      reading.value = null;
    }
  sources.value = [...sources.value, ...added.filter(source => !sources.value.includes(source))];
  refusals.value = [...refusals.value, ...refused];
  return { sources: added, definitions: addDefinitions(defining) };
}

/** Says otherwise what an input holds. */
export function changeRead(id: string, change: (read: ReadInput) => ReadInput): void {
  sources.value = sources.value.map(source => (source.id === id ? { ...source, read: change(source.read) } : source));
}

/** Takes an input out of the page. */
export function removeSource(id: string): void {
  sources.value = sources.value.filter(source => source.id !== id);
}

/** The address of a device, or its place in its input where it has none: `0000:3b:00.0`, `device 1`. */
export function deviceName({ facts, index }: Pick<DeviceChoice, 'facts' | 'index'>): string {
  return facts.bdf === null ? `device ${index + 1}` : facts.bdf.text;
}

/** All devices of all sources. */
export const devices = computed<readonly DeviceChoice[]>(() =>
  sources.value.flatMap(source => source.read.devices.map((facts, index) => ({ source, index, facts }))),
);

/** The device at `index` of a source; null where there is none. */
export function findDevice(sourceId: string, index: number): DeviceChoice | null {
  const source = sources.value.find(({ id }) => id === sourceId);
  const facts = source?.read.devices[index];
  return source === undefined || facts === undefined ? null : { source, index, facts };
}
