/** What libvirt has no attribute for: properties of `<qemu:override>` by a device's alias, and words of `<qemu:commandline>`. */
import type { VmDefinition } from '../../definition.ts';
import { findAttribute, findChild, findChildren, type XmlElement } from '../../readers/libvirt/xml.ts';
import type { Pin } from '../pins.ts';
import type { NewElement, XmlEdits } from './xml-edits.ts';

const QEMU_NAMESPACE = 'http://libvirt.org/schemas/domain/qemu/1.0';

const TYPES: Readonly<Partial<Record<Pin['json'], string>>> = { boolean: 'bool', number: 'unsigned' };

/** Elements of QEMU's namespace in a domain, those that are there and those to add. */
export class QemuElements {
  readonly #edits: XmlEdits;
  readonly #domain: XmlElement;
  readonly #definition: VmDefinition;
  readonly #aliases = new Map<XmlElement, string>();
  readonly #properties = new Map<string, Pin[]>();
  readonly #words: string[] = [];

  constructor(edits: XmlEdits, domain: XmlElement, definition: VmDefinition) {
    this.#edits = edits;
    this.#domain = domain;
    this.#definition = definition;
  }

  /** A property of the device that `element` is. */
  override(element: XmlElement, pin: Pin): void {
    const alias = this.#aliasOf(element, pin.device?.id ?? '');
    const known = this.#properties.get(alias);
    if (known === undefined) this.#properties.set(alias, [pin]);
    else known.push(pin);
  }

  /** An option and its argument, behind those of libvirt; once, since a -global is for all devices of its driver. */
  addWords([option, argument]: readonly [string, string]): void {
    if (!this.#words.includes(argument)) this.#words.push(option, argument);
  }

  /** Makes the edits. */
  finish(): void {
    if (this.#properties.size > 0) this.#finishOverrides();
    if (this.#words.length > 0) {
      const add = this.#owner('commandline');
      for (const value of this.#words) add('arg', [['value', value]]);
    }
  }

  #finishOverrides(): void {
    const override = this.#find('override');
    const devices: NewElement[] = [];
    const prefix = override === undefined ? this.#prefix() : this.#edits.prefixOf(override);
    for (const [alias, pins] of this.#properties) {
      const properties = pins.map(pin => propertyOf(pin, prefix));
      const device = override && findChildren(override, 'device').find(one => findAttribute(one, 'alias')?.value === alias);
      const frontend = device && findChild(device, 'frontend');
      const made: NewElement = { name: `${prefix}frontend`, attributes: [], children: properties };
      if (frontend !== undefined) for (const property of properties) this.#edits.addChild(frontend, property);
      else if (device !== undefined) this.#edits.addChild(device, made);
      else devices.push({ name: `${prefix}device`, attributes: [['alias', alias]], children: [made] });
    }
    if (override !== undefined) for (const device of devices) this.#edits.addChild(override, device);
    else if (devices.length > 0) this.#edits.addChild(this.#domain, { name: `${prefix}override`, attributes: [], children: devices });
  }

  /** The alias that libvirt keeps for a device; one is added where it has none. */
  #aliasOf(element: XmlElement, id: string): string {
    const known = this.#aliases.get(element);
    if (known !== undefined) return known;
    const own = findChild(element, 'alias');
    const written = own === undefined ? undefined : findAttribute(own, 'name')?.value;
    const isKept = written === id && id.startsWith('ua-');
    const alias = isKept || this.#isNamed(id) ? id : this.#freeAlias(`ua-${id}`);
    this.#aliases.set(element, alias);
    if (alias === id) return alias;
    if (own !== undefined) this.#edits.setAttribute(own, 'name', alias);
    else this.#edits.addChild(element, { name: `${this.#edits.prefixOf(element)}alias`, attributes: [['name', alias]] });
    return alias;
  }

  /** Whether the text calls any device by a name that libvirt made: another alias would shift the numbers in such names. */
  #isNamed(id: string): boolean {
    const override = this.#find('override');
    const named = override === undefined ? [] : findChildren(override, 'device').map(device => findAttribute(device, 'alias')?.value ?? '');
    if (named.some(name => !name.startsWith('ua-'))) return true;
    const words = this.#find('commandline');
    const stem = id.replace(/\d+$/, '');
    return words !== undefined && findChildren(words, 'arg').some(arg => findAttribute(arg, 'value')?.value.includes(stem) === true);
  }

  #freeAlias(wanted: string): string {
    const taken = new Set([...this.#definition.devices.map(({ id }) => id), ...this.#aliases.values()]);
    let alias = wanted;
    for (let number = 2; taken.has(alias); number++) alias = `${wanted}-${number}`;
    return alias;
  }

  #find(name: string): XmlElement | undefined {
    return this.#domain.children.find(child => child.name === name && child.namespace === QEMU_NAMESPACE);
  }

  /** The way to add children to an element of QEMU's, be it there or not. */
  #owner(name: string): (child: string, attributes: NewElement['attributes']) => void {
    const known = this.#find(name);
    if (known !== undefined) {
      const prefix = this.#edits.prefixOf(known);
      return (child, attributes) => this.#edits.addChild(known, { name: `${prefix}${child}`, attributes });
    }
    const prefix = this.#prefix();
    const children: NewElement[] = [];
    this.#edits.addChild(this.#domain, { name: `${prefix}${name}`, attributes: [], children });
    return (child, attributes) => children.push({ name: `${prefix}${child}`, attributes });
  }

  /** The prefix of QEMU's namespace, which is declared where it is not. */
  #prefix(): string {
    const declared = this.#domain.attributes.find(({ name, value }) => name.startsWith('xmlns:') && value === QEMU_NAMESPACE);
    if (declared !== undefined) return `${declared.name.slice('xmlns:'.length)}:`;
    const isTaken = (prefix: string) => this.#domain.attributes.some(({ name }) => name === `xmlns:${prefix}`);
    const prefix = isTaken('qemu') ? 'libvirt-qemu' : 'qemu';
    this.#edits.setAttribute(this.#domain, `xmlns:${prefix}`, QEMU_NAMESPACE);
    return `${prefix}:`;
  }
}

function propertyOf({ name, value, json }: Pin, prefix: string): NewElement {
  const type = TYPES[json] ?? 'string';
  // Overrides take numbers in decimal alone, and a switch by the words of JSON.
  const words = json === 'number' ? String(BigInt(value)) : json === 'boolean' ? String(value === 'on') : value;
  return {
    name: `${prefix}property`,
    attributes: [
      ['name', name],
      ['type', type],
      ['value', words],
    ],
  };
}
