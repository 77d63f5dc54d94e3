/** What the other objects of a question say about the cluster: which devices it permits, its gates, instance types, networks. */
import type { HostSelector } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { DefinitionError, type DefinitionText, type ReadContext } from '../reader.ts';
import { itemsOf, textOf, type YamlNode, yamlAt } from '../yaml/index.ts';
import { holdsInstance, isAboutCluster, type KubeObject, kubeObjects } from './objects.ts';

/** What stands behind the name of a resource. */
export interface Resource {
  readonly pci: HostSelector[];
  /** Names of types of mediated devices. */
  readonly mediated: string[];
  usb: boolean;
  /** Whether all of its PCI devices are GPUs that GraceIOVirtualization is for. */
  grace: boolean;
}

export interface Cluster {
  /** null where no object says which devices are permitted. */
  readonly resources: ReadonlyMap<string, Resource> | null;
  /** The feature gates that are open, and where that is said. */
  readonly gates: ReadonlyMap<string, Origin>;
  /** Machine types that a cluster sets, by Go's name of the architecture, empty for all; with where. */
  readonly machineTypes: ReadonlyMap<string, { readonly type: string; readonly origin: Origin }>;
  /** By kind and name. */
  readonly objects: ReadonlyMap<string, readonly KubeObject[]>;
}

/** The GPUs that KubeVirt 1.9's gate GraceIOVirtualization is for, as vendor and device. */
const GRACE_GPUS: ReadonlySet<number> = new Set([0x10de2342, 0x10de2348, 0x10de2941]);

/** What the text itself and the inputs besides it say; one that cannot be read says nothing here, since it is told of where it is read. */
export function clusterOf(definition: DefinitionText, context: ReadContext): Cluster {
  const objects = [...kubeObjects(definition).objects.filter(isOfCluster), ...relatedObjects(context.related)];
  const resources = new Map<string, Resource>();
  const gates = new Map<string, Origin>();
  const machineTypes = new Map<string, { type: string; origin: Origin }>();
  let permits = false;
  for (const object of objects) {
    const configuration = yamlAt(object.node, 'spec', 'configuration');
    if (object.kind === 'KubeVirt') takeConfiguration(object, configuration, gates, machineTypes);
    // A file may hold the part alone that says what is permitted.
    const whole = object.kind === 'KubeVirt' ? configuration : object.kind === '' ? object.node : undefined;
    const permitted = yamlAt(whole, 'permittedHostDevices') ?? (object.kind === '' ? object.node : undefined);
    if (permitted === undefined || !['pciHostDevices', 'mediatedDevices', 'usb'].some(key => yamlAt(permitted, key))) continue;
    permits = true;
    takePermitted(permitted, resources);
  }
  return { resources: permits ? resources : null, gates, machineTypes, objects: byName(objects) };
}

/** The inputs besides are the same for each of many definitions. */
const relatedBefore = new WeakMap<readonly DefinitionText[], readonly KubeObject[]>();

function relatedObjects(related: readonly DefinitionText[]): readonly KubeObject[] {
  const before = relatedBefore.get(related);
  if (before !== undefined) return before;
  const objects = related.filter(isAboutCluster).flatMap(text => objectsOrNone(text).filter(isOfCluster));
  relatedBefore.set(related, objects);
  return objects;
}

const isOfCluster = (object: KubeObject): boolean => !holdsInstance(object);

function objectsOrNone(definition: DefinitionText): readonly KubeObject[] {
  try {
    return kubeObjects(definition).objects;
  } catch (error) {
    if (error instanceof DefinitionError) return [];
    throw error;
  }
}

function takeConfiguration(
  { text }: KubeObject,
  configuration: YamlNode | undefined,
  gates: Map<string, Origin>,
  machineTypes: Map<string, { type: string; origin: Origin }>,
): void {
  for (const gate of itemsOf(yamlAt(configuration, 'developerConfiguration', 'featureGates'))) {
    const name = textOf(gate);
    if (name !== undefined) gates.set(name, text.places.at(gate.start, gate.end));
  }
  for (const gate of itemsOf(yamlAt(configuration, 'developerConfiguration', 'disabledFeatureGates'))) gates.delete(textOf(gate) ?? '');
  for (const architecture of ['', 'amd64', 'arm64', 's390x']) {
    const node = architecture === '' ? configuration : yamlAt(configuration, 'architectureConfiguration', architecture);
    const type = yamlAt(node, 'machineType');
    const words = textOf(type);
    if (type !== undefined && words !== undefined)
      machineTypes.set(architecture, { type: words, origin: text.places.at(type.start, type.end) });
  }
}

function takePermitted(permitted: YamlNode, resources: Map<string, Resource>): void {
  const resourceOf = (row: YamlNode): Resource | undefined => {
    const name = textOf(yamlAt(row, 'resourceName'));
    if (name === undefined) return undefined;
    const resource = resources.get(name) ?? { pci: [], mediated: [], usb: false, grace: true };
    resources.set(name, resource);
    return resource;
  };
  for (const row of itemsOf(yamlAt(permitted, 'pciHostDevices'))) {
    const resource = resourceOf(row);
    const selector = parsePciSelector(textOf(yamlAt(row, 'pciVendorSelector')) ?? '');
    if (resource === undefined || selector === null) continue;
    resource.pci.push(selector);
    resource.grace &&= GRACE_GPUS.has((selector.vendorId ?? 0) * 0x10000 + (selector.deviceId ?? 0));
  }
  for (const row of itemsOf(yamlAt(permitted, 'mediatedDevices'))) {
    resourceOf(row)?.mediated.push(textOf(yamlAt(row, 'mdevNameSelector')) ?? '?');
  }
  for (const row of itemsOf(yamlAt(permitted, 'usb'))) {
    const resource = resourceOf(row);
    if (resource !== undefined) resource.usb = true;
  }
}

/** `15B3:101E`, or `15B3:*` for all devices of a vendor; null for anything else. */
export function parsePciSelector(text: string): HostSelector | null {
  const [, vendor = '', device = ''] = /^\s*([0-9a-f]{4})\s*:\s*([0-9a-f]{4}|\*)\s*$/i.exec(text) ?? [];
  if (vendor === '') return null;
  const vendorId = Number.parseInt(vendor, 16);
  return device === '*' ? { vendorId } : { vendorId, deviceId: Number.parseInt(device, 16) };
}

function byName(objects: readonly KubeObject[]): ReadonlyMap<string, readonly KubeObject[]> {
  const groups = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const key = nameKey(object.kind, object.name);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [object]);
    else group.push(object);
  }
  return groups;
}

/** No name has a space. */
function nameKey(kind: string, name: string | null): string {
  return `${kind} ${name}`;
}

/** An object by its kind and name, in the namespace where it has one of its own. */
export function findObject({ objects }: Cluster, kind: string, name: string, namespace: string | null): KubeObject | undefined {
  return objects
    .get(nameKey(kind, name))
    ?.find(object => object.namespace === null || namespace === null || object.namespace === namespace);
}
