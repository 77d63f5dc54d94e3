/** The devices that one `hostpciN:` line assigns. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { quote } from '../../../text/shorten.ts';
import type { DefinedDevice, DefinedValue, FunctionSet, HostChoice, NamedFunctions } from '../../definition.ts';
import type { Origin, TextPlaces } from '../../origin.ts';
import { type FindingList, oneLine } from '../finding-list.ts';
import { functionAddress } from '../host-address.ts';
import { type ConfLine, isTrue, type ListItem, listItems, originOf } from './conf.ts';
import { type Chipset, proxmoxValue } from './machine.ts';
import type { Mapping } from './mapping.ts';
import { type ProxmoxPlace, placeOf, placeValues } from './places.ts';

export interface HostpciContext {
  readonly places: TextPlaces;
  readonly list: FindingList;
  /** null where no input has any. */
  readonly mappings: ReadonlyMap<string, Mapping> | null;
  readonly chipset: Chipset;
  readonly isWindows7: boolean;
  /** OVMF, which has no place for a device that is the VGA one from the start. */
  readonly isUefi: boolean;
}

export interface HostpciDevices {
  readonly devices: readonly DefinedDevice[];
  readonly place: ProxmoxPlace;
  readonly isLegacyIgd: boolean;
}

const IDS = {
  'vendor-id': 'x-pci-vendor-id',
  'device-id': 'x-pci-device-id',
  'sub-vendor-id': 'x-pci-sub-vendor-id',
  'sub-device-id': 'x-pci-sub-device-id',
};

const KEYS: readonly string[] = [
  'host',
  'mapping',
  'mdev',
  'pcie',
  'rombar',
  'romfile',
  'x-vga',
  'legacy-igd',
  'driver',
  ...Object.keys(IDS),
];

/** What a device is beside its host and its place. */
interface OfFunction {
  /** The values of the first function alone. */
  readonly first: readonly DefinedValue[];
  /** Its number among those of the line. */
  readonly fn: number;
  /** Whether there are others. */
  readonly isGroup: boolean;
}

export function hostpciDevices(line: ConfLine, index: number, context: HostpciContext): HostpciDevices {
  return new Hostpci(line, index, context).devices();
}

interface Host {
  readonly host: HostChoice;
  /** null where QEMU is given no address that the text has. */
  readonly value: DefinedValue | null;
  /** Where the host says how many functions it is. */
  readonly anyOf?: FunctionSet['anyOf'];
}

class Hostpci {
  readonly #items: readonly ListItem[];
  readonly #origin: Origin;
  readonly #index: number;
  readonly #context: HostpciContext;
  #isDropped = false;

  constructor(line: ConfLine, index: number, context: HostpciContext) {
    // The first value may stand without its name, which is host.
    // What has no name is the host's device, wherever it stands; nothing between two commas is nothing.
    const items = listItems(line.value).map(item => (item.name === '' && item.start === item.nameStart ? { ...item, name: 'host' } : item));
    this.#items = items.filter(({ name, value }) => name !== 'host' || value.trim() !== '');
    this.#origin = context.places.at(line.value.start, line.value.start + line.value.text.length);
    this.#index = index;
    this.#context = context;
  }

  devices(): HostpciDevices {
    this.#checkKeys();
    const first = this.#ofFirst();
    const hosts = this.#hosts();
    const isExpress = isTrue(this.#find('pcie')?.value);
    if (!this.#isDropped) this.#checkMachine(isExpress);
    const place = placeOf(this.#index, { ...this.#context, isExpress, isLegacyIgd: this.#isLegacyIgd });
    const open = hosts.find(({ anyOf }) => anyOf !== undefined);
    const devices =
      open === undefined
        ? hosts.map((host, fn) => this.#device(host, place, { first, fn, isGroup: hosts.length > 1 }))
        : [this.#several(open, place, first)];
    return { devices: this.#isDropped ? [] : devices, place, isLegacyIgd: this.#isLegacyIgd };
  }

  #device({ host, value }: Host, place: ProxmoxPlace, { first, fn, isGroup }: OfFunction): DefinedDevice {
    return {
      driver: 'vfio-pci',
      id: isGroup ? `hostpci${this.#index}.${fn}` : `hostpci${this.#index}`,
      values: [
        ...(value === null ? [] : [value]),
        ...placeValues(place, isGroup ? fn : null, this.#origin),
        ...(isGroup && fn === 0 ? [proxmoxValue('multifunction', 'on', this.#origin)] : []),
        ...(fn === 0 ? first : []),
        ...this.#ofAll(),
      ],
      host,
      // With driver=keep somebody else has bound it.
      isBoundAtStart: this.#find('driver')?.value !== 'keep',
      origin: this.#origin,
    };
  }

  /** How many functions there are is the host's to say. */
  #several(host: Host, place: ProxmoxPlace, first: readonly DefinedValue[]): DefinedDevice {
    const device = this.#device(host, place, { first, fn: 0, isGroup: false });
    return { ...device, functions: { anyOf: host.anyOf ?? [], ofFirst: first, own: device.values } };
  }

  get #isLegacyIgd(): boolean {
    return isTrue(this.#find('legacy-igd')?.value);
  }

  #checkMachine(isExpress: boolean): void {
    const isQ35 = this.#context.chipset === 'q35';
    if (isExpress && !isQ35) this.#refuse('q35 machine model is not enabled', this.#find('pcie'));
    const igd = this.#find('legacy-igd');
    if (this.#isLegacyIgd && isQ35) this.#refuse('legacy-igd needs the machine i440fx: leave machine: out, or legacy-igd', igd);
  }

  /** What the schema of a line does not take: Proxmox reads on as if the line were not there. */
  #drop(code: string, words: string, origin: Origin): void {
    this.#isDropped = true;
    this.#context.list.add(
      'warning',
      code,
      `${words}; Proxmox drops the line with a warning, and the VM starts without the device`,
      origin,
    );
  }

  #find(name: string): ListItem | undefined {
    return this.#items.findLast(item => item.name === name);
  }

  #refuse(words: string, item: ListItem | undefined): void {
    this.#context.list.add(
      'error',
      'proxmox.hostpci.refused',
      words,
      item === undefined ? this.#origin : originOf(item, this.#context.places),
    );
  }

  #checkKeys(): void {
    const { places } = this.#context;
    for (const item of this.#items) {
      if (KEYS.includes(item.name)) continue;
      const [near] = nearestNames(item.name, KEYS);
      const words = `hostpci${this.#index} has no ${quote(item.name)}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
      this.#drop('proxmox.property.unknown', words, places.at(item.nameStart, item.end));
    }
    if (this.#index > MOST_INDEX) {
      const words = `Proxmox has hostpci0 to hostpci${MOST_INDEX}: it takes no hostpci${this.#index}`;
      this.#drop('proxmox.hostpci.index', words, this.#origin);
    }
  }

  /** Of the first function alone. */
  #ofFirst(): DefinedValue[] {
    const { places } = this.#context;
    const values: DefinedValue[] = [];
    const vga = this.#find('x-vga');
    if (vga !== undefined && isTrue(vga.value) && !this.#context.isUefi)
      values.push({ name: 'x-vga', value: 'on', json: null, origin: originOf(vga, places) });
    const bar = this.#find('rombar');
    if (bar !== undefined && !isTrue(bar.value)) values.push({ name: 'rombar', value: '0', json: null, origin: originOf(bar, places) });
    const file = this.#find('romfile');
    if (file !== undefined)
      values.push({
        name: 'romfile',
        value: `/usr/share/kvm/${file.value}`,
        json: null,
        origin: { ...originOf(file, places), span: null },
      });
    for (const [key, name] of Object.entries(IDS)) {
      const item = this.#find(key);
      if (item === undefined) continue;
      if (!/^0x[0-9a-f]{4}$/i.test(item.value))
        this.#drop(
          'proxmox.hostpci.id',
          `${key} ${quote(item.value)} is no id: Proxmox takes 0x and four hexadecimal digits`,
          originOf(item, places),
        );
      values.push({ name, value: item.value, json: null, origin: originOf(item, places) });
    }
    return values;
  }

  #ofAll(): DefinedValue[] {
    const name = this.#find('mapping');
    const mapping = name === undefined ? undefined : this.#context.mappings?.get(name.value);
    return name !== undefined && mapping?.isLiveMigrationCapable
      ? [proxmoxValue('enable-migration', 'on', originOf(name, this.#context.places))]
      : [];
  }

  #hosts(): Host[] {
    const mapping = this.#find('mapping');
    const item = this.#find('host');
    if (mapping !== undefined && item !== undefined) this.#refuse("Cannot set both 'host' and 'mapping'.", mapping);
    if (mapping !== undefined) return [this.#mapped(mapping)];
    if (item === undefined) {
      this.#refuse(`hostpci${this.#index} has neither a host device nor a mapping: Proxmox refuses it`, undefined);
      return [];
    }
    const parts = this.#parts(item);
    const mdev = this.#find('mdev');
    if (mdev !== undefined && !mdev.value.startsWith('nvidia-')) return parts.slice(0, 1).map(part => this.#mediated(part, mdev));
    const hosts = parts.map(({ address, origin }): Host => {
      return { host: { kind: 'address', address, origin }, value: { name: 'host', value: address.text, json: null, origin } };
    });
    if (!parts.some(({ isWholeSlot }) => isWholeSlot)) return hosts;
    return hosts.slice(0, 1).map(host => ({ ...host, anyOf: [{ parts, first: {} }] }));
  }

  #parts(item: ListItem): NamedFunctions[] {
    let at = item.start;
    return item.value.split(';').flatMap(text => {
      const origin = this.#context.places.at(at, at + text.length);
      at += text.length + 1;
      const found = functionAddress(text);
      if (found !== null) return [{ ...found, origin }];
      this.#drop('proxmox.hostpci.address', `${quote(text)} is no PCI address: Proxmox takes [DDDD:]BB:DD[.F]`, origin);
      return [];
    });
  }

  #mediated({ address, origin }: NamedFunctions, mdev: ListItem): Host {
    const words = `a mediated device of type ${quote(mdev.value)} below ${address.text} is made at start`;
    return { host: { kind: 'late', words, origin }, value: null };
  }

  #mapped(item: ListItem): Host {
    const { places, list, mappings } = this.#context;
    const origin = originOf(item, places);
    const found = mappings?.get(item.value);
    if (mappings === null) {
      const words = `No input has the mapping ${quote(item.value)}: give mapping/pci.cfg of the cluster too`;
      list.add('note', 'proxmox.mapping.missing', words, origin);
    } else if (found === undefined) {
      const [near] = nearestNames(item.value, mappings.keys());
      const words = `The cluster has no mapping ${quote(item.value)}${near === undefined ? '' : ` (did you mean ${near}?)`}: the VM does not start`;
      list.add('error', 'proxmox.mapping.unknown', words, origin);
    }
    const devices = found?.anyOf ?? null;
    const anyOf = devices?.map(({ parts, first }) => ({ first, parts: parts.map(part => ({ ...part, origin })) })) ?? [];
    const isSeveral = anyOf.some(({ parts }) => parts.length > 1 || parts[0]?.isWholeSlot === true);
    const host: HostChoice = {
      kind: 'candidates',
      words: oneLine(`mapping ${item.value}`),
      anyOf: devices?.map(({ first }) => first) ?? null,
      origin,
    };
    return { host, value: null, ...(isSeveral ? { anyOf } : {}) };
  }
}

/** hostpci0 to hostpci15. */
const MOST_INDEX = 15;
