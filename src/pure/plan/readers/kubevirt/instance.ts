/** An instance of a VM as KubeVirt would start it: its spec, its annotations, what an instance type and a preference add. */
import type { Origin } from '../../origin.ts';
import type { FindingList } from '../finding-list.ts';
import { entriesOf, itemsOf, textOf, type YamlNode, type YamlText, yamlAt } from '../yaml/index.ts';
import { type Cluster, findObject } from './cluster.ts';
import { type KubeObject, specPath } from './objects.ts';

/** A value and the text that it stands in. */
export interface Written {
  readonly text: YamlText;
  readonly node: YamlNode;
}

export interface Instance {
  readonly object: KubeObject;
  /** Of the instance; undefined where there is none. */
  readonly spec: YamlNode | undefined;
  /** Where the spec stands in the object, for messages. */
  readonly path: string;
  readonly hostDevices: readonly Written[];
  readonly gpus: readonly Written[];
  readonly preference: KubeObject | undefined;
  /** The value that counts, as text. */
  annotation(name: string): { readonly value: string; readonly origin: Origin } | null;
}

export function instanceOf(object: KubeObject, cluster: Cluster, list: FindingList): Instance {
  const above = specPath(object);
  const holder = yamlAt(object.node, ...above);
  const path = [...above, 'spec'].join('.');
  const spec = yamlAt(holder, 'spec');
  // Of a pool the matchers stand in the virtual machine's spec within.
  const owner = above.length === 0 ? undefined : yamlAt(object.node, ...above.slice(0, -1));
  const finder = new Finder(object, cluster, list);
  const instancetype = finder.named(yamlAt(owner, 'instancetype'), 'VirtualMachineClusterInstancetype', 'VirtualMachineInstancetype');
  const preference = finder.named(yamlAt(owner, 'preference'), 'VirtualMachineClusterPreference', 'VirtualMachinePreference');
  const added = (key: 'hostDevices' | 'gpus'): Written[] => {
    const own = yamlAt(spec, 'domain', 'devices', key);
    const typed = instancetype === undefined ? undefined : yamlAt(instancetype.node, 'spec', key);
    if (itemsOf(own).length > 0 && itemsOf(typed).length > 0 && own !== undefined) {
      const words = `VM field(s) ${path}.domain.devices.${key} conflicts with selected instance type`;
      list.add('error', 'kubevirt.instancetype.conflict', words, object.text.places.at(own.start, own.end));
    }
    const ofType = itemsOf(typed).map(node => ({ text: instancetype?.text ?? object.text, node }));
    return itemsOf(own).length > 0 ? itemsOf(own).map(node => ({ text: object.text, node })) : ofType;
  };
  const annotations = [
    { text: object.text, node: yamlAt(holder, 'metadata', 'annotations') },
    ...[instancetype, preference].flatMap(from => (from ? [{ text: from.text, node: yamlAt(from.node, 'spec', 'annotations') }] : [])),
  ];
  return {
    object,
    spec,
    path,
    preference,
    hostDevices: added('hostDevices'),
    gpus: added('gpus'),
    annotation: name => annotated(annotations, name),
  };
}

function annotated(
  annotations: readonly { text: YamlText; node: YamlNode | undefined }[],
  name: string,
): { value: string; origin: Origin } | null {
  for (const { text, node } of annotations) {
    const entry = entriesOf(node).find(({ key }) => key === name);
    if (entry?.value.kind === 'scalar') return { value: entry.value.text, origin: text.places.at(entry.value.start, entry.value.end) };
  }
  return null;
}

/** Finds the objects that a virtual machine refers to by name, and says which are not there. */
class Finder {
  readonly #object: KubeObject;
  readonly #cluster: Cluster;
  readonly #list: FindingList;

  constructor(object: KubeObject, cluster: Cluster, list: FindingList) {
    this.#object = object;
    this.#cluster = cluster;
    this.#list = list;
  }

  /** The kind of a whole cluster is the one where none is written. */
  named(matcher: YamlNode | undefined, ofCluster: string, ofNamespace: string): KubeObject | undefined {
    if (matcher === undefined) return undefined;
    const { places } = this.#object.text;
    const name = textOf(yamlAt(matcher, 'name'));
    const written = textOf(yamlAt(matcher, 'kind'))?.toLowerCase() ?? ofCluster.toLowerCase();
    const kind = [ofCluster, ofNamespace].find(known => [known, `${known}s`].some(form => form.toLowerCase() === written)) ?? ofCluster;
    const found =
      name === undefined ? undefined : findObject(this.#cluster, kind, name, kind === ofNamespace ? this.#object.namespace : null);
    if (found === undefined) {
      const what = name === undefined ? `the ${kind} that a volume names` : `${kind} ${name}`;
      const words = `${what} is not among the inputs: what devices, annotations or machine type it adds is not known; give its file too`;
      this.#list.addGap('warning', 'kubevirt.instancetype.missing', words, places.at(matcher.start, matcher.end));
    }
    return found;
  }
}
