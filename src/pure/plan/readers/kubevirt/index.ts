/** Reads KubeVirt's VirtualMachine and VirtualMachineInstance objects, in YAML or JSON. */
import type { VmDefinition } from '../../definition.ts';
import { FindingList } from '../finding-list.ts';
import type { DefinitionText, ReadContext, Reader, Reading } from '../reader.ts';
import { yamlAt } from '../yaml/index.ts';
import { FieldCheck } from './check-fields.ts';
import { clusterOf } from './cluster.ts';
import { definitionOf } from './definition.ts';
import { holdsInstance, type KubeObject, kubeObjects } from './objects.ts';

export const kubevirtReader: Reader = {
  name: 'kubevirt',
  summary: 'KubeVirt VirtualMachine or VirtualMachineInstance',
  // An object's version stands anywhere in it, and in a list behind the list's own.
  matches: text =>
    /["']?apiVersion["']?[ \t]*:\s*["']?[a-z0-9.]*kubevirt\.io\//.test(text) ||
    /^[ \t]{0,64}["']?(?:permittedHostDevices|pciHostDevices)["']?[ \t]{0,64}:/m.test(text),
  read,
};

function read(definition: DefinitionText, context: ReadContext): Reading {
  const { text, objects } = kubeObjects(definition);
  const cluster = clusterOf(definition, context);
  const list = new FindingList();
  for (const { key, start, end } of text.repeatedKeys) {
    const words = `${key} stands twice in one object: the API server refuses it, or takes one of them where validation is not strict`;
    list.add('warning', 'kubevirt.field.repeated', words, text.places.at(start, end));
  }
  const definitions: VmDefinition[] = [];
  for (const object of objects) {
    if (holdsInstance(object)) {
      const own = new FindingList();
      checkInstance(object, own);
      definitions.push(definitionOf(object, definition.file, cluster, own));
    } else {
      checkOther(object, list);
    }
  }
  return { definitions, findings: list.findings };
}

function checkInstance({ kind, node, text }: KubeObject, list: FindingList): void {
  const check = new FieldCheck(text, list);
  const spec = yamlAt(node, 'spec');
  if (kind === 'VirtualMachineInstance') {
    check.instance(spec, 'spec');
    return;
  }
  const isPool = kind === 'VirtualMachinePool';
  const path = isPool ? 'spec.virtualMachineTemplate.spec' : 'spec';
  const owner = isPool ? yamlAt(spec, 'virtualMachineTemplate', 'spec') : spec;
  if (kind !== 'VirtualMachineInstanceReplicaSet') check.fields(owner, 'virtualMachine', path);
  check.fields(yamlAt(owner, 'instancetype'), 'matcher', `${path}.instancetype`);
  check.fields(yamlAt(owner, 'preference'), 'matcher', `${path}.preference`);
  check.fields(yamlAt(owner, 'template'), 'template', `${path}.template`);
  check.instance(yamlAt(owner, 'template', 'spec'), `${path}.template.spec`);
}

/** Objects that VMs draw on. */
function checkOther({ kind, node, text }: KubeObject, list: FindingList): void {
  const check = new FieldCheck(text, list);
  const spec = yamlAt(node, 'spec');
  if (kind === 'KubeVirt') {
    check.permitted(yamlAt(spec, 'configuration', 'permittedHostDevices'), 'spec.configuration.permittedHostDevices');
  } else if (kind === 'VirtualMachineInstancetype' || kind === 'VirtualMachineClusterInstancetype') {
    check.fields(spec, 'instancetype', 'spec');
    check.assigned(spec, 'spec');
  } else if (kind === 'VirtualMachinePreference' || kind === 'VirtualMachineClusterPreference') {
    check.fields(yamlAt(spec, 'machine'), 'machinePreferences', 'spec.machine');
  } else if (kind === '') {
    check.permitted(yamlAt(node, 'permittedHostDevices'), 'permittedHostDevices');
  }
}
