/** Brings an instance of KubeVirt to a definition: the words that virt-launcher and libvirt give QEMU for it, as far as its text decides. */
import { nearestNames } from '../../../text/nearest-names.ts';
import type { DefinedGlobal, DefinedObject, DefinedValue, VmDefinition } from '../../definition.ts';
import type { FindingList } from '../finding-list.ts';
import { booleanOf, entriesOf, jsonKindOf, textOf, yamlAt } from '../yaml/index.ts';
import { type Assigned, assignedDevices, written } from './assigned.ts';
import type { Cluster } from './cluster.ts';
import { graceFindings } from './grace.ts';
import { type Instance, instanceOf } from './instance.ts';
import { architectureOf, machineOf } from './machine.ts';
import type { KubeObject } from './objects.ts';
import { interfaceSlots, placedDevices } from './places.ts';

const ROOT_COMPLEX = 'kubevirt.io/placePCIDevicesOnRootComplex';
const NO_HOLE = 'kubevirt.io/disablePCIHole64';

/** The name of libvirt's one iommufd object. */
const IOMMUFD = 'iommufd0';

export function definitionOf(object: KubeObject, file: string, cluster: Cluster, list: FindingList): VmDefinition {
  const instance = instanceOf(object, cluster, list);
  checkName(object, list);
  checkAnnotations(instance, list);
  const assigned = assignedDevices(instance, cluster, list);
  const architecture = architectureOf(instance);
  const iommufd = cluster.gates.get('IOMMUFD');
  const isGrace = cluster.gates.has('GraceIOVirtualization') && assigned.some(device => device.isGrace);
  if (isGrace) graceFindings(instance, cluster, list);
  else numaFinding(instance, cluster, assigned, list);
  const rootComplex = instance.annotation(ROOT_COMPLEX);
  const { places } = object.text;
  return {
    name: [object.namespace, object.name ?? `${object.kind} at line ${places.at(object.node.start, object.node.start).line}`]
      .filter(part => part !== null)
      .join('/'),
    source: { format: 'kubevirt', file, line: places.at(object.node.start, object.node.start).line },
    vmm: { family: 'qemu', architecture, program: null },
    machine: machineOf(instance, cluster, list),
    // libvirt always says -nodefaults.
    hasDefaultDevices: false,
    otherOptions: [],
    accelerators: ['kvm'],
    globals: holeGlobal(instance, architecture),
    objects: iommufd === undefined || assigned.length === 0 ? [] : [iommufdObject(iommufd)],
    devices: placedDevices(
      assigned,
      {
        isOnRootComplex: rootComplex?.value === 'true' && architecture !== 's390x',
        isGrace,
        interfaceSlots: interfaceSlots(instance.spec),
        backend: iommufd === undefined ? [] : [{ name: 'iommufd', value: IOMMUFD, json: null, origin: iommufd }],
      },
      list,
    ),
    ...list.partial,
    findings: list.findings,
  };
}

function iommufdObject(origin: DefinedValue['origin']): DefinedObject {
  return { type: 'iommufd', id: IOMMUFD, values: [], origin };
}

/** The annotation is for amd64 alone. */
function holeGlobal(instance: Instance, architecture: string | null): DefinedGlobal[] {
  const hole = instance.annotation(NO_HOLE);
  if (hole?.value.toLowerCase() !== 'true' || architecture === 'aarch64' || architecture === 's390x') return [];
  return [{ driver: 'q35-pcihost', ...written('pci-hole64-size', '0K', hole.origin) }];
}

/** A template's `name: {{ .Values.name }}` is YAML too, of a map. */
function checkName({ node, text: { places } }: KubeObject, list: FindingList): void {
  const name = yamlAt(node, 'metadata', 'name');
  if (name === undefined || textOf(name) !== undefined) return;
  const words =
    'metadata.name is no text: of a template ({{ … }}), such as Helm has them, plan what it renders; an API server refuses it as it is';
  list.addGap('warning', 'kubevirt.name.type', words, places.at(name.start, name.end));
}

/** Annotations that decide of devices: misspelt ones do nothing, and one that is no string is refused. */
function checkAnnotations({ object, path }: Instance, list: FindingList): void {
  const { places } = object.text;
  const holder = path.split('.').slice(0, -1);
  const own = yamlAt(object.node, ...holder, 'metadata', 'annotations');
  const elsewhere = holder.length === 0 ? undefined : yamlAt(object.node, 'metadata', 'annotations');
  for (const { key, keyStart, keyEnd } of entriesOf(elsewhere)) {
    if (key !== ROOT_COMPLEX && key !== NO_HOLE) continue;
    const words = `${key} has no effect on a ${object.kind}: write it under ${holder.join('.')}.metadata.annotations`;
    list.add('warning', 'kubevirt.annotation.place', words, places.at(keyStart, keyEnd));
  }
  for (const { key, keyStart, keyEnd, value } of entriesOf(own)) {
    if (key === 'hooks.kubevirt.io/hookSidecars') {
      const words = 'A hook sidecar may rewrite what libvirt is given: what this plan says holds only as far as it does not';
      list.addGap('note', 'kubevirt.sidecars', words, places.at(keyStart, keyEnd));
    }
    if (key === ROOT_COMPLEX || key === NO_HOLE) {
      if (jsonKindOf(value) !== 'string') {
        const words = `The annotation ${key} is no string: the API server refuses it, write it in quotes`;
        list.add('error', 'kubevirt.annotation.type', words, places.at(value.start, value.end));
      }
      continue;
    }
    const [near] = key.startsWith('kubevirt.io/') ? nearestNames(key, [ROOT_COMPLEX, NO_HOLE]) : [];
    if (near === undefined) continue;
    list.add(
      'warning',
      'kubevirt.annotation.unknown',
      `KubeVirt knows no annotation ${key} (did you mean ${near}?)`,
      places.at(keyStart, keyEnd),
    );
  }
}

/** Whose port is behind which expander bus depends on where the chosen devices are. */
function numaFinding({ spec, path, object }: Instance, { gates }: Cluster, assigned: readonly Assigned[], list: FindingList): void {
  const cpu = yamlAt(spec, 'domain', 'cpu');
  if (!gates.has('PCINUMAAwareTopology') || cpu === undefined || booleanOf(yamlAt(cpu, 'dedicatedCpuPlacement')) !== true) return;
  if (assigned.length === 0) return;
  const isStrict = yamlAt(cpu, 'numa', 'guestMappingPassthrough') !== undefined;
  const words = isStrict
    ? 'KubeVirt puts each device behind an expander bus of its NUMA node, and refuses to start where one has none'
    : 'KubeVirt puts each device behind an expander bus of its NUMA node, where it has one';
  const { places } = object.text;
  list.addGap(
    'note',
    'kubevirt.numa.place',
    `${words}: which is not known before the pod is placed (${path}.domain.cpu)`,
    places.at(cpu.start, cpu.end),
  );
}
