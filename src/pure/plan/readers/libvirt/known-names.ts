/** Finds elements and attributes that libvirt does not know: it drops them without a word, so that their owner believes in them. */
import { nearestNames } from '../../../text/nearest-names.ts';
import { quote } from '../../../text/shorten.ts';
import type { PlanFinding } from '../../plan-finding.ts';
import { KNOWN_IN_DOMAIN, KNOWN_IN_NETWORK, KNOWN_VERSION } from './generated/known-names.ts';
import { oneLine } from './libvirt-text.ts';
import { ALWAYS, type ChildKind, type Condition, type ElementKind, NameTable } from './name-table.ts';
import { UNDECLARED, type XmlAttribute, type XmlDocument, type XmlElement } from './xml.ts';

/** The namespaces of hypervisors, as the table shortens them. */
const NAMESPACE = /^http:\/\/libvirt\.org\/schemas\/domain\/([a-z]+)\/1\.0$/;

/** So that a text of nothing but unknown names makes no endless report; what is left is told in one. */
const MOST_FINDINGS = 200;

/** Made when they are first asked for. */
const tables = new Map<string, NameTable>();

function tableOf(root: 'domain' | 'network'): NameTable {
  const known = tables.get(root) ?? new NameTable(root === 'network' ? KNOWN_IN_NETWORK : KNOWN_IN_DOMAIN);
  tables.set(root, known);
  return known;
}

/** What is not known in a domain or a network and all that stands in it, in the order of the text. */
export function findUnknownNames(document: XmlDocument, root: XmlElement): readonly PlanFinding[] {
  const table = tableOf(root.name === 'network' ? 'network' : 'domain');
  const check = new NameCheck(document, table);
  check.children([root], [table.kind(0)], null);
  return check.findings;
}

class NameCheck {
  readonly findings: PlanFinding[] = [];
  readonly #document: XmlDocument;
  readonly #table: NameTable;

  constructor(document: XmlDocument, table: NameTable) {
    this.#document = document;
    this.#table = table;
  }

  /** An element may be of several kinds, where what it depends on does not tell; what one of them knows is known. */
  children(elements: readonly XmlElement[], kinds: readonly ElementKind[], parent: XmlElement | null): void {
    for (const element of elements) {
      if (this.findings.length > MOST_FINDINGS) return;
      const name = tableName(element);
      // Most names are known by one kind, and depend on nothing.
      const [plain] = (kinds.length === 1 ? kinds[0]?.children.get(name) : undefined) ?? [];
      if (plain?.isPlain) {
        this.#inside(element, [this.#table.kind(plain.kind)]);
        continue;
      }
      const candidates = kinds.flatMap(kind => [...(kind.children.get(name) ?? []), ...(kind.children.get('*') ?? [])]);
      const outer = candidates.filter(({ when }) => parent === null || when.some(condition => holds(condition, parent)));
      const fitting = outer.filter(({ own }) => holds(own, element));
      if (candidates.length === 0) this.#unknownElement(element, name, kinds, parent);
      else if (outer.length === 0) this.#misplaced(`the element <${element.name}>`, element, candidates, parent);
      // Of an element whose own attributes fit no kind, a value is wrong and not a name.
      this.#inside(element, this.#kindsOf(fitting.length > 0 ? fitting : outer.length > 0 ? outer : candidates));
    }
  }

  #kindsOf(candidates: readonly ChildKind[]): readonly ElementKind[] {
    return [...new Set(candidates.map(({ kind }) => kind))].map(kind => this.#table.kind(kind));
  }

  #inside(element: XmlElement, kinds: readonly ElementKind[]): void {
    if (kinds.length === 0) return;
    for (const attribute of element.attributes) {
      if (kinds.length === 1 && kinds[0]?.attributes.get(attribute.name) === ALWAYS) continue;
      if (attribute.name === 'xmlns' || attribute.name.startsWith('xmlns:')) continue;
      const conditions = kinds.flatMap(({ attributes }) => [...(attributes.get(attribute.name) ?? []), ...(attributes.get('*') ?? [])]);
      if (conditions.length === 0) this.#unknownAttribute(element, attribute, kinds);
      else if (!conditions.some(condition => holds(condition, element))) this.#misplacedAttribute(element, attribute, conditions);
    }
    this.children(element.children, kinds, element);
  }

  #unknownElement(element: XmlElement, name: string, kinds: readonly ElementKind[], parent: XmlElement | null): void {
    if (element.namespace === UNDECLARED) {
      const message = 'Nothing declares its prefix (xmlns:qemu=…), and libvirt ignores it';
      this.#add('libvirt.namespace.undeclared', `${describe(element)} in ${describe(parent)}: ${message}`, element);
      return;
    }
    const near = suggestion(name, new Set(kinds.flatMap(({ children }) => [...children.keys()])));
    this.#add(
      'libvirt.element.unknown',
      `libvirt ${KNOWN_VERSION} knows no element ${describe(element)} in ${describe(parent)} and ignores it${near}`,
      element,
    );
  }

  #unknownAttribute(element: XmlElement, attribute: XmlAttribute, kinds: readonly ElementKind[]): void {
    const near = suggestion(attribute.name, new Set(kinds.flatMap(({ attributes }) => [...attributes.keys()])));
    this.#add(
      'libvirt.attribute.unknown',
      `libvirt ${KNOWN_VERSION} knows no attribute ${quote(attribute.name)} of ${describe(element)} and ignores it${near}`,
      element,
      attribute,
    );
  }

  #misplaced(what: string, element: XmlElement, candidates: readonly ChildKind[], parent: XmlElement | null): void {
    const wanted = candidates.flatMap(({ when }) => when);
    const message = `${what} in ${describe(parent)} is one that libvirt ${KNOWN_VERSION} knows only with ${formatConditions(wanted, parent ?? element)}`;
    this.#add('libvirt.element.misplaced', capital(message), element);
  }

  #misplacedAttribute(element: XmlElement, attribute: XmlAttribute, conditions: readonly Condition[]): void {
    const message = `The attribute ${quote(attribute.name)} of ${describe(element)} is one that libvirt ${KNOWN_VERSION} knows only with `;
    this.#add('libvirt.attribute.misplaced', message + formatConditions(conditions, element), element, attribute);
  }

  #add(code: string, message: string, element: XmlElement, attribute?: XmlAttribute): void {
    if (this.findings.length > MOST_FINDINGS) return;
    if (this.findings.length === MOST_FINDINGS) message = `More than ${MOST_FINDINGS} names are not known; the rest is left out`;
    const { places } = this.#document;
    const nameStart = attribute === undefined ? element.start : attribute.nameStart;
    const end = attribute === undefined ? element.contentStart : attribute.end + 1;
    this.findings.push({ severity: 'warning', code, message: oneLine(message), origin: places.at(nameStart, end) });
  }
}

/** As the table has it: `name`, `qemu:name`, or a name that it does not have for a namespace that it does not know. */
function tableName({ name, namespace }: XmlElement): string {
  if (namespace === '') return name;
  const known = NAMESPACE.exec(namespace)?.[1];
  return known === undefined ? `{${namespace}}${name}` : `${known}:${name}`;
}

function holds(condition: Condition, element: XmlElement): boolean {
  for (const [name, values] of condition) {
    const value = element.attributes.find(attribute => attribute.name === name)?.value;
    if (value === undefined || !values.has(value)) return false;
  }
  return true;
}

function describe(element: XmlElement | null): string {
  return element === null ? 'the text' : `<${quote(element.name).slice(1, -1)}>`;
}

function suggestion(name: string, known: ReadonlySet<string>): string {
  const near = nearestNames(name, known);
  return near.length === 0 ? '' : `; near it: ${near.map(one => quote(one)).join(', ')}`;
}

/** What does not hold of each of some conditions, the first part of it. */
function formatConditions(conditions: readonly Condition[], element: XmlElement): string {
  const texts = conditions.map(condition => {
    const [name, values] = [...condition].find(part => !holds(new Map([part]), element)) ?? ['', new Set<string>()];
    return `${name}='${[...values].join('|')}'`;
  });
  const distinct = [...new Set(texts)];
  return distinct.length > 3 ? `${distinct.slice(0, 3).join(', or ')}, …` : distinct.join(', or ');
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
