/** VMs that are alike: of a fleet most differ in no more than their names, and what is found of one holds for the others. */
import type { VmDefinition } from './definition.ts';

/** Where a value stands in its text, as JSON has it: judged VMs read lines and columns, and of a span whether there is one. */
const SPAN = /"span":\{"start":\d+,"end":\d+\}/g;

/**
 * All that a definition says but for its name, its file and the indices of its values, as a text: two definitions with equal texts are
 * judged alike on every host. Lines and columns are in it, since messages name them. A quote within a value is escaped in JSON, so that no
 * value can look like a key.
 */
export function alikeText(definition: VmDefinition): string {
  const { file } = definition.source;
  const text = JSON.stringify({ ...definition, name: '' });
  return text.replaceAll(`"file":${JSON.stringify(file)}`, '"file":0').replaceAll(SPAN, '"span":0');
}
