/** Pins in the words of a domain of libvirt: attributes where it has them, what it has none for as overrides of QEMU's properties. */
import { findValue, type VmDefinition } from '../../definition.ts';
import { attributeFor } from '../../readers/libvirt/iommu.ts';
import { findAttribute, findChild, parseXml, type XmlElement } from '../../readers/libvirt/xml.ts';
import type { TextEdit } from '../edits.ts';
import { type Pin, type PinEdits, PinResult } from '../pins.ts';
import { insertion, replacement, settingWords } from '../qemu-words.ts';
import { QemuElements } from './overrides.ts';
import { type NewElement, XmlEdits } from './xml-edits.ts';

const STATUS = 'this is libvirt’s own note of a VM that runs: pin what virsh dumpxml --inactive prints';

export function pinLibvirt(definition: VmDefinition, text: string, pins: readonly Pin[]): PinEdits {
  const { root } = parseXml({ file: definition.source.file, text });
  if (root.name !== 'domain') return { edits: [], unwritten: pins.map(pin => ({ pin, why: STATUS })) };
  return new DomainPins(definition, text, root).pin(pins);
}

class DomainPins {
  readonly #definition: VmDefinition;
  readonly #text: string;
  readonly #domain: XmlElement;
  readonly #edits: XmlEdits;
  readonly #qemu: QemuElements;
  readonly #drivers = new Map<XmlElement, Pin[]>();
  readonly #result = new PinResult();

  constructor(definition: VmDefinition, text: string, domain: XmlElement) {
    this.#definition = definition;
    this.#text = text;
    this.#domain = domain;
    this.#edits = new XmlEdits(definition.source.file, text);
    this.#qemu = new QemuElements(this.#edits, domain, definition);
  }

  pin(pins: readonly Pin[]): PinEdits {
    for (const pin of pins) {
      const edit = pin.driver === null ? this.#machine(pin) : this.#ofDevice(pin, pins);
      if (edit !== null) this.#result.add(pin, edit);
    }
    for (const [element, own] of this.#drivers) this.#addDriver(element, own);
    this.#qemu.finish();
    return { edits: [...this.#result.edits, ...this.#edits.finish()], unwritten: this.#result.unwritten };
  }

  #machine(pin: Pin): TextEdit | string | null {
    const { type } = this.#definition.machine;
    if (type !== null) return replacement(type.origin, this.#text, pin) ?? `the place of ${type.value} in the text is not known`;
    const os = findChild(this.#domain, 'os');
    const element = os === undefined ? undefined : findChild(os, 'type');
    if (element === undefined) return 'the domain has no <type> in its <os>';
    this.#edits.setAttribute(element, 'machine', pin.value);
    return null;
  }

  /** The edit, why there is none, or null where it is made with others. */
  #ofDevice(pin: Pin, pins: readonly Pin[]): TextEdit | string | null {
    const { device, name } = pin;
    const known = device === null ? undefined : findValue(device.values, name);
    const edit = known === undefined ? null : replacement(known.origin, this.#text, pin);
    if (edit !== null) return edit;
    const element = device === null ? undefined : this.#elementAt(device.origin.span?.start);
    if (element?.name === 'arg') return this.#ofArgument(element, pin);
    if (element?.name === 'iommu' && this.#takesAttribute(element, pin)) {
      this.#drivers.set(element, [...(this.#drivers.get(element) ?? []), pin]);
      return null;
    }
    if (element !== undefined && device?.id) {
      this.#qemu.override(element, pin);
      return null;
    }
    const words = settingWords(pin, this.#definition, pins);
    if (words === null) return 'libvirt has no attribute for it, and the device has no alias to override it by';
    this.#qemu.addWords(words);
    return null;
  }

  #ofArgument(argument: XmlElement, pin: Pin): TextEdit | string {
    const value = findAttribute(argument, 'value');
    const isPlain = value !== undefined && this.#text.slice(value.start, value.end) === value.value;
    const quote = value === undefined ? '' : this.#text.charAt(value.end);
    const edit = isPlain && pin.device !== null ? insertion(pin.device.origin, this.#text, pin) : null;
    const isFit = edit !== null && !edit.text.includes(quote);
    return isFit ? edit : 'it belongs into a <qemu:arg> with escapes, whose parts have no places of their own';
  }

  /** Whether libvirt has an attribute for it, and takes that beside the others. */
  #takesAttribute(element: XmlElement, { driver, name }: Pin): boolean {
    const driverElement = findChild(element, 'driver');
    const has = (attribute: string) => driverElement !== undefined && findAttribute(driverElement, attribute)?.value === 'on';
    const attribute = attributeFor(findAttribute(element, 'model')?.value, name);
    if (attribute === null) return false;
    return (driver !== 'arm-smmuv3' || has('accel')) && (attribute !== 'eim' || has('intremap'));
  }

  #addDriver(element: XmlElement, pins: readonly Pin[]): void {
    const model = findAttribute(element, 'model')?.value;
    const driver = findChild(element, 'driver');
    const attributes = pins.map(({ name, value }): readonly [string, string] => [attributeFor(model, name) ?? name, value]);
    const made: NewElement = { name: `${this.#edits.prefixOf(element)}driver`, attributes };
    if (driver === undefined) this.#edits.addChild(element, made);
    else for (const [name, value] of attributes) this.#edits.setAttribute(driver, name, value);
  }

  /** The element that begins at an index; of a word of `<qemu:arg>` that one. */
  #elementAt(start: number | undefined): XmlElement | undefined {
    if (start === undefined) return undefined;
    const left: XmlElement[] = [this.#domain];
    for (let element = left.pop(); element !== undefined; element = left.pop()) {
      if (element.start === start) return element;
      const isAround = element.name === 'arg' && element.start < start && start < element.contentStart;
      if (isAround) return element;
      left.push(...element.children);
    }
    return undefined;
  }
}
