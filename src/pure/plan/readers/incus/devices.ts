/** The devices of an instance that Incus gives QEMU as vfio-pci: type pci, gpu, and nic where it is a function of the host. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { quote } from '../../../text/shorten.ts';
import type { DefinedDevice, DefinedValue, HostChoice, HostSelector } from '../../definition.ts';
import type { Origin, TextPlaces } from '../../origin.ts';
import { type FindingList, oneLine } from '../finding-list.ts';
import { functionAddress } from '../host-address.ts';
import { entriesOf, scalarOf, textOf, type YamlNode, type YamlScalar, yamlAt } from '../yaml/index.ts';
import { type IncusInstance, isTrue } from './instance.ts';

export const ID_PREFIX = 'dev-incus_';

/** What Incus takes beside `type`, by the type and the kind of GPU. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  pci: ['address', 'firmware'],
  physical: ['gputype', 'id', 'pci', 'productid', 'vendorid'],
  sriov: ['gputype', 'id', 'pci', 'productid', 'vendorid'],
  mdev: ['gputype', 'id', 'mdev', 'pci', 'productid', 'vendorid'],
};

/** All that Incus has, of containers too. */
const TYPES: readonly string[] = [
  'disk',
  'gpu',
  'infiniband',
  'nic',
  'none',
  'pci',
  'proxy',
  'tpm',
  'unix-block',
  'unix-char',
  'unix-hotplug',
  'usb',
];

/** A port and the device below it: which one of Incus's ports it is depends on all other devices. */
export function incusDevices(instance: IncusInstance, list: FindingList): DefinedDevice[] {
  const reader = new DeviceReader(instance.text.places, list, isTrue(instance.config('migration.stateful')?.text));
  return instance.devices.flatMap(({ name, node }) => reader.read(name, node));
}

const addedLater = new WeakSet<DefinedDevice>();

/** Whether Incus adds the device once QEMU runs. */
export const isAddedLater = (device: DefinedDevice): boolean => addedLater.has(device);

/** A value that Incus writes for what stands at `origin`. */
export function incusValue(name: string, value: string, origin: Origin): DefinedValue {
  return { name, value, json: null, origin: { ...origin, span: null } };
}

class DeviceReader {
  readonly #places: TextPlaces;
  readonly #list: FindingList;
  readonly #isStateful: boolean;

  constructor(places: TextPlaces, list: FindingList, isStateful: boolean) {
    this.#places = places;
    this.#list = list;
    this.#isStateful = isStateful;
  }

  read(name: string, node: YamlNode): DefinedDevice[] {
    const type = textOf(yamlAt(node, 'type'));
    if (type === 'pci') return this.#pci(name, node);
    if (type === 'gpu') return this.#gpu(name, node);
    if (type === 'nic') {
      const devices = this.#nic(name, node);
      for (const device of devices) if (device.driver === 'vfio-pci') addedLater.add(device);
      return devices;
    }
    if (type === undefined || !TYPES.includes(type)) this.#refuseType(name, type, node);
    return [];
  }

  #refuseType(name: string, type: string | undefined, node: YamlNode): void {
    const [near] = nearestNames(type ?? '', TYPES);
    const what = type === undefined ? 'has no type' : `has the type ${quote(type)}`;
    const words = `Unsupported device type: ${quote(name)} ${what}${near === undefined ? '' : ` (did you mean ${near}?)`}, and Incus refuses it`;
    this.#list.add('error', 'incus.device.type', words, this.#at(yamlAt(node, 'type') ?? node));
  }

  #at(node: YamlNode): Origin {
    return this.#places.at(node.start, node.end);
  }

  #refuse(words: string, node: YamlNode): void {
    this.#list.add('error', 'incus.device.refused', words, this.#at(node));
  }

  #checkKeys(node: YamlNode, kind: string): void {
    const known = ['type', ...(KEYS[kind] ?? [])];
    for (const { key, keyStart, keyEnd } of entriesOf(node)) {
      // What users write for themselves, and what Incus keeps.
      if (known.includes(key) || key.startsWith('user.')) continue;
      const [near] = nearestNames(key, known);
      const words = `Invalid device option ${quote(key)}${near === undefined ? '' : ` (did you mean ${near}?)`}: Incus refuses the device`;
      this.#list.add('error', 'incus.option.unknown', words, this.#places.at(keyStart, keyEnd));
    }
  }

  #pci(name: string, node: YamlNode): DefinedDevice[] {
    this.#checkKeys(node, 'pci');
    if (this.#isStateful) this.#refuse('PCI devices cannot be used when migration.stateful is enabled', node);
    const address = scalarOf(yamlAt(node, 'address'));
    const host = address === undefined ? null : this.#address(address);
    if (address === undefined) this.#refuse(`The device ${name} has no address: Incus refuses it`, node);
    if (host === null) return [];
    const firmware = scalarOf(yamlAt(node, 'firmware'));
    const hasRom = firmware === undefined || firmware.text === '' || isTrue(firmware.text);
    const rom = hasRom || firmware === undefined ? [] : [{ name: 'rombar', value: '0', json: null, origin: this.#at(firmware) }];
    return this.#below({ name, node, host: host.host, values: [host.value, ...rom] });
  }

  #address(scalar: YamlScalar): { host: HostChoice; value: DefinedValue } | null {
    const found = functionAddress(scalar.text);
    const origin = this.#at(scalar);
    if (found === null || found.isWholeSlot) {
      this.#list.add('error', 'incus.address', `${quote(scalar.text)} is no PCI address: Incus takes [DDDD:]BB:DD.F`, origin);
      return null;
    }
    const { address } = found;
    return { host: { kind: 'address', address, origin }, value: { name: 'host', value: address.text, json: null, origin } };
  }

  #gpu(name: string, node: YamlNode): DefinedDevice[] {
    const kind = textOf(yamlAt(node, 'gputype')) ?? 'physical';
    // Others give the guest no function of the host.
    if (!['physical', 'mdev', 'sriov'].includes(kind)) return [];
    this.#checkKeys(node, kind);
    if (this.#isStateful) this.#refuse('GPU devices cannot be used when migration.stateful is enabled', node);
    const origin = this.#at(node);
    if (kind === 'mdev') {
      const words = `a mediated device of type ${quote(textOf(yamlAt(node, 'mdev')) ?? '?')} is made at start`;
      return this.#below({ name, node, host: { kind: 'late', words, origin }, values: [] });
    }
    const pci = scalarOf(yamlAt(node, 'pci'));
    const address = pci === undefined ? null : this.#address(pci);
    if (pci !== undefined && address === null) return [];
    if (kind === 'physical') {
      const words =
        'Incus assigns all functions of the GPU that are in its IOMMU group with it, and sets x-vga=on for a card that the host can start with: only the GPU itself is planned here';
      this.#list.addGap('note', 'incus.gpu.functions', words, origin);
    }
    if (kind === 'physical' && address !== null) return this.#below({ name, node, host: address.host, values: [address.value] });
    return this.#below({ name, node, host: this.#gpuCandidates(node, kind, origin), values: [] });
  }

  #gpuCandidates(node: YamlNode, kind: string, origin: Origin): HostChoice {
    const pci = textOf(yamlAt(node, 'pci'));
    const [vendor, product, card] = ['vendorid', 'productid', 'id'].map(key => textOf(yamlAt(node, key)));
    const physicalFunction = pci === undefined ? undefined : functionAddress(pci)?.address;
    const selector: HostSelector = {
      ...(vendor === undefined ? {} : { vendorId: Number.parseInt(vendor, 16) }),
      ...(product === undefined ? {} : { deviceId: Number.parseInt(product, 16) }),
      ...(physicalFunction === undefined ? {} : { physicalFunction }),
    };
    const what = kind === 'sriov' ? 'a virtual function of a GPU' : 'a GPU';
    const which = card === undefined ? '' : ` with DRM card id ${card}`;
    // The ids of a virtual function need not be those of its physical one.
    const isKnown =
      kind === 'sriov' ? physicalFunction !== undefined && !vendor && !product : vendor !== undefined || product !== undefined;
    return {
      kind: 'candidates',
      words: oneLine(`${what} of the host${which}`),
      anyOf: isKnown && card === undefined ? [selector] : null,
      origin,
    };
  }

  /** Those that Incus makes of a host's function; VMs get other kinds as virtio-net. */
  #nic(name: string, node: YamlNode): DefinedDevice[] {
    const kind = textOf(yamlAt(node, 'nictype'));
    const isAccelerated = textOf(yamlAt(node, 'acceleration')) === 'sriov';
    if (kind !== 'physical' && kind !== 'sriov' && !isAccelerated) return [];
    const origin = this.#at(node);
    const pci = scalarOf(yamlAt(node, 'pci'));
    const address = pci === undefined || kind !== 'physical' ? null : this.#address(pci);
    if (address !== null) return this.#below({ name, node, host: address.host, values: [address.value] });
    const parent = textOf(yamlAt(node, 'parent'));
    const words = `${kind === 'physical' ? 'the function' : 'a virtual function'} of network interface ${parent ?? 'that Incus chooses'}`;
    const anyOf = parent === undefined ? null : [{ networkInterface: parent }];
    return this.#below({
      name: name.replaceAll('-', '--').replaceAll('/', '-'),
      node,
      host: { kind: 'candidates', words: oneLine(words), anyOf, origin },
      values: [],
    });
  }

  #below({
    name,
    node,
    host,
    values,
  }: {
    name: string;
    node: YamlNode;
    host: HostChoice;
    values: readonly DefinedValue[];
  }): DefinedDevice[] {
    const origin = this.#at(node);
    const port = `port-of-${ID_PREFIX}${name}`;
    const place = [incusValue('bus', port, origin), incusValue('addr', '00.0', origin), incusValue('multifunction', 'on', origin)];
    return [
      {
        driver: 'pcie-root-port',
        id: port,
        values: [incusValue('bus', 'pcie.0', origin)],
        host: { kind: 'emulated' },
        isAddressLate: true,
        origin,
      },
      { driver: 'vfio-pci', id: `${ID_PREFIX}${name}`, values: [...values, ...place], host, isBoundAtStart: true, origin },
    ];
  }
}
