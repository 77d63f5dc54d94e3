/** What the page holds: the inputs given so far, and what of them is looked at. */
import { computed, signal } from '@preact/signals';
import type { DeviceFacts } from '../../pure/facts/index.ts';
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

/** Reads inputs and adds those that can be used; tells of the others. Returns those added. */
export async function addInputs(inputs: readonly NamedBytes[]): Promise<readonly Source[]> {
  const added: Source[] = [];
  const refused: Refusal[] = [];
  for (const { name, bytes } of inputs)
    try {
      added.push({ id: `i${++count}`, name, bytes, read: await readInput(bytes) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      refused.push({ name, why: error.message });
    }
  sources.value = [...sources.value, ...added];
  refusals.value = refused;
  return added;
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
  return devices.value.find(({ source, index: at }) => source.id === sourceId && at === index) ?? null;
}
