/** Edits of an XML text that keep its layout: what is added is indented as what stands beside it, with the line ends of the text. */
import { findAttribute, type XmlElement } from '../../readers/libvirt/xml.ts';
import type { TextEdit } from '../edits.ts';

/** An element that is not in the text yet; `name` has its prefix. */
export interface NewElement {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children?: readonly NewElement[];
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', "'": '&apos;', '"': '&quot;' };

const escaped = (value: string): string => value.replace(/[&<>'"]/g, character => ESCAPES[character] ?? character);

/** Collects changes of elements and makes one edit of all that goes into the same place. */
export class XmlEdits {
  readonly #file: string;
  readonly #text: string;
  readonly #lineEnd: string;
  readonly #added = new Map<XmlElement, NewElement[]>();
  readonly #attributes = new Map<XmlElement, Map<string, string>>();

  constructor(file: string, text: string) {
    this.#file = file;
    this.#text = text;
    this.#lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  }

  /** The prefix of an element with the colon behind; empty where it has none. */
  prefixOf({ start }: XmlElement): string {
    return /^<([^\s/>:]+:)?/.exec(this.#text.slice(start, start + 80))?.[1] ?? '';
  }

  setAttribute(element: XmlElement, name: string, value: string): void {
    const known = this.#attributes.get(element);
    if (known === undefined) this.#attributes.set(element, new Map([[name, value]]));
    else known.set(name, value);
  }

  /** Behind the last child. */
  addChild(element: XmlElement, child: NewElement): void {
    const known = this.#added.get(element);
    if (known === undefined) this.#added.set(element, [child]);
    else known.push(child);
  }

  finish(): TextEdit[] {
    const ofAttributes = [...this.#attributes].flatMap(([element, values]) =>
      [...values].map(([name, value]) => this.#attributeEdit(element, name, value)),
    );
    return [...ofAttributes, ...[...this.#added].map(([element, children]) => this.#childrenEdit(element, children))];
  }

  #edit(start: number, end: number, text: string): TextEdit {
    return { file: this.#file, span: { start, end }, text };
  }

  #attributeEdit(element: XmlElement, name: string, value: string): TextEdit {
    const known = findAttribute(element, name);
    if (known !== undefined) return this.#edit(known.start, known.end, escaped(value));
    const last = element.attributes.at(-1);
    const at = last === undefined ? this.#nameEnd(element) : last.end + 1;
    const quote = last === undefined ? "'" : this.#text.charAt(last.end);
    return this.#edit(at, at, ` ${name}=${quote}${escaped(value)}${quote}`);
  }

  #nameEnd({ start }: XmlElement): number {
    return start + (/^<[^\s/>]+/.exec(this.#text.slice(start, start + 300))?.[0].length ?? 1);
  }

  #childrenEdit(element: XmlElement, children: readonly NewElement[]): TextEdit {
    const { contentStart, contentEnd } = element;
    const isOneTag = this.#text.startsWith('/>', contentStart - 2);
    const own = this.#indentAt(element.start);
    const inner = this.#indentOfChildren(element, own);
    const lines = (indent: string | null) => children.map(child => this.#words(child, indent)).join('');
    if (isOneTag) {
      const before = this.#text.slice(0, contentStart - 2).trimEnd().length;
      const end = `</${this.#text.slice(element.start + 1, this.#nameEnd(element))}>`;
      const tail = own === null ? '' : this.#lineEnd + own;
      return this.#edit(before, contentStart, `>${lines(inner)}${tail}${end}`);
    }
    // A closing tag on a line of its own stays there.
    const at = this.#indentAt(contentEnd) === null ? contentEnd : this.#text.slice(0, contentEnd).trimEnd().length;
    return this.#edit(at, at, lines(at === contentEnd ? null : inner));
  }

  /** What stands before `at` in its line, where that is nothing but blanks; null otherwise. */
  #indentAt(at: number): string | null {
    const start = this.#text.lastIndexOf('\n', at - 1) + 1;
    const before = this.#text.slice(start, at);
    return start > 0 && /^[ \t]*$/.test(before) ? before : null;
  }

  /** null where they are to stand in the same line. */
  #indentOfChildren({ children, parent }: XmlElement, own: string | null): string | null {
    const of = children.map(child => this.#indentAt(child.start)).find(indent => indent !== null);
    if (of !== undefined) return of;
    if (own === null) return parent === null ? '  ' : null;
    const above = parent === null ? '' : (this.#indentAt(parent.start) ?? '');
    const step = own.startsWith(above) && own.length > above.length ? own.slice(above.length) : '  ';
    return own + step;
  }

  #words({ name, attributes, children = [] }: NewElement, indent: string | null): string {
    const start = indent === null ? '' : this.#lineEnd + indent;
    const tag = `<${name}${attributes.map(([key, value]) => ` ${key}='${escaped(value)}'`).join('')}`;
    if (children.length === 0) return `${start}${tag}/>`;
    const deeper = indent === null ? null : indent + (indent.includes('\t') ? '\t' : '  ');
    return `${start}${tag}>${children.map(child => this.#words(child, deeper)).join('')}${start}</${name}>`;
  }
}
