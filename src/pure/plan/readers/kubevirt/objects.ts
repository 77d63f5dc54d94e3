/** The Kubernetes objects of a text: of its documents, those in lists among them. */
import { type DefinitionText, MOST_CHARACTERS } from '../reader.ts';
import { itemsOf, parseYaml, textOf, type YamlNode, type YamlText, yamlAt } from '../yaml/index.ts';

export interface KubeObject {
  /** Empty where it has none, such as a list of permitted devices alone. */
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string | null;
  readonly namespace: string | null;
  readonly node: YamlNode;
  readonly text: YamlText;
}

export interface KubeText {
  readonly text: YamlText;
  readonly objects: readonly KubeObject[];
}

/** Kinds of objects that hold the spec of an instance, and where. */
const SPEC_PATHS: Readonly<Record<string, readonly string[]>> = {
  VirtualMachine: ['spec', 'template'],
  VirtualMachineInstance: [],
  VirtualMachineInstanceReplicaSet: ['spec', 'template'],
  VirtualMachinePool: ['spec', 'virtualMachineTemplate', 'spec', 'template'],
};

/** Whether an object is of a kind that VMs are made of. */
export function holdsInstance({ kind, apiVersion }: KubeObject): boolean {
  return Object.hasOwn(SPEC_PATHS, kind) && apiVersion.includes('kubevirt.io/');
}

/** The keys down to what holds an instance's metadata and spec. */
export function specPath({ kind }: KubeObject): readonly string[] {
  return SPEC_PATHS[kind] ?? [];
}

/** Inputs that belong to many definitions are read once. */
const known = new WeakMap<DefinitionText, KubeText>();

/** Throws DefinitionError for a text that is no YAML. */
export function kubeObjects(definition: DefinitionText): KubeText {
  const before = known.get(definition);
  if (before !== undefined) return before;
  const text = parseYaml(definition);
  const objects: KubeObject[] = [];
  // Lists may hold lists; one stands for no more values than the parser lets aliases stand for.
  const left = [...text.documents].reverse();
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    const kind = textOf(yamlAt(node, 'kind')) ?? '';
    const items = yamlAt(node, 'items');
    if (kind.endsWith('List') && items?.kind === 'list') {
      for (const item of itemsOf(items).toReversed()) left.push(item);
    } else {
      objects.push(objectOf(kind, node, text));
    }
  }
  const read = { text, objects };
  known.set(definition, read);
  return read;
}

function objectOf(kind: string, node: YamlNode, text: YamlText): KubeObject {
  const metadata = yamlAt(node, 'metadata');
  return {
    kind,
    apiVersion: textOf(yamlAt(node, 'apiVersion')) ?? '',
    name: textOf(yamlAt(metadata, 'name')) ?? textOf(yamlAt(metadata, 'generateName')) ?? null,
    namespace: textOf(yamlAt(metadata, 'namespace')) ?? null,
    node,
    text,
  };
}

/** Whether another input may say something about a VM: what it permits, an instance type, a preference, a network. */
export function isAboutCluster({ text }: DefinitionText): boolean {
  return (
    text.length <= MOST_CHARACTERS && /permittedHostDevices|pciHostDevices|mediatedDevices|kubevirt\.io\/|k8s\.cni\.cncf\.io\//.test(text)
  );
}
