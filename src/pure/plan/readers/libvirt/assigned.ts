/** Devices of the host that are given to the guest: `<hostdev>`, and `<interface>` where that is one. */
import type { DefinedValue, HostChoice } from '../../definition.ts';
import type { Aliases, Connection, GuestDevice } from './guest-device.ts';
import { jsonValue, type LibvirtText } from './libvirt-text.ts';
import { readGuestAddress, readHostAddress } from './pci-address.ts';
import { findAttribute, findChild, type XmlAttribute, type XmlElement } from './xml.ts';

/** What holds for all of a VM's assigned devices. */
export interface AssignedContext {
  readonly text: LibvirtText;
  readonly aliases: Aliases;
  /** The element that says that all devices have iommufd; null where none does. */
  readonly iommufd: XmlElement | null;
  /** Whether somebody can see what a device displays. */
  readonly hasGraphics: boolean;
}

/** The id of the object that libvirt makes for iommufd. */
export const IOMMUFD_ID = 'iommufd0';

const UUID = /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i;

/** The device that a `<hostdev>` is; null for one that takes no place in the guest. */
export function readHostdev(context: AssignedContext, element: XmlElement): GuestDevice | null {
  const { text } = context;
  const mode = text.word(element, 'mode', ['subsystem', 'capabilities']) ?? 'subsystem';
  if (mode === 'capabilities') return null;
  const type = text.requiredWord(element, 'type', ['usb', 'pci', 'scsi', 'scsi_host', 'mdev']);
  const id = context.aliases.of(element, 'hostdev');
  const source = findChild(element, 'source');
  if (source === undefined) {
    text.refuse('Missing <source> element in hostdev device', text.origin(element));
    return null;
  }
  switch (type) {
    case 'pci':
      return readPci(context, element, source, id);
    case 'mdev':
      return readMdev(context, element, source, id);
    case 'scsi_host':
      return finish(context, { element, id, driver: 'vhost-scsi-pci', connection: 'express', host: { kind: 'emulated' }, values: [] });
    default:
      return null;
  }
}

/** The device behind `<interface type='hostdev'>`: its MAC address and VLAN go to the physical function, not to QEMU. */
export function readHostdevInterface(context: AssignedContext, element: XmlElement, source: XmlElement | undefined): GuestDevice | null {
  const id = context.aliases.of(element, 'hostdev');
  if (source === undefined) {
    context.text.refuse('Missing <source> element in hostdev device', context.text.origin(element));
    return null;
  }
  return readPci(context, element, source, id);
}

/** The device behind an interface of a network that is a pool: which one is chosen when the VM starts. */
export function readPooledInterface(
  context: AssignedContext,
  element: XmlElement,
  host: HostChoice,
  isManaged: boolean,
): GuestDevice | null {
  const id = context.aliases.of(element, 'hostdev');
  const values = iommufdValue(context, element);
  return finish(context, { element, id, driver: 'vfio-pci', connection: 'express', host, values, isManaged });
}

function readPci(context: AssignedContext, element: XmlElement, source: XmlElement, id: string): GuestDevice | null {
  const { text } = context;
  const where = findChild(source, 'address') ?? source;
  const address = readHostAddress(text, where);
  if (address === null) return null;
  const origin = text.origin(where);
  refuseOfPci(context, element, source);
  refuseUnseen(context, element);
  const iommufd = iommufdValue(context, element);
  // Under iommufd QEMU gets a descriptor at start, and no address.
  const host = iommufd.length > 0 ? [] : [jsonValue('host', address.text, text.madeOf(where))];
  const ramfb = displayValues(text, element, null);
  const driver = ramfb.some(({ name, value }) => name === 'ramfb' && value === 'true') ? 'vfio-pci-nohotplug' : 'vfio-pci';
  const values = [...host, ...iommufd, ...ramfb];
  // Of an interface that runs, what it became says so.
  const actual = element.name === 'interface' && source.parent !== null ? source.parent : element;
  return finish(context, {
    element,
    id,
    driver,
    connection: 'express',
    host: { kind: 'address', address, origin },
    values,
    isManaged: isManaged(text, actual),
  });
}

/** What libvirt takes of other devices alone. */
function refuseOfPci({ text }: AssignedContext, element: XmlElement, source: XmlElement): void {
  if (findAttribute(source, 'startupPolicy') !== undefined) {
    text.refuse('Setting startupPolicy is only allowed for USB devices', valueOrigin(text, source, 'startupPolicy'));
  }
  if (text.word(source, 'writeFiltering', ['yes', 'no']) !== undefined) {
    const message = 'Write filtering of PCI device configuration space is not supported by qemu';
    text.refuse(message, valueOrigin(text, source, 'writeFiltering'));
  }
  const type = findChild(element, 'address');
  const given = type === undefined ? undefined : findAttribute(type, 'type')?.value;
  if (given !== undefined && given !== 'pci' && given !== 'unassigned' && type !== undefined) {
    text.refuse("PCI host devices must use 'pci' or 'unassigned' address type", text.origin(type));
  }
}

/** A device that shows its screen needs somebody to show it to. */
function refuseUnseen({ text, hasGraphics }: AssignedContext, element: XmlElement): void {
  if (hasGraphics || findAttribute(element, 'display')?.value !== 'on') return;
  text.refuse("graphics device is needed for attribute value 'display=on' in <hostdev>", valueOrigin(text, element, 'display'));
}

function readMdev(context: AssignedContext, element: XmlElement, source: XmlElement, id: string): GuestDevice | null {
  const { text } = context;
  const model = text.requiredWord(element, 'model', ['vfio-pci', 'vfio-ccw', 'vfio-ap']);
  const address = findChild(source, 'address');
  const uuid = address === undefined ? undefined : findAttribute(address, 'uuid');
  if (model === undefined || address === undefined) return null;
  if (uuid === undefined || !UUID.test(uuid.value)) {
    const value = uuid?.value.slice(0, 80) ?? '';
    const message = `Invalid value for attribute 'uuid' in element 'address': '${value}'. Expected UUID`;
    text.refuse(uuid === undefined ? "Missing required attribute 'uuid' in element 'address'" : message, text.origin(address));
    return null;
  }
  if (model === 'vfio-pci') refuseUnseen(context, element);
  const values = [
    jsonValue('sysfsdev', `/sys/bus/mdev/devices/${uuid.value}`, text.madeOf(address)),
    ...(model === 'vfio-pci' ? displayValues(text, element, text.madeOf(element)) : []),
  ];
  const hasRamfb = values.some(({ name, value }) => name === 'ramfb' && value === 'true');
  const driver = hasRamfb ? 'vfio-pci-nohotplug' : model;
  const host: HostChoice = { kind: 'mdev', uuid: uuid.value, origin: text.valueOrigin(uuid) };
  return finish(context, { element, id, driver, connection: model === 'vfio-pci' ? 'express' : null, host, values });
}

/** `display` and `ramfb`; libvirt writes `display` for every mediated device, `otherwise` says where it makes it of. */
function displayValues(text: LibvirtText, element: XmlElement, otherwise: DefinedValue['origin'] | null): DefinedValue[] {
  const values: DefinedValue[] = [];
  const display = text.word(element, 'display', ['on', 'off']);
  const ramfb = text.word(element, 'ramfb', ['on', 'off']);
  if (display !== undefined) values.push(jsonValue('display', display, valueOrigin(text, element, 'display')));
  else if (otherwise !== null) values.push(jsonValue('display', 'off', otherwise));
  if (ramfb === 'on') values.push(jsonValue('ramfb', true, valueOrigin(text, element, 'ramfb')));
  return values;
}

/** The value that names the iommufd object; none for a device of the legacy container. */
function iommufdValue({ text, iommufd }: AssignedContext, element: XmlElement): DefinedValue[] {
  const driver = findChild(element, 'driver');
  if (driver !== undefined) {
    const name = text.word(driver, 'name', ['kvm', 'vfio', 'xen']);
    if (name === 'kvm' || name === 'xen') {
      text.refuse(`QEMU does not support device assignment mode '${name}'`, valueOrigin(text, driver, 'name'));
    }
    const own = text.word(driver, 'iommufd', ['yes', 'no']);
    if (own === 'no') return [];
    if (own === 'yes') return [jsonValue('iommufd', IOMMUFD_ID, { ...valueOrigin(text, driver, 'iommufd'), span: null })];
  }
  return iommufd === null ? [] : [jsonValue('iommufd', IOMMUFD_ID, text.madeOf(iommufd))];
}

function isManaged(text: LibvirtText, element: XmlElement): boolean {
  const attribute = findAttribute(element, 'managed');
  if (attribute !== undefined && attribute.value !== 'yes' && attribute.value !== 'no') {
    const message = `libvirt takes managed='${attribute.value.slice(0, 80)}' for no: it takes nothing but yes for yes`;
    text.add('warning', 'libvirt.value.ignored', message, text.valueOrigin(attribute));
  }
  return attribute?.value === 'yes';
}

interface Unfinished {
  readonly element: XmlElement;
  readonly id: string;
  readonly driver: string;
  readonly connection: Connection | null;
  readonly host: HostChoice;
  readonly values: readonly DefinedValue[];
  readonly isManaged?: boolean;
}

/** Adds what all of them may have: boot order, ROM, ACPI index, failover. */
function finish({ text }: AssignedContext, device: Unfinished): GuestDevice | null {
  const { element, id, driver, connection, host, isManaged: isBound } = device;
  const address = readGuestAddress(text, element);
  const values = [
    ...device.values,
    ...bootValues(text, element),
    ...romValues(text, element),
    ...acpiValues(text, element),
    ...teamingValues(text, element),
  ];
  if (address === 'unassigned') {
    text.add(
      'note',
      'libvirt.hostdev.unassigned',
      `${id} has the address "unassigned": libvirt takes it from the host and keeps it from the guest`,
      text.origin(element),
    );
    return null;
  }
  return {
    class: 'hostdev',
    element,
    driver,
    id,
    values,
    connection,
    host,
    ...(isBound ? { isBoundAtStart: true } : {}),
    address,
    origin: text.origin(element),
  };
}

function bootValues(text: LibvirtText, element: XmlElement): DefinedValue[] {
  const boot = findChild(element, 'boot');
  if (boot === undefined) return [];
  const order = text.number(boot, 'order', 'decimal');
  if (findAttribute(boot, 'order') === undefined) text.refuse("Missing required attribute 'order' in element 'boot'", text.origin(boot));
  if (order === 0) text.refuseZero(boot, 'order');
  return order === undefined || order === 0 ? [] : [jsonValue('bootindex', order, valueOrigin(text, boot, 'order'))];
}

function romValues(text: LibvirtText, element: XmlElement): DefinedValue[] {
  const rom = findChild(element, 'rom');
  if (rom === undefined) return [];
  const enabled = text.word(rom, 'enabled', ['yes', 'no']);
  const bar = text.word(rom, 'bar', ['on', 'off']);
  const file = findAttribute(rom, 'file');
  if (enabled === 'no') {
    if (bar !== undefined || file !== undefined) text.refuse('ROM tuning is not supported when ROM is disabled', text.origin(rom));
    return [jsonValue('romfile', '', { ...valueOrigin(text, rom, 'enabled'), span: null })];
  }
  return [
    ...(bar === undefined ? [] : [jsonValue('rombar', bar === 'on' ? 1 : 0, valueOrigin(text, rom, 'bar'))]),
    ...(file === undefined ? [] : [jsonValue('romfile', file.value, text.valueOrigin(file))]),
  ];
}

function acpiValues(text: LibvirtText, element: XmlElement): DefinedValue[] {
  const acpi = findChild(element, 'acpi');
  const index = acpi === undefined ? undefined : text.number(acpi, 'index', 'decimal');
  if (acpi !== undefined && index === 0) text.refuseZero(acpi, 'index');
  return acpi === undefined || !index ? [] : [jsonValue('acpi-index', index, valueOrigin(text, acpi, 'index'))];
}

function teamingValues(text: LibvirtText, element: XmlElement): DefinedValue[] {
  const teaming = findChild(element, 'teaming');
  if (teaming === undefined) return [];
  const type = findAttribute(teaming, 'type')?.value;
  if (type !== 'transient') {
    const unknown = `unknown teaming type '${type?.slice(0, 80) ?? '(null)'}'`;
    text.refuse(type === 'persistent' ? "teaming hostdev devices must have type='transient'" : unknown, text.origin(teaming));
    return [];
  }
  const persistent = findAttribute(teaming, 'persistent');
  if (persistent === undefined) {
    text.refuse('missing required persistent attribute in hostdev teaming element', text.origin(teaming));
    return [];
  }
  return [jsonValue('failover_pair_id', persistent.value, text.valueOrigin(persistent))];
}

function valueOrigin(text: LibvirtText, element: XmlElement, name: string): DefinedValue['origin'] {
  const attribute: XmlAttribute | undefined = findAttribute(element, name);
  return attribute === undefined ? text.origin(element) : text.valueOrigin(attribute);
}
