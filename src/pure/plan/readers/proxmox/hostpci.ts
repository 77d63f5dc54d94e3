/** The devices that one `hostpciN:` line assigns. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { quote } from '../../../text/shorten.ts';
import type { DefinedDevice, DefinedValue, HostChoice } from '../../definition.ts';
import type { Origin, TextPlaces } from '../../origin.ts';
import { type FindingList, oneLine } from '../finding-list.ts';
import { type FunctionAddress, functionAddress } from '../host-address.ts';
import { type ConfLine, isTrue, type ListItem, listItems, originOf } from './conf.ts';
import { proxmoxValue } from './machine.ts';
import type { Mapping } from './mapping.ts';
import { type ProxmoxPlace, placeOf, placeValues } from './places.ts';

export interface HostpciContext {
  readonly places: TextPlaces;
  readonly list: FindingList;
  /** null where no input has any. */
  readonly mappings: ReadonlyMap<string, Mapping> | null;
  readonly isExpressMachine: boolean;
  readonly isWindows7: boolean;
}

export interface HostpciDevices {
  readonly devices: readonly DefinedDevice[];
  readonly place: ProxmoxPlace;
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

export function hostpciDevices(line: ConfLine, index: number, context: HostpciContext): HostpciDevices {
  return new Hostpci(line, index, context).devices();
}

interface Host {
  readonly host: HostChoice;
  /** null where QEMU is given no address that the text has. */
  readonly value: DefinedValue | null;
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
    const { isExpressMachine, isWindows7 } = this.#context;
    const isExpress = isTrue(this.#find('pcie')?.value);
    if (!this.#isDropped) this.#checkMachine(isExpress, isExpressMachine);
    const isLegacyIgd = isTrue(this.#find('legacy-igd')?.value);
    const place = isLegacyIgd ? { bus: 'pci.0', slot: 2 } : placeOf(this.#index, isExpress, isWindows7);
    const isGroup = hosts.length > 1;
    const devices = hosts.map(({ host, value }, fn) => ({
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
      ...(place.slot === null ? { isAddressLate: true } : {}),
      // With driver=keep somebody else has bound it.
      isBoundAtStart: this.#find('driver')?.value !== 'keep',
      origin: this.#origin,
    }));
    return { devices: this.#isDropped ? [] : devices, place };
  }

  #checkMachine(isExpress: boolean, isExpressMachine: boolean): void {
    if (isExpress && !isExpressMachine) this.#refuse('q35 machine model is not enabled', this.#find('pcie'));
    const igd = this.#find('legacy-igd');
    if (isTrue(igd?.value) && isExpressMachine) this.#refuse('legacy-igd needs the machine i440fx: leave machine: out, or legacy-igd', igd);
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
    if (vga !== undefined && isTrue(vga.value)) values.push({ name: 'x-vga', value: 'on', json: null, origin: originOf(vga, places) });
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
    const { places } = this.#context;
    const mapping = this.#find('mapping');
    if (mapping !== undefined) return [{ host: this.#mapped(mapping), value: null }];
    const item = this.#find('host');
    if (item === undefined) {
      this.#refuse(`hostpci${this.#index} has neither a host device nor a mapping: Proxmox refuses it`, undefined);
      return [];
    }
    const mdev = this.#find('mdev');
    let at = item.start;
    return item.value.split(';').flatMap((text): Host[] => {
      const origin = places.at(at, at + text.length);
      at += text.length + 1;
      const found = functionAddress(text);
      if (found === null) {
        this.#drop('proxmox.hostpci.address', `${quote(text)} is no PCI address: Proxmox takes [DDDD:]BB:DD[.F]`, origin);
        return [];
      }
      this.#sayWholeSlot(found, origin);
      if (mdev !== undefined && !mdev.value.startsWith('nvidia-')) {
        const words = `a mediated device of type ${quote(mdev.value)} below ${found.address.text} is made at start`;
        return [{ host: { kind: 'late', words, origin }, value: null }];
      }
      const value = { name: 'host', value: found.address.text, json: null, origin };
      return [{ host: { kind: 'address', address: found.address, origin }, value }];
    });
  }

  /** How many functions there are is the host's: each becomes a function of the guest's device. */
  #sayWholeSlot({ address, isWholeSlot }: FunctionAddress, origin: Origin): void {
    if (!isWholeSlot) return;
    const words = `All functions of ${address.text.slice(0, -2)} that the host has are assigned together: only the first is planned here; write each, such as ${address.text};${address.text.slice(0, -1)}1`;
    this.#context.list.addGap('note', 'proxmox.hostpci.functions', words, origin);
  }

  #mapped(item: ListItem): HostChoice {
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
    return { kind: 'candidates', words: oneLine(`mapping ${item.value}`), anyOf: found?.anyOf ?? null, origin };
  }
}

/** hostpci0 to hostpci15. */
const MOST_INDEX = 15;
