/** A text of XML as a tree in which each element, attribute and text knows where it stands; what no honest file has is refused. */
import { SaxesParser } from 'saxes';
import { escapeLineEnds, escapeText } from '../../../text/escape.ts';
import { type Origin, type Span, TextPlaces } from '../../origin.ts';
import { DefinitionError, type DefinitionText } from '../reader.ts';

/** NAME="VALUE" of an element; `start` and `end` are those of the value in the text, between its quotes. */
export interface XmlAttribute {
  readonly name: string;
  readonly value: string;
  readonly nameStart: number;
  readonly start: number;
  readonly end: number;
}

/** An element, with what stands in it. */
export interface XmlElement {
  /** Without its prefix. */
  readonly name: string;
  /** The URI that its prefix, or the lack of one, stands for; empty where that is none. */
  readonly namespace: string;
  readonly parent: XmlElement | null;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlElement[];
  /** All text directly in it. */
  readonly text: string;
  /** The index of its `<`. */
  readonly start: number;
  /** What stands between its tags; both are the end of the tag of one that has no content. */
  readonly contentStart: number;
  readonly contentEnd: number;
}

/** A document that was read. */
export interface XmlDocument {
  readonly root: XmlElement;
  readonly places: TextPlaces;
}

/** Elements within elements: libxml2, which libvirt reads with, goes no deeper. */
const DEEPEST = 256;
/** Elements and attributes together; a VM with a thousand devices has some ten thousand. */
const MOST_NODES = 200_000;

/** What prefixes stand for; the empty one is that of names which have none. */
type Scope = ReadonlyMap<string, string>;

interface GrowingElement extends XmlElement {
  readonly children: GrowingElement[];
  readonly parent: GrowingElement | null;
  readonly scope: Scope;
  text: string;
  contentStart: number;
  contentEnd: number;
}

/**
 * Reads a whole document; `part` is where it stands in a text of several.
 *
 * @throws DefinitionError for a text that is not well formed, has a document type, or is deeper or larger than definitions are
 */
export function parseXml({ file, text }: DefinitionText, part: Span = { start: 0, end: text.length }): XmlDocument {
  return new TreeBuilder(file, text, part).build();
}

/** The value of an attribute; undefined where the element has none of that name. */
export function findAttribute(element: XmlElement, name: string): XmlAttribute | undefined {
  return element.attributes.find(attribute => attribute.name === name);
}

/** The first child of a name that has the namespace of its parent; undefined where there is none. */
export function findChild(element: XmlElement, name: string): XmlElement | undefined {
  return element.children.find(child => child.name === name && child.namespace === element.namespace);
}

/** All children of a name that have the namespace of their parent. */
export function findChildren(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter(child => child.name === name && child.namespace === element.namespace);
}

/** The events of the parser, made a tree. */
class TreeBuilder {
  readonly #file: string;
  readonly #text: string;
  readonly #parser = new SaxesParser();
  #root: GrowingElement | null = null;
  #open: GrowingElement | null = null;
  #tagStart = 0;
  #attributes: XmlAttribute[] = [];
  #depth = 0;
  #nodes = 0;

  readonly #part: Span;

  constructor(file: string, text: string, part: Span) {
    this.#file = file;
    this.#text = text;
    this.#part = part;
  }

  /** In the text, of which the parser gets a part. */
  get #position(): number {
    return this.#parser.position + this.#part.start;
  }

  build(): XmlDocument {
    const parser = this.#parser;
    parser.on('error', error => this.#refuse(`The XML is not well formed: ${withoutPlace(error.message).slice(0, 200)}`, this.#position));
    parser.on('doctype', () =>
      this.#refuse(
        'The XML has a document type (<!DOCTYPE …>), which no definition needs: take it out',
        this.#text.indexOf('<!DOCTYPE', this.#part.start),
      ),
    );
    parser.on('opentagstart', () => {
      // The name's end is known here; a tag has no `<` before its attributes.
      this.#tagStart = this.#text.lastIndexOf('<', this.#position - 1);
      this.#attributes = [];
    });
    parser.on('attribute', ({ name, value }) => this.#addAttribute(name, value));
    parser.on('opentag', ({ name }) => this.#openElement(name));
    parser.on('closetag', ({ isSelfClosing }) => this.#closeElement(isSelfClosing));
    parser.on('text', text => this.#addText(text));
    parser.on('cdata', text => this.#addText(text));
    parser.write(this.#text.slice(this.#part.start, this.#part.end)).close();
    if (this.#root === null) return this.#refuse('The XML has no element', 0);
    return { root: this.#root, places: new TextPlaces(this.#file, this.#text) };
  }

  #refuse(message: string, at: number): never {
    const end = Math.min(Math.max(at, 0), this.#text.length);
    throw new DefinitionError(escapeLineEnds(escapeText(message)), new TextPlaces(this.#file, this.#text).at(end, end));
  }

  #count(): void {
    this.#nodes++;
    if (this.#nodes > MOST_NODES) this.#refuse(`The XML has more than ${MOST_NODES} elements and attributes`, this.#position);
  }

  /** The parser stands behind the quote that ends the value, which has none of its kind in it. */
  #addAttribute(name: string, value: string): void {
    this.#count();
    const end = this.#position - 1;
    const start = this.#text.lastIndexOf(this.#text.charAt(end), end - 1) + 1;
    this.#attributes.push({ name, value, nameStart: this.#text.lastIndexOf(name, start - 1), start, end });
  }

  #openElement(qualified: string): void {
    this.#count();
    this.#depth++;
    if (this.#depth > DEEPEST) this.#refuse(`The XML has elements more than ${DEEPEST} deep`, this.#tagStart);
    const colon = qualified.indexOf(':');
    const prefix = colon < 0 ? '' : qualified.slice(0, colon);
    const parent = this.#open;
    const scope = scopeOf(this.#attributes, parent?.scope ?? NO_SCOPE);
    const element: GrowingElement = {
      name: qualified.slice(colon + 1),
      namespace: scope.get(prefix) ?? UNDECLARED,
      parent,
      scope,
      attributes: this.#attributes,
      children: [],
      text: '',
      start: this.#tagStart,
      contentStart: this.#position,
      contentEnd: this.#position,
    };
    parent?.children.push(element);
    this.#root ??= element;
    this.#open = element;
  }

  #closeElement(isSelfClosing: boolean): void {
    const element = this.#open;
    if (element === null) return;
    if (!isSelfClosing) element.contentEnd = this.#text.lastIndexOf('<', this.#position - 1);
    this.#open = element.parent;
    this.#depth--;
  }

  #addText(text: string): void {
    if (this.#open !== null) this.#open.text += text;
  }
}

/** What stands for the URI of a prefix that nothing declares: no URI has spaces. */
export const UNDECLARED = ' undeclared ';

const NO_SCOPE: Scope = new Map([['', '']]);

const XMLNS = 'xmlns';

/** The prefixes that hold in an element: those of its parent where it declares none. */
function scopeOf(attributes: readonly XmlAttribute[], outer: Scope): Scope {
  const declared = attributes.filter(({ name }) => name === XMLNS || name.startsWith(`${XMLNS}:`));
  if (declared.length === 0) return outer;
  return new Map([...outer, ...declared.map(({ name, value }) => [name.slice(XMLNS.length + 1), value] as const)]);
}

/** The place of what an element's value or text is, without the spaces around it. */
export function textOrigin(places: TextPlaces, element: XmlElement, raw: string): Origin {
  const at = raw.indexOf(element.text.trim(), element.contentStart);
  const isPlain = at >= 0 && at + element.text.trim().length <= element.contentEnd;
  return isPlain ? places.at(at, at + element.text.trim().length) : places.at(element.contentStart, element.contentEnd);
}

/** The parser's messages begin with its own line and column. */
function withoutPlace(message: string): string {
  return message.replace(/^(?:[^:\s]*:)?\d+:\d+: /, '').replace(/\.$/, '');
}
