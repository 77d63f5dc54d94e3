/** Addresses of PCI functions as libvirt's XML writes them, those of the guest and those of the host. */

import { formatHex, hexDigits } from '../../../bytes/hex.ts';
import { Bdf } from '../../../pci/bdf.ts';
import type { GuestAddress } from './guest-device.ts';
import type { LibvirtText } from './libvirt-text.ts';
import { findAttribute, findChild, type XmlElement } from './xml.ts';

const LARGEST = { bus: 0xff, slot: 0x1f, function: 7 } as const;
/** As libvirt writes them. */
const MOST_IN_WORDS = { bus: '0xFF', slot: '0x1F', function: '7' } as const;

/** The parts of an address; one that is left out is 0. undefined where libvirt refuses one. */
function readParts(text: LibvirtText, element: XmlElement): readonly [domain: number, bus: number, slot: number, fn: number] | undefined {
  const parts = { domain: 0, bus: 0, slot: 0, function: 0 };
  for (const name of ['domain', 'bus', 'slot', 'function'] as const) {
    if (findAttribute(element, name) === undefined) continue;
    const number = text.number(element, name);
    if (number === undefined) return undefined;
    parts[name] = number;
  }
  for (const [name, most] of Object.entries(LARGEST) as [keyof typeof LARGEST, number][]) {
    if (parts[name] <= most) continue;
    const given = name === 'function' ? formatHex(parts[name]) : `'${formatHex(parts[name])}'`;
    text.refuse(`Invalid PCI address ${name}=${given}, must be <= ${MOST_IN_WORDS[name]}`, text.origin(element));
    return undefined;
  }
  return [parts.domain, parts.bus, parts.slot, parts.function];
}

/** The address of a function of the host; null where there is none that libvirt takes. */
export function readHostAddress(text: LibvirtText, element: XmlElement): Bdf | null {
  const parts = readParts(text, element);
  return parts === undefined ? null : new Bdf(...parts);
}

const ADDRESS_TYPES = [
  ...([
    'pci',
    'drive',
    'virtio-serial',
    'ccid',
    'usb',
    'spapr-vio',
    'virtio-s390',
    'ccw',
    'virtio-mmio',
    'isa',
    'dimm',
    'unassigned',
  ] as const),
];

/** Where a device sits in the guest; null where the text leaves that to libvirt. `unassigned`: it is kept from the guest. */
export function readGuestAddress(text: LibvirtText, device: XmlElement): GuestAddress | 'unassigned' | null {
  const element = findChild(device, 'address');
  const type = element === undefined ? undefined : text.requiredWord(element, 'type', ADDRESS_TYPES);
  if (element === undefined || type === undefined) return null;
  if (type === 'unassigned') return 'unassigned';
  if (type !== 'pci') return null;
  const parts = readParts(text, element);
  if (parts === undefined) return null;
  const [domain, bus, slot, fn] = parts;
  if (domain !== 0) {
    const words = `${hexDigits(domain, 4)}:${hexDigits(bus, 2)}:${hexDigits(slot, 2)}.${fn}`;
    text.refuse(`Invalid PCI address ${words}. Only PCI domain 0 is available`, text.origin(element));
    return null;
  }
  // Slot 0 of the root is the host's own: it stands for a place that libvirt is to choose.
  if (bus === 0 && slot === 0) return null;
  const multifunction = text.word(element, 'multifunction', ['on', 'off']);
  return {
    bus,
    slot,
    function: fn,
    multifunction: multifunction === undefined ? null : multifunction === 'on',
    origin: text.madeOf(element),
  };
}
