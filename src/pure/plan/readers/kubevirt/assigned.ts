/** The devices that an instance asks for: host devices, GPUs and SR-IOV interfaces, each a resource that the cluster chooses one of. */
import type { DefinedValue, HostChoice } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import { type FindingList, oneLine } from '../finding-list.ts';
import { booleanOf, entriesOf, itemsOf, textOf, type YamlNode, yamlAt, yamlEntry } from '../yaml/index.ts';
import { type Cluster, findObject, type Resource } from './cluster.ts';
import type { Instance, Written } from './instance.ts';

/** A device before it has a place. */
export interface Assigned {
  readonly id: string;
  readonly driver: string;
  readonly host: HostChoice;
  readonly values: readonly DefinedValue[];
  readonly origin: Origin;
  /** `unknown` where no input says what the resource is. */
  readonly kind: 'pci' | 'mdev' | 'unknown';
  readonly isGrace: boolean;
  /** Whether the text says anything of a display, be it that there is none. */
  readonly saysDisplay: boolean;
  /** The place in the guest that the text asks for; null where it asks for none. */
  readonly guestAddress: DefinedValue | null;
}

/** A value that no text has: KubeVirt writes it for what stands at `origin`. */
export function written(name: string, value: string, origin: Origin): DefinedValue {
  return { name, value, json: null, origin: { ...origin, span: null } };
}

/** In the order in which KubeVirt gives them to libvirt: mediated devices after the others of their list. */
export function assignedDevices(instance: Instance, cluster: Cluster, list: FindingList): Assigned[] {
  const collector = new Collector(instance, cluster, list);
  const last = (devices: Assigned[]): Assigned[] => [
    ...devices.filter(({ kind }) => kind !== 'mdev'),
    ...devices.filter(({ kind }) => kind === 'mdev'),
  ];
  const hostDevices = instance.hostDevices.flatMap((item, at) => collector.resource(item, 'hostdevice', `hostDevices[${at}]`));
  const gpus = instance.gpus.flatMap((item, at) => collector.resource(item, 'gpu', `gpus[${at}]`));
  return [...last(hostDevices), ...withDisplay(last(gpus)), ...collector.interfaces()];
}

/** KubeVirt lets the first mediated GPU be the guest's display where no GPU says anything of a display. */
function withDisplay(gpus: readonly Assigned[]): Assigned[] {
  const first = gpus.find(({ kind }) => kind === 'mdev');
  if (first === undefined || gpus.some(({ saysDisplay }) => saysDisplay)) return [...gpus];
  const display = [written('display', 'on', first.origin), written('ramfb', 'on', first.origin)];
  return gpus.map(gpu => (gpu === first ? { ...gpu, driver: 'vfio-pci-nohotplug', values: [...gpu.values, ...display] } : gpu));
}

class Collector {
  readonly #instance: Instance;
  readonly #cluster: Cluster;
  readonly #list: FindingList;
  /** By name; of two the first counts. */
  readonly #networks: ReadonlyMap<string | undefined, YamlNode>;
  #saidThatNothingIsPermitted = false;

  constructor(instance: Instance, cluster: Cluster, list: FindingList) {
    this.#instance = instance;
    const networks = itemsOf(yamlAt(instance.spec, 'networks'));
    this.#networks = new Map(networks.toReversed().map(node => [textOf(yamlAt(node, 'name')), node]));
    this.#cluster = cluster;
    this.#list = list;
  }

  /** One of `hostDevices` or `gpus`; none for what is no VFIO device. */
  resource({ text, node }: Written, prefix: 'hostdevice' | 'gpu', where: string): Assigned[] {
    const origin = text.places.at(node.start, node.end);
    const name = textOf(yamlAt(node, 'name'));
    const path = `${this.#instance.path}.domain.devices.${where}`;
    const claim = textOf(yamlAt(node, 'claimName'));
    const device = yamlAt(node, 'deviceName');
    const resourceName = textOf(device);
    if (name === undefined || (resourceName === undefined && claim === undefined)) {
      const lacks = name === undefined ? 'name' : 'deviceName, and no claimName';
      this.#list.add('error', 'kubevirt.device.incomplete', `${path} has no ${lacks}: KubeVirt's API server refuses it`, origin);
      return [];
    }
    const common = { origin, guestAddress: null, saysDisplay: yamlAt(node, 'virtualGPUOptions', 'display') !== undefined };
    if (claim !== undefined) {
      const request = textOf(yamlAt(node, 'requestName'));
      const words = `the device of resource claim ${claim}${request === undefined ? '' : `, request ${request},`} is allocated when the pod is placed`;
      return [
        {
          ...common,
          id: `ua-dra-${prefix}-${name}`,
          driver: 'vfio-pci',
          host: { kind: 'late', words: oneLine(words), origin },
          values: [],
          kind: 'unknown',
          isGrace: false,
        },
      ];
    }
    const resource = this.#cluster.resources?.get(resourceName ?? '');
    if (device !== undefined && resource === undefined)
      this.#notPermitted(resourceName ?? '', prefix, text.places.at(device.start, device.end));
    if (resource?.usb === true && resource.pci.length === 0 && resource.mediated.length === 0) return [];
    const kind = resource === undefined ? 'unknown' : resource.pci.length > 0 ? 'pci' : 'mdev';
    const display = this.#display({ text, node }, kind);
    const driver = display.some(value => value.name === 'ramfb') ? 'vfio-pci-nohotplug' : 'vfio-pci';
    const host = hostOf(resourceName ?? '', resource, origin);
    return [
      { ...common, id: `ua-${prefix}-${name}`, driver, host, values: display, kind, isGrace: kind === 'pci' && resource?.grace === true },
    ];
  }

  #notPermitted(resource: string, prefix: 'hostdevice' | 'gpu', origin: Origin): void {
    if (this.#cluster.resources !== null) {
      const what = prefix === 'gpu' ? 'GPU' : 'HostDevice';
      const words = `${what} ${resource} is not permitted in permittedHostDevices configuration`;
      this.#list.add('error', 'kubevirt.resource.not-permitted', words, origin);
    } else if (!this.#saidThatNothingIsPermitted) {
      this.#saidThatNothingIsPermitted = true;
      const words = `No input says which devices ${resource} stands for: give the KubeVirt object that has permittedHostDevices, or that part of it`;
      this.#list.add('note', 'kubevirt.permitted.missing', words, origin);
    }
  }

  /** Of a PCI device only what is asked for in words; of a mediated one a display that is named at all is on. */
  #display({ text, node }: Written, kind: Assigned['kind']): DefinedValue[] {
    const display = yamlEntry(yamlAt(node, 'virtualGPUOptions'), 'display');
    if (display === undefined) return [];
    const enabled = yamlAt(display.value, 'enabled');
    const isOn = kind === 'mdev' ? booleanOf(enabled) !== false : booleanOf(enabled) === true;
    const at = enabled ?? display.value;
    const origin = text.places.at(at.start, at.end);
    if (!isOn) return [];
    const hasRamfb = booleanOf(yamlAt(display.value, 'ramFB', 'enabled')) !== false;
    return [written('display', 'on', origin), ...(hasRamfb ? [written('ramfb', 'on', origin)] : [])];
  }

  /** Interfaces that are virtual functions of the host's. */
  interfaces(): Assigned[] {
    const { object, spec } = this.#instance;
    const { places } = object.text;
    return itemsOf(yamlAt(spec, 'domain', 'devices', 'interfaces')).flatMap(node => {
      const name = textOf(yamlAt(node, 'name'));
      const sriov = yamlEntry(node, 'sriov');
      // What is `sriov:` and nothing behind it is null to the API, and no method.
      if (name === undefined || sriov?.value.kind !== 'map') return [];
      const origin = places.at(node.start, node.end);
      const order = yamlAt(node, 'bootOrder');
      const boot = textOf(order);
      const values = order && boot ? [{ name: 'bootindex', value: boot, json: null, origin: places.at(order.start, order.end) }] : [];
      const address = yamlAt(node, 'pciAddress');
      const text = textOf(address);
      const guestAddress =
        address && text ? { name: 'pciAddress', value: text, json: null, origin: places.at(address.start, address.end) } : null;
      const host: HostChoice = { kind: 'candidates', words: oneLine(this.#networkWords(name)), anyOf: null, origin };
      return [
        { id: `ua-sriov-${name}`, driver: 'vfio-pci', host, values, origin, kind: 'pci', isGrace: false, saysDisplay: false, guestAddress },
      ];
    });
  }

  #networkWords(name: string): string {
    const { object } = this.#instance;
    const network = this.#networks.get(name);
    const claim = textOf(yamlAt(network, 'resourceClaim', 'claimName'));
    if (claim !== undefined) return `a virtual function of resource claim ${claim}`;
    const attachment = textOf(yamlAt(network, 'multus', 'networkName'));
    if (attachment === undefined) return `a virtual function for interface ${name}`;
    const [last = '', namespace = object.namespace] = attachment.split('/').reverse();
    const found = findObject(this.#cluster, 'NetworkAttachmentDefinition', last, namespace);
    const annotations = entriesOf(yamlAt(found?.node, 'metadata', 'annotations'));
    const resource = textOf(annotations.find(({ key }) => key === 'k8s.v1.cni.cncf.io/resourceName')?.value);
    return `a virtual function of network ${attachment}${resource === undefined ? '' : `, resource ${resource}`}`;
  }
}

function hostOf(name: string, resource: Resource | undefined, origin: Origin): HostChoice {
  if (resource === undefined) return { kind: 'candidates', words: oneLine(`resource ${name}`), anyOf: null, origin };
  if (resource.pci.length > 0) return { kind: 'candidates', words: oneLine(`resource ${name}`), anyOf: resource.pci, origin };
  const words = `resource ${name} is a mediated device of type ${resource.mediated.join(' or ')}, which gets its UUID when the pod is placed`;
  return { kind: 'late', words: oneLine(words), origin };
}
