/** What `--device` of Cloud Hypervisor 53 takes beside the path of the device, in its own words. */
import { type PropertyDeclaration, PropertyError, type PropertyType } from '../../qemu/index.ts';
import { ownProperties } from '../own-properties.ts';

function refused(property: string, message: string): PropertyError {
  return new PropertyError(message, { code: 'property.value', property });
}

function notConverted(property: string, text: string): PropertyError {
  return refused(property, `unable to convert ${text} for ${property}`);
}

/** Decimal digits with an optional plus sign; nothing behind the `=` counts as not given. `refuse` gives the words for what no VM has. */
function wholeNumber(name: string, most: number, takes: string, refuse: (value: number) => string | null = () => null): PropertyType {
  return {
    name,
    takes,
    parse(text, property) {
      if (text === '') return null;
      if (!/^\+?[0-9]+$/.test(text) || Number(text) > most) throw notConverted(property, text);
      const words = refuse(Number(text));
      if (words !== null) throw refused(property, words);
      return Number(text);
    },
    format: value => String(value ?? ''),
  };
}

const toggle: PropertyType = {
  name: 'on|off',
  takes: 'on or off',
  words: ['on', 'off'],
  parse(text, property) {
    const word = text.toLowerCase();
    if (['on', 'true'].includes(word)) return true;
    if (['off', 'false', ''].includes(word)) return false;
    throw notConverted(property, text);
  },
  format: value => (value === true ? 'on' : 'off'),
};

const id: PropertyType = {
  name: 'text',
  takes: 'a name',
  parse: text => (text === '' ? null : text),
  format: value => String(value ?? ''),
};

const LAST_BAR = 5;

/** `[0,2-4]`, or one number without brackets. */
const barList: PropertyType = {
  name: 'list of BARs',
  takes: 'numbers of BARs from 0 to 5, such as [0,2-4]',
  parse(text, property) {
    if (text === '') return null;
    const [, inside] = /^\[(.*)\]$/.exec(text) ?? [null, text];
    for (const item of inside.split(',')) {
      const [, first, last = first] = /^([0-9]+)(?:-([0-9]+))?$/.exec(item) ?? [];
      if (first === undefined || Number(first) > Number(last)) throw notConverted(property, text);
      const wrong = Math.max(Number(first), LAST_BAR + 1);
      if (Number(last) > LAST_BAR) throw refused(property, `Invalid VFIO excluded-mmap BAR index: ${wrong}`);
    }
    return text;
  },
  format: value => String(value ?? ''),
};

const SEGMENTS = 96;
const SLOTS = 32;

function slotWords(slot: number): string | null {
  if (slot >= SLOTS) return `Given PCI device ID (${slot}) is out of the supported range of 0..${SLOTS}`;
  return slot === 0 ? 'Given PCI device ID (0) is reserved' : null;
}

type Line = Omit<PropertyDeclaration, 'declaredType' | 'effect'> & { readonly changesView?: true; readonly effect: string };

const LINES: readonly Line[] = [
  {
    name: 'id',
    type: id,
    default: null,
    help: 'the name of the device in the VM; without one it is made up',
    effect: 'is how commands name the device',
  },
  {
    name: 'iommu',
    type: toggle,
    default: false,
    help: "whether the device stands behind the guest's virtual IOMMU",
    effect: "is about the guest's IOMMU: config space stays as it is",
  },
  {
    name: 'pci_device_id',
    type: wholeNumber('u8', 0xff, 'a whole number from 1 to 31', slotWords),
    default: null,
    help: 'the number of the device on its bus; without one the first that is free',
    effect: 'says where the device stands on its bus',
  },
  {
    name: 'pci_segment',
    type: wholeNumber('u16', 0xffff, `a whole number below the platform's num_pci_segments, so at most ${SEGMENTS - 1}`, value =>
      value < SEGMENTS ? null : `Invalid PCI segment id: ${value}`,
    ),
    default: 0,
    help: 'the PCI segment that the device stands in',
    effect: 'says where the device stands',
  },
  {
    name: 'x_exclude_mmap_bars',
    type: barList,
    default: null,
    help: 'BARs that are not mapped into the guest: it reaches their registers through the VMM',
    effect: 'is about how registers reach the guest: config space stays as it is',
  },
  {
    name: 'x_nv_gpudirect_clique',
    means: 'x-nv-gpudirect-clique',
    type: wholeNumber('u8', 0xff, 'a whole number from 0 to 255'),
    default: null,
    help: "the device's GPUDirect peer-to-peer clique, which a guest's NVIDIA driver finds in a capability",
    changesView: true,
    effect: 'adds a vendor capability "P2P" at D4h to any device with a capability list, over what stands there',
  },
];

export const cloudHypervisorProperties = ownProperties({
  vmm: 'Cloud Hypervisor',
  version: '53',
  driver: 'device',
  declarations: LINES.map(({ changesView = false, effect: text, ...line }) => ({
    ...line,
    declaredType: line.type.name,
    effect: { changesView, text },
  })),
  lineKeys: ['path', 'fd'],
  unknownWords: name => `unknown option: ${name}`,
});
