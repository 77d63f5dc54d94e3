/** Emulated devices that take places on PCI buses; what QEMU calls them matters less than where they are. */
import type { MachineBuses } from './controllers.ts';
import { virtioDriver } from './controllers.ts';
import type { Aliases, Connection, DeviceClass, GuestDevice } from './guest-device.ts';
import type { LibvirtText } from './libvirt-text.ts';
import { readGuestAddress } from './pci-address.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from './xml.ts';

/** What an element becomes; null where it takes no place. */
interface Emulated {
  readonly driver: string;
  readonly connection: Exclude<Connection, 'integrated'> | 'integrated';
  readonly preferred?: GuestDevice['preferred'];
}

type Choose = (element: XmlElement, machine: MachineBuses, isPrimary: boolean) => Emulated | null;

interface Kind {
  readonly class: Exclude<DeviceClass, 'pci' | 'controller' | 'hostdev' | 'iommu'>;
  /** What stands before the number of the alias; null for one that QEMU gets no id for. */
  readonly alias: string | null;
  readonly choose: Choose;
}

const express = (driver: string): Emulated => ({ driver, connection: 'express' });
const conventional = (driver: string): Emulated => ({ driver, connection: 'conventional' });
const modelOf = (element: XmlElement) => findAttribute(element, 'model')?.value;
const childValue = (element: XmlElement, child: string, name: string) => {
  const found = findChild(element, child);
  return found === undefined ? undefined : findAttribute(found, name)?.value;
};

/** Models of network cards that are conventional devices; libvirt takes all others for PCI Express. */
const CONVENTIONAL_NETS: ReadonlySet<string> = new Set(['e1000', 'rtl8139', 'vmxnet3']);

function chooseNet(element: XmlElement, machine: MachineBuses): Emulated | null {
  const usual = machine.isQ35 || machine.isI440fx ? 'rtl8139' : 'virtio';
  const model = childValue(element, 'model', 'type') ?? usual;
  if (model === 'usb-net') return null;
  if (model.startsWith('virtio')) return virtioDriver('virtio-net', model);
  return CONVENTIONAL_NETS.has(model) ? conventional(model) : express(model);
}

function chooseSound(element: XmlElement, machine: MachineBuses): Emulated | null {
  switch (modelOf(element)) {
    case 'ich6':
      return conventional('intel-hda');
    case 'ich9': {
      const place = { bus: 0, slot: 0x1b, function: 0, multifunction: null };
      return machine.isQ35 ? { ...conventional('ich9-intel-hda'), preferred: [place] } : conventional('ich9-intel-hda');
    }
    case 'ac97':
      return conventional('AC97');
    case 'es1370':
      return conventional('ES1370');
    case 'virtio':
      return express('virtio-sound-pci');
    default:
      return null;
  }
}

const VIDEO: Readonly<Record<string, readonly [primary: string, other: string, Exclude<Connection, 'integrated'>]>> = {
  vga: ['VGA', 'VGA', 'conventional'],
  cirrus: ['cirrus-vga', 'cirrus-vga', 'conventional'],
  vmvga: ['vmware-svga', 'vmware-svga', 'conventional'],
  qxl: ['qxl-vga', 'qxl', 'conventional'],
  bochs: ['bochs-display', 'bochs-display', 'express'],
  virtio: ['virtio-vga', 'virtio-gpu-pci', 'express'],
};

function chooseVideo(element: XmlElement, machine: MachineBuses, isPrimary: boolean): Emulated | null {
  const model = childValue(element, 'model', 'type') ?? (machine.isQ35 || machine.isI440fx ? 'cirrus' : 'virtio');
  const known = VIDEO[model];
  if (known === undefined) return null;
  const [primary, other, connection] = known;
  const isPc = machine.isQ35 || machine.isI440fx;
  if (!isPc) return { driver: other, connection };
  if (!isPrimary) return { driver: other, connection };
  // VGA's own place on both boards; where it is taken, a display is put where conventional devices are.
  const slot = machine.isQ35 ? 1 : 2;
  return {
    driver: primary,
    connection: model === 'virtio' ? connection : 'conventional',
    preferred: [{ bus: 0, slot, function: 0, multifunction: null }],
  };
}

/** The displays, that which the firmware uses first: libvirt puts it before the others. */
export function videosInOrder(devices: XmlElement): readonly XmlElement[] {
  const all = findChildren(devices, 'video');
  const primary = all.find(video => childValue(video, 'model', 'primary') === 'yes');
  return primary === undefined ? all : [primary, ...all.filter(video => video !== primary)];
}

function chooseDisk(element: XmlElement): Emulated | null {
  const target = findChild(element, 'target');
  const name = target === undefined ? '' : (findAttribute(target, 'dev')?.value ?? '');
  const bus = (target === undefined ? undefined : findAttribute(target, 'bus')?.value) ?? (name.startsWith('vd') ? 'virtio' : '');
  return bus === 'virtio' ? virtioDriver('virtio-blk', modelOf(element)) : null;
}

function chooseInput(element: XmlElement): Emulated | null {
  if (findAttribute(element, 'bus')?.value !== 'virtio') return null;
  const type = findAttribute(element, 'type')?.value ?? '';
  return virtioDriver(type === 'passthrough' ? 'virtio-input-host' : `virtio-${type}`, modelOf(element));
}

/** All emulated kinds but controllers and IOMMUs. */
const KINDS: ReadonlyMap<string, Kind> = new Map(
  Object.entries<Kind>({
    filesystem: {
      class: 'filesystem',
      alias: 'fs',
      choose: element => {
        const isVirtiofs = childValue(element, 'driver', 'type') === 'virtiofs';
        return isVirtiofs ? express('vhost-user-fs-pci') : virtioDriver('virtio-9p', modelOf(element));
      },
    },
    interface: { class: 'interface', alias: 'net', choose: chooseNet },
    sound: { class: 'sound', alias: 'sound', choose: chooseSound },
    disk: { class: 'disk', alias: 'virtio-disk', choose: chooseDisk },
    memballoon: {
      class: 'memballoon',
      alias: 'balloon',
      choose: element => (modelOf(element) === 'none' ? null : virtioDriver('virtio-balloon', modelOf(element))),
    },
    rng: { class: 'rng', alias: 'rng', choose: element => virtioDriver('virtio-rng', modelOf(element)) },
    watchdog: {
      class: 'watchdog',
      alias: 'watchdog',
      choose: element => (modelOf(element) === 'i6300esb' ? conventional('i6300esb') : null),
    },
    video: { class: 'video', alias: 'video', choose: chooseVideo },
    shmem: { class: 'shmem', alias: 'shmem', choose: element => conventional(childValue(element, 'model', 'type') ?? 'ivshmem') },
    input: { class: 'input', alias: 'input', choose: chooseInput },
    serial: {
      class: 'serial',
      alias: 'serial',
      choose: element => (childValue(element, 'target', 'type') === 'pci-serial' ? conventional('pci-serial') : null),
    },
    vsock: {
      class: 'vsock',
      alias: 'vsock',
      choose: element => virtioDriver('vhost-vsock', modelOf(element)),
    },
    memory: {
      class: 'memory',
      alias: null,
      choose: element => {
        const model = modelOf(element);
        return model === 'virtio-mem' || model === 'virtio-pmem' ? express(`${model}-pci`) : null;
      },
    },
    crypto: { class: 'crypto', alias: 'crypto', choose: () => conventional('virtio-crypto-pci') },
    panic: {
      class: 'panic',
      alias: null,
      choose: element => (modelOf(element) === 'pvpanic' ? { driver: 'pvpanic-pci', connection: 'integrated' } : null),
    },
  }),
);

/** Displays that may be the second. */
const SECOND_VIDEOS: ReadonlySet<string> = new Set(['qxl', 'virtio', 'none']);

function refuseSecondVideo(text: LibvirtText, element: XmlElement): void {
  const type = childValue(element, 'model', 'type');
  if (type === undefined || SECOND_VIDEOS.has(type)) return;
  text.refuse(`video type '${type.slice(0, 80)}' is only valid as primary video device`, text.origin(element));
}

/** What emulated devices are read with. */
export interface EmulatedContext {
  readonly text: LibvirtText;
  readonly machine: MachineBuses;
  readonly aliases: Aliases;
}

const MEMORY_ALIASES: Readonly<Record<string, string>> = { 'virtio-mem': 'virtiomem', 'virtio-pmem': 'virtiopmem' };

/** The device that an element is; null where it takes no place of its own, or is no emulated device. */
export function readEmulated({ text, machine, aliases }: EmulatedContext, element: XmlElement, isPrimary: boolean): GuestDevice | null {
  const kind = KINDS.get(element.name);
  if (kind === undefined) return null;
  if (element.name === 'video' && !isPrimary) refuseSecondVideo(text, element);
  // A device that is elsewhere has its number too.
  const prefix = element.name === 'memory' ? MEMORY_ALIASES[modelOf(element) ?? ''] : kind.alias;
  const id = prefix === null || prefix === undefined ? null : (diskAlias(element) ?? aliases.of(element, prefix));
  const found = kind.choose(element, machine, isPrimary);
  const address = readGuestAddress(text, element);
  if (found === null || address === 'unassigned' || isElsewhere(element)) return null;
  return {
    class: kind.class,
    element,
    driver: found.driver,
    id,
    values: [],
    connection: found.connection,
    ...(found.preferred === undefined ? {} : { preferred: found.preferred }),
    host: { kind: 'emulated' },
    address,
    origin: text.origin(element),
  };
}

/** A disk is called by its target: vdb is the second. */
function diskAlias(element: XmlElement): string | null {
  if (element.name !== 'disk') return null;
  const alias = findChild(element, 'alias');
  const own = alias === undefined ? undefined : findAttribute(alias, 'name')?.value;
  if (own?.startsWith('ua-')) return own;
  const letters = /^(?:[hsvx]|xv|fd?)d([a-z]{1,4})$/.exec(childValue(element, 'target', 'dev') ?? '')?.[1];
  if (letters === undefined) return null;
  const index = [...letters].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 96, 0) - 1;
  return `virtio-disk${index}`;
}

/** Whether an address says that it sits on no PCI bus: a CCW or MMIO one. */
function isElsewhere(element: XmlElement): boolean {
  const type = childValue(element, 'address', 'type');
  return type !== undefined && type !== 'pci';
}
