/** Takes what is pasted, dropped or chosen into the page, and shows it. */
import { goTo } from '../model/place.ts';
import type { NamedBytes } from '../model/read-input.ts';
import { MOST_BYTES } from '../model/unpack.ts';
import { type Added, addInputs, clearRefusals, refuse, sources } from '../model/workspace.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Shows the first host that came; definitions that came alone, the plan; else the start, where refusals are told. */
function show({ sources: [first, second], definitions: [definition] }: Added): void {
  if (definition !== undefined && sources.value.length > 0) goTo({ view: 'plan', vm: null, source: null });
  else if (first !== undefined && second === undefined) goTo({ view: 'host', source: first.id });
  else goTo({ view: 'start' });
}

/** The name of a paste: the first is `pasted`, the next `pasted 2`. */
function pasteName(): string {
  const taken = new Set(sources.value.map(({ name }) => name));
  for (let i = 1; ; i++) {
    const name = i === 1 ? 'pasted' : `pasted ${i}`;
    if (!taken.has(name)) return name;
  }
}

/** Reads inputs and shows them; gives whether all could be used. */
export async function takeInputs(inputs: readonly NamedBytes[]): Promise<boolean> {
  clearRefusals();
  const added = await addInputs(inputs);
  const isAll = added.sources.length + added.definitions.length === inputs.length;
  if (isAll || added.sources.length > 0) show(added);
  return isAll;
}

/** Reads what was pasted or typed. */
export async function takeText(text: string, name = pasteName()): Promise<boolean> {
  return takeInputs([{ name, bytes: bytesOf(text) }]);
}

/** Reads files, one after the other, so that only what is used is kept. */
export async function takeFiles(files: Iterable<File>): Promise<void> {
  clearRefusals();
  const all: { sources: Added['sources'][number][]; definitions: Added['definitions'][number][] } = { sources: [], definitions: [] };
  for (const file of files) {
    const bytes = file.size > MOST_BYTES ? null : await file.arrayBuffer().catch(() => null);
    if (bytes === null) {
      const isLarge = file.size > MOST_BYTES;
      refuse(file.name, isLarge ? `it has ${file.size} bytes; wanted at most ${MOST_BYTES}` : 'the browser cannot read it');
      continue;
    }
    const added = await addInputs([{ name: file.name, bytes: new Uint8Array(bytes) }]);
    all.sources.push(...added.sources);
    all.definitions.push(...added.definitions);
  }
  show(all);
}
