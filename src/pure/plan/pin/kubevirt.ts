/** Pins in the words of KubeVirt, whose instances have a field for the machine type and for no property of a device. */
import type { VmDefinition } from '../definition.ts';
import { type KubeObject, kubeObjects, specPath } from '../readers/kubevirt/objects.ts';
import { yamlAt, yamlEntry } from '../readers/yaml/index.ts';
import type { TextEdit } from './edits.ts';
import { type Pin, type PinEdits, PinResult } from './pins.ts';
import { type EditedText, entryEdit, missingValueEdit } from './yaml-edits.ts';

export function pinKubevirt(definition: VmDefinition, text: string, pins: readonly Pin[]): PinEdits {
  const result = new PinResult();
  for (const pin of pins) {
    const edit = pin.driver === null ? machineEdit(definition, text, pin) : `KubeVirt has no field for ${pin.name}`;
    result.add(pin, edit ?? 'the place of spec.domain in the text is not known');
  }
  return result;
}

/** The object itself says it, whatever a preference or the cluster says. */
function machineEdit(definition: VmDefinition, text: string, { value }: Pin): TextEdit | null {
  const { file, line } = definition.source;
  const edited: EditedText = { file, text };
  const found = kubeObjects({ file, text }).objects.find(({ node, text: { places } }) => places.at(node.start, node.start).line === line);
  if (found === undefined) return null;
  const domain = domainOf(found);
  if (domain?.kind !== 'map') return null;
  const machine = yamlEntry(domain, 'machine');
  if (machine === undefined) return entryEdit(edited, domain, 'machine', ['type', value]);
  if (machine.value.kind !== 'map') return missingValueEdit(edited, machine.keyEnd, ['type', value]);
  const type = yamlAt(machine.value, 'type');
  if (type === undefined) return entryEdit(edited, machine.value, 'type', value);
  const isPlain = type.kind === 'scalar' && (type.style === 'plain' || type.style === 'quoted');
  if (!isPlain) return null;
  // An empty word in no quotes stands right behind its colon.
  const isNothing = type.start === type.end && !/["']/.test(text[type.start - 1] ?? '');
  return isNothing ? null : { file, span: { start: type.start, end: type.end }, text: value };
}

const domainOf = (object: KubeObject) => yamlAt(object.node, ...specPath(object), 'spec', 'domain');
