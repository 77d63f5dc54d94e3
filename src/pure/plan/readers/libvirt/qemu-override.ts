/** `<qemu:override>`: properties that libvirt puts over those that it made, or takes out, by the device's alias. */
import type { DefinedDevice, DefinedValue } from '../../definition.ts';
import { jsonValue, type LibvirtText } from './libvirt-text.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from './xml.ts';

const TYPES = ['string', 'signed', 'unsigned', 'bool', 'remove'] as const;

/** The devices, with what is put over them. */
export function applyOverrides(
  text: LibvirtText,
  override: XmlElement | undefined,
  devices: readonly DefinedDevice[],
): readonly DefinedDevice[] {
  if (override === undefined) return devices;
  const ids = new Set(devices.map(({ id }) => id));
  const byAlias = new Map<string, XmlElement[]>();
  for (const element of findChildren(override, 'device')) {
    const alias = findAttribute(element, 'alias')?.value;
    if (alias === undefined) {
      text.refuse("missing 'alias' attribute for qemu:device", text.origin(element));
      continue;
    }
    const known = byAlias.get(alias);
    if (known === undefined) byAlias.set(alias, [element]);
    else known.push(element);
    if (ids.has(alias)) continue;
    const message = `No device has the alias ${JSON.stringify(alias.slice(0, 80))}: libvirt overrides nothing, without a word`;
    text.add('warning', 'libvirt.override.unused', message, text.origin(element));
  }
  return devices.map(device => {
    const elements = device.id === null ? undefined : byAlias.get(device.id);
    return elements === undefined ? device : elements.reduce((one, element) => overridden(text, element, one), device);
  });
}

function overridden(text: LibvirtText, element: XmlElement, device: DefinedDevice): DefinedDevice {
  const frontend = findChild(element, 'frontend');
  const values = new Map(device.values.map(value => [value.name, value]));
  for (const property of frontend === undefined ? [] : findChildren(frontend, 'property')) {
    const name = findAttribute(property, 'name')?.value;
    const type = text.requiredWord(property, 'type', TYPES);
    if (name === undefined) text.refuse("missing 'name' attribute for qemu:property", text.origin(property));
    if (name === undefined || type === undefined) continue;
    const value = type === 'remove' ? null : overrideValue(text, property, name, type);
    if (value === null) values.delete(name);
    else values.set(name, value);
  }
  return { ...device, values: [...values.values()] };
}

function overrideValue(text: LibvirtText, property: XmlElement, name: string, type: (typeof TYPES)[number]): DefinedValue | null {
  const value = findAttribute(property, 'value');
  if (value === undefined) {
    text.refuse("missing 'value' attribute for 'qemu:property'", text.origin(property));
    return null;
  }
  const origin = text.valueOrigin(value);
  if (type === 'string') return jsonValue(name, value.value, origin);
  const isRight = type === 'bool' ? /^(?:true|false)$/ : type === 'signed' ? /^[+-]?\d{1,19}$/ : /^\+?\d{1,20}$/;
  if (!isRight.test(value.value)) {
    text.refuse(`invalid value '${value.value.slice(0, 80)}' of 'value' attribute of 'qemu:property'`, origin);
    return null;
  }
  // As it stands, since a number of 64 bits is more than a double holds.
  return { name, value: value.value, json: type === 'bool' ? 'boolean' : 'number', origin };
}
