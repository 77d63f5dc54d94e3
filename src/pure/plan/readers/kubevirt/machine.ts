/** The machine type and architecture that KubeVirt runs an instance with. */
import type { DefinedMachine, DefinedValue } from '../../definition.ts';
import type { FindingList } from '../finding-list.ts';
import { textOf, yamlAt } from '../yaml/index.ts';
import type { Cluster } from './cluster.ts';
import type { Instance } from './instance.ts';

/** Go's names of architectures, which Kubernetes has, and `uname -m`'s. */
const ARCHITECTURES: Readonly<Record<string, string>> = { amd64: 'x86_64', arm64: 'aarch64', s390x: 's390x' };

/** The machine type that KubeVirt takes where none is set. */
const DEFAULT_TYPES: Readonly<Record<string, string>> = { x86_64: 'q35', aarch64: 'virt', s390x: 's390-ccw-virtio' };

/** As `uname -m` says it; null where no text says it: the cluster then takes its own. */
export function architectureOf({ spec, preference }: Instance): string | null {
  const name = textOf(yamlAt(spec, 'architecture')) ?? textOf(yamlAt(preference?.node, 'spec', 'preferredArchitecture'));
  if (name === undefined) return null;
  return Object.hasOwn(ARCHITECTURES, name) ? (ARCHITECTURES[name] ?? null) : name;
}

export function machineOf(instance: Instance, cluster: Cluster, list: FindingList): DefinedMachine {
  return { type: machineType(instance, cluster, list), values: [] };
}

/** The instance's own, that of its preference, the cluster's, or KubeVirt's, in that order. */
function machineType(instance: Instance, { machineTypes }: Cluster, list: FindingList): DefinedValue {
  const { object, spec, preference } = instance;
  const own = yamlAt(spec, 'domain', 'machine', 'type');
  const preferred = yamlAt(preference?.node, 'spec', 'machine', 'preferredMachineType');
  for (const [node, text] of [[own, object.text] as const, [preferred, preference?.text ?? object.text] as const]) {
    const value = textOf(node);
    if (node && value !== undefined) return { name: 'type', value, json: null, origin: text.places.at(node.start, node.end) };
  }
  const architecture = architectureOf(instance);
  const goName = Object.keys(ARCHITECTURES).find(name => ARCHITECTURES[name] === architecture) ?? 'amd64';
  const ofCluster = machineTypes.get(goName) ?? machineTypes.get('');
  if (ofCluster !== undefined) return { name: 'type', value: ofCluster.type, json: null, origin: ofCluster.origin };
  const value = DEFAULT_TYPES[architecture ?? 'x86_64'] ?? 'q35';
  const at = spec ?? object.node;
  const origin = { ...object.text.places.at(at.start, at.end), span: null };
  const which = architecture === null ? 'q35 on amd64 and virt on arm64; q35 is taken here, since no architecture is written' : value;
  list.add(
    'note',
    'kubevirt.machine.default',
    `No machine type is written: KubeVirt takes ${which}, as the QEMU of its image knows it`,
    origin,
  );
  return { name: 'type', value, json: null, origin };
}
