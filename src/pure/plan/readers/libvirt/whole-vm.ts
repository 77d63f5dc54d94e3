/** What libvirt refuses of a VM as a whole: its type and name, and what two of its devices may not both have. */
import { DefinitionError } from '../reader.ts';
import { aliasOf, type GuestDevice } from './guest-device.ts';
import { type LibvirtText, oneLine } from './libvirt-text.ts';
import { findAttribute, findChild, type XmlElement } from './xml.ts';

const QEMU_TYPES: readonly string[] = ['kvm', 'qemu', 'hvf'];
const OTHER_TYPES: readonly string[] = [
  'xen',
  'lxc',
  'uml',
  'openvz',
  'test',
  'vmware',
  'hyperv',
  'vbox',
  'phyp',
  'parallels',
  'bhyve',
  'vz',
  'ch',
];

/** @throws DefinitionError for a domain of another hypervisor, whose devices are not what a reader of QEMU's would say */
export function checkDomain(text: LibvirtText, domain: XmlElement): void {
  const type = findAttribute(domain, 'type');
  if (type === undefined) text.refuse('missing domain type attribute', text.origin(domain));
  else if (OTHER_TYPES.includes(type.value)) {
    throw new DefinitionError(oneLine(`The domain is of type ${type.value}: only those that QEMU runs are read`), text.valueOrigin(type));
  } else if (!QEMU_TYPES.includes(type.value)) text.refuse(`invalid domain type ${type.value.slice(0, 80)}`, text.valueOrigin(type));
  if (findChild(domain, 'name') === undefined) text.refuse('missing name information', text.origin(domain));
  const os = findChild(domain, 'os');
  if (os === undefined || findChild(os, 'type') === undefined) text.refuse('an os <type> must be specified', text.origin(os ?? domain));
}

/** What libvirt refuses since two devices have it. */
export function checkTwice(text: LibvirtText, devices: readonly GuestDevice[], container: XmlElement): void {
  const hosts = new Set<string>();
  for (const { host, origin } of devices) {
    const name = host.kind === 'address' ? host.address.text : host.kind === 'mdev' ? host.uuid : null;
    if (name !== null && hosts.has(name)) text.refuse('Hostdev already exists in the domain configuration', origin);
    if (name !== null) hosts.add(name);
  }
  checkBoot(text, container);
  checkAliases(text, container);
}

function checkBoot(text: LibvirtText, container: XmlElement): void {
  const orders = new Set<string>();
  const os = container.parent === null ? undefined : findChild(container.parent, 'os');
  const isInOs = os !== undefined && findChild(os, 'boot') !== undefined;
  for (const device of container.children) {
    const boot = findChild(device, 'boot');
    const order = boot === undefined ? undefined : findAttribute(boot, 'order');
    if (boot === undefined || order === undefined) continue;
    if (isInOs && orders.size === 0) {
      text.refuse('per-device boot elements cannot be used together with os/boot elements', text.origin(boot));
    }
    if (orders.has(order.value)) {
      text.refuse(`boot order '${order.value.slice(0, 80)}' used for more than one device`, text.valueOrigin(order));
    }
    orders.add(order.value);
  }
}

function checkAliases(text: LibvirtText, container: XmlElement): void {
  const aliases = new Set<string>();
  for (const device of container.children) {
    const own = aliasOf(device, false);
    if (own !== null && aliases.has(own)) text.refuse(`non unique alias detected: ${own.slice(0, 80)}`, text.origin(device));
    if (own !== null) aliases.add(own);
    const element = findChild(device, 'alias');
    const name = element === undefined ? undefined : findAttribute(element, 'name');
    if (name === undefined || own !== null || !name.value.startsWith('ua-')) continue;
    const message = `libvirt drops the alias ${JSON.stringify(name.value.slice(0, 80))} in silence: it takes letters, digits, - and _ behind ua-`;
    text.add('warning', 'libvirt.alias.ignored', message, text.valueOrigin(name));
  }
}
