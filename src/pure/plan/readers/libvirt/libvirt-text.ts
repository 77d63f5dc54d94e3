/** A text of libvirt while it is read: its attributes by libvirt's rules, what libvirt refuses in its own words, and where all of it stands. */
import { escapeLineEnds, escapeText } from '../../../text/escape.ts';
import type { DefinedValue, JsonKind } from '../../definition.ts';
import type { Origin } from '../../origin.ts';
import type { PlanFinding, Severity } from '../../plan-finding.ts';
import { findAttribute, textOrigin, type XmlAttribute, type XmlDocument, type XmlElement } from './xml.ts';

/** How libvirt reads a number: in any base that C knows by its prefix, or in decimal alone. */
export type NumberBase = 'any' | 'decimal';

/** A text that is being read, and what is to be said about it. */
export class LibvirtText {
  readonly findings: PlanFinding[] = [];
  #isPartial = false;
  readonly #document: XmlDocument;
  readonly #text: string;

  constructor(document: XmlDocument, text: string) {
    this.#document = document;
    this.#text = text;
  }

  /** The place of an element's first tag. */
  origin(element: XmlElement): Origin {
    return this.#document.places.at(element.start, element.contentStart);
  }

  /** The place of an attribute's value. */
  valueOrigin(attribute: XmlAttribute): Origin {
    return this.#document.places.at(attribute.start, attribute.end);
  }

  /** The place of an element's text. */
  textOrigin(element: XmlElement): Origin {
    return textOrigin(this.#document.places, element, this.#text);
  }

  /** The place that libvirt makes a value of; nothing there can be replaced by the value alone. */
  madeOf(element: XmlElement): Origin {
    return { ...this.origin(element), span: null };
  }

  add(severity: Severity, code: string, message: string, origin: Origin): void {
    this.findings.push({ severity, code, message: oneLine(message), origin });
  }

  /** For a definition: that something of it was not there to be read; nothing where all was. */
  get partial(): { readonly isPartial?: true } {
    return this.#isPartial ? { isPartial: true } : {};
  }

  /** What is not in the text and not among the other inputs: the VM may have more than was read, or other things. */
  addGap(code: string, message: string, origin: Origin): void {
    this.#isPartial = true;
    this.add('note', code, message, origin);
  }

  /** What libvirt says when it does not take a domain. */
  refuse(message: string, origin: Origin): void {
    this.add('error', 'libvirt.refused', `libvirt refuses this: ${message}`, origin);
  }

  /** One of the words that libvirt takes; undefined where it stands not there, or is another, which is refused. */
  word<Word extends string>(element: XmlElement, name: string, words: readonly Word[]): Word | undefined {
    const attribute = findAttribute(element, name);
    if (attribute === undefined) return undefined;
    const found = words.find(word => word === attribute.value);
    if (found === undefined) this.#invalid(element, attribute, '');
    return found;
  }

  /** As `word`; one that must be there. */
  requiredWord<Word extends string>(element: XmlElement, name: string, words: readonly Word[]): Word | undefined {
    if (findAttribute(element, name) === undefined) {
      this.refuse(`Missing required attribute '${name}' in element '${element.name}'`, this.origin(element));
    }
    return this.word(element, name, words);
  }

  /** A number of at most 32 bits; undefined where it stands not there, or is none, which is refused. */
  number(element: XmlElement, name: string, base: NumberBase = 'any'): number | undefined {
    const attribute = findAttribute(element, name);
    if (attribute === undefined) return undefined;
    const number = parseNumber(attribute.value, base);
    if (number === undefined) this.#invalid(element, attribute, ' Expected non-negative integer value');
    return number;
  }

  /** As `number`; one that may be negative. */
  integer(element: XmlElement, name: string): number | undefined {
    const attribute = findAttribute(element, name);
    if (attribute === undefined) return undefined;
    const isNegative = attribute.value.startsWith('-');
    const number = parseNumber(isNegative ? attribute.value.slice(1) : attribute.value, 'any');
    if (number !== undefined && number < 2 ** 31) return isNegative ? -number : number;
    this.#invalid(element, attribute, ' Expected integer value');
    return undefined;
  }

  /** As `integer`; one that may not be. */
  count(element: XmlElement, name: string): number | undefined {
    const attribute = findAttribute(element, name);
    const number = this.integer(element, name);
    if (attribute === undefined || number === undefined || number >= 0) return number;
    this.#invalid(element, attribute, ' Expected non-negative value');
    return undefined;
  }

  /** Refuses a number that is there, and 0. */
  refuseZero(element: XmlElement, name: string): void {
    const attribute = findAttribute(element, name);
    if (attribute === undefined) return;
    this.refuse(`Invalid value for attribute '${name}' in element '${element.name}': Zero is not permitted`, this.valueOrigin(attribute));
  }

  #invalid(element: XmlElement, attribute: XmlAttribute, wanted: string): void {
    const value = attribute.value.slice(0, 80);
    const message = `Invalid value for attribute '${attribute.name}' in element '${element.name}': '${value}'.${wanted}`;
    this.refuse(message, this.valueOrigin(attribute));
  }
}

/** Words that repeat some of a text, as one line that a terminal obeys nothing of. */
export function oneLine(words: string): string {
  return escapeLineEnds(escapeText(words));
}

/** A number as C's strtoul takes it, or in decimal; undefined for anything else, and for more than 32 bits. */
export function parseNumber(text: string, base: NumberBase): number | undefined {
  const isAny = base === 'any';
  let number: number | undefined;
  if (isAny && /^0[xX][0-9a-fA-F]{1,16}$/.test(text)) number = Number.parseInt(text, 16);
  else if (isAny && /^0[0-7]{1,20}$/.test(text)) number = Number.parseInt(text, 8);
  else if (/^[0-9]{1,20}$/.test(text) && !(isAny && /^0[0-9]/.test(text))) number = Number.parseInt(text, 10);
  return number !== undefined && number < 2 ** 32 ? number : undefined;
}

/** A value for QEMU, of the kind that it has in the JSON which libvirt gives it. */
export function jsonValue(name: string, value: string | number | boolean, origin: Origin): DefinedValue {
  const json: JsonKind = typeof value === 'string' ? 'string' : typeof value === 'number' ? 'number' : 'boolean';
  return { name, value: String(value), json, origin };
}

/** A value that is given in QEMU's `name=value` form. */
export function textValue(name: string, value: string, origin: Origin): DefinedValue {
  return { name, value, json: null, origin };
}
