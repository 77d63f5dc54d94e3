/** Definitions of VMs that the page was given, as text; what can be read of them is loaded when it is wanted. */
import { signal } from '@preact/signals';

/** A definition as it was given. */
export interface DefinitionSource {
  /** Distinct in this page; begins with `d`. */
  readonly id: string;
  /** Of the file, or `pasted`. */
  readonly name: string;
  readonly text: string;
  /** The same as it was given. */
  readonly bytes: Uint8Array;
}

export const definitions = signal<readonly DefinitionSource[]>([]);

let count = 0;

/** Bytes of a file as text: UTF-8, or UTF-16 where it says so by its mark. */
export function definitionText(bytes: Uint8Array): string {
  const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  return new TextDecoder(mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : 'utf-8').decode(bytes);
}

/** Whether the text is a definition of a VM, or one that is known and not read, which the plan then says; asks the readers by content. */
export async function isDefinition(text: string): Promise<boolean> {
  const readers = await import('../../pure/plan/readers/is-definition.ts');
  return readers.isDefinition(text);
}

/** A name that no other has: `vm.xml (2)`. */
function freeName(name: string, taken: readonly DefinitionSource[]): string {
  let free = name;
  for (let number = 2; taken.some(other => other.name === free); number++) free = `${name} (${number})`;
  return free;
}

/** Adds definitions; those of equal name and text are there once, another text of a name has a number behind it. Returns those added. */
export function addDefinitions(given: readonly { readonly name: string; readonly bytes: Uint8Array }[]): readonly DefinitionSource[] {
  const added: DefinitionSource[] = [];
  for (const { name, bytes } of given) {
    const text = definitionText(bytes);
    const here = [...definitions.value, ...added];
    if (here.some(other => other.name === name && other.text === text)) continue;
    added.push({ id: `d${++count}`, name: freeName(name, here), text, bytes });
  }
  definitions.value = [...definitions.value, ...added];
  return added;
}

/** Takes a definition out of the page. */
export function removeDefinition(id: string): void {
  definitions.value = definitions.value.filter(definition => definition.id !== id);
}
