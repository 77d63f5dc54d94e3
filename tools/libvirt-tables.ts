/**
 * Writes `src/pure/plan/readers/libvirt/generated/known-names.ts`: which elements and attributes libvirt knows in which element, as the
 * schemas of an installed libvirt state it. Names and what they depend on are kept; texts, types of values, order and number are not.
 *
 *   node --import tsx tools/libvirt-tables.ts           writes the file (wants the root of test/libvirt/install)
 *   node --import tsx tools/libvirt-tables.ts --check   writes nothing; exit 1 where the file differs
 *   node --import tsx tools/libvirt-tables.ts --schemas DIR   takes the schemas of a folder instead
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findAttribute, parseXml, type XmlElement } from '../src/pure/plan/readers/libvirt/xml.ts';

const here = resolve(import.meta.dirname, '..');
const target = join(here, 'src/pure/plan/readers/libvirt/generated/known-names.ts');

/** The namespaces of elements that are not libvirt's common ones; each is told by a short word in the table. */
const NAMESPACES = /^http:\/\/libvirt\.org\/schemas\/domain\/([a-z]+)\/1\.0$/;

/** Values that attributes must have for something to be known: `type` → `pci`. */
type Condition = ReadonlyMap<string, ReadonlySet<string>>;

/** A name under any of its conditions. */
type Occurrences = Map<string, Set<string>>;

/** What may stand in an element. */
interface Node {
  readonly attributes: Occurrences;
  /** Name and node of each child, with the conditions on this element. */
  readonly children: Map<string, { readonly name: string; readonly to: XmlElement; readonly when: Set<string>; readonly own: Condition }>;
}

/** The folder of libvirt's root; throws where it is not installed. */
export function libvirtRoot(): string {
  const { status, stdout } = spawnSync(join(here, 'test/libvirt/install'), ['--print'], { encoding: 'utf8' });
  if (status !== 0) throw new Error('tools/libvirt-tables.ts: the root of libvirt is missing: run test/libvirt/install');
  return join(stdout.trim(), 'root');
}

/** A grammar: what each name in it stands for. */
type Grammar = ReadonlyMap<string, readonly XmlElement[]>;

function readGrammar(path: string): Map<string, XmlElement[]> {
  const { root } = parseXml({ file: path, text: readFileSync(path, 'utf8') });
  const definitions = new Map<string, XmlElement[]>();
  for (const part of root.children) {
    if (part.name !== 'include') continue;
    const included = readGrammar(join(dirname(path), nameOf(part, 'href')));
    // What stands in an include replaces what is included.
    for (const [name, bodies] of definitionsIn(part)) included.set(name, bodies);
    for (const [name, bodies] of included) definitions.set(name, [...(definitions.get(name) ?? []), ...bodies]);
  }
  for (const [name, bodies] of definitionsIn(root)) definitions.set(name, [...(definitions.get(name) ?? []), ...bodies]);
  return definitions;
}

function definitionsIn(element: XmlElement): Map<string, XmlElement[]> {
  const found = new Map<string, XmlElement[]>();
  for (const part of element.children) {
    if (part.name !== 'define' && part.name !== 'start') continue;
    const name = part.name === 'start' ? ' start' : nameOf(part, 'name');
    found.set(name, [...(found.get(name) ?? []), part]);
  }
  return found;
}

function nameOf(element: XmlElement, attribute: string): string {
  const found = findAttribute(element, attribute);
  if (found === undefined) throw new Error(`<${element.name}> has no ${attribute}`);
  return found.value;
}

/** Makes nodes of one grammar. */
class Schema {
  readonly nodes = new Map<XmlElement, Node>();
  readonly #grammar: Grammar;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  /** The roots, as the children of nothing. */
  start(): Node {
    const node: Node = { attributes: new Map(), children: new Map() };
    for (const body of this.#grammar.get(' start') ?? []) this.#walkAll(body, new Map(), node);
    return node;
  }

  #nodeOf(element: XmlElement): void {
    if (this.nodes.has(element)) return;
    const node: Node = { attributes: new Map(), children: new Map() };
    this.nodes.set(element, node);
    this.#walkAll(element, new Map(), node);
  }

  #bodies(ref: XmlElement): readonly XmlElement[] {
    const bodies = this.#grammar.get(nameOf(ref, 'name'));
    if (bodies === undefined) throw new Error(`nothing defines ${nameOf(ref, 'name')}`);
    return bodies;
  }

  #walkAll(parent: XmlElement, when: Condition, into: Node): void {
    for (const pattern of parent.children) this.#walk(pattern, when, into);
  }

  #walk(pattern: XmlElement, when: Condition, into: Node): void {
    switch (pattern.name) {
      case 'element':
        for (const name of namesOf(pattern)) this.#addChild(name, pattern, when, into);
        return;
      case 'attribute':
        for (const name of namesOf(pattern)) {
          addTo(into.attributes, name, formatCondition(new Map([...when].filter(([attribute]) => attribute !== name))));
        }
        return;
      case 'ref':
        for (const body of this.#bodies(pattern)) this.#walkAll(body, when, into);
        return;
      case 'choice':
        this.#walkChoice(pattern, when, into);
        return;
      case 'optional':
      case 'zeroOrMore':
      case 'oneOrMore':
      case 'group':
      case 'interleave':
      case 'mixed':
        this.#walkAll(pattern, when, into);
    }
  }

  #addChild(name: string, pattern: XmlElement, when: Condition, into: Node): void {
    this.#nodeOf(pattern);
    const key = `${name} ${pattern.start}`;
    const known = into.children.get(key);
    const entry = known ?? { name, to: pattern, when: new Set<string>(), own: this.#fixed(pattern) };
    entry.when.add(formatCondition(when));
    into.children.set(key, entry);
  }

  /** A branch holds under the values that it fixes and that not all branches have in common. */
  #walkChoice(choice: XmlElement, when: Condition, into: Node): void {
    const branches = choice.children.map(branch => ({ branch, fixed: this.#fixedIn(branch) }));
    for (const { branch, fixed } of branches) {
      const telling = [...fixed].filter(([name, values]) =>
        branches.some(({ fixed: other }) => formatValues(other.get(name)) !== formatValues(values)),
      );
      this.#walk(branch, new Map([...when, ...telling]), into);
    }
  }

  /** The attributes that an element must have with one of some values. */
  #fixed(element: XmlElement): Condition {
    return new Map(element.children.flatMap(child => [...this.#fixedIn(child)]));
  }

  #fixedIn(pattern: XmlElement): Condition {
    switch (pattern.name) {
      case 'attribute': {
        const values = this.#valuesOf(pattern);
        const name = findAttribute(pattern, 'name')?.value;
        return values === null || name === undefined ? new Map() : new Map([[name, values]]);
      }
      case 'ref':
        return new Map(this.#bodies(pattern).flatMap(body => [...this.#fixed(body)]));
      case 'group':
      case 'interleave':
      case 'oneOrMore':
        return this.#fixed(pattern);
      case 'choice': {
        const [first, ...others] = pattern.children.map(branch => this.#fixedIn(branch));
        const common = [...(first ?? [])].filter(([name]) => others.every(other => other.has(name)));
        return new Map(
          common.map(([name, values]) => [name, new Set([...values, ...others.flatMap(other => [...(other.get(name) ?? [])])])]),
        );
      }
      default:
        return new Map();
    }
  }

  /** All values that there are; null where they are not listed. */
  #valuesOf(pattern: XmlElement): ReadonlySet<string> | null {
    const all = new Set<string>();
    for (const part of pattern.children) {
      if (part.name === 'value') all.add(part.text.trim());
      else if (part.name === 'choice' || part.name === 'ref') {
        const bodies = part.name === 'choice' ? [part] : this.#bodies(part);
        for (const body of bodies) {
          const values = this.#valuesOf(body);
          if (values === null) return null;
          for (const value of values) all.add(value);
        }
      } else return null;
    }
    return all.size === 0 ? null : all;
  }
}

/** The names of an element or attribute pattern; `*` is any. */
function namesOf(pattern: XmlElement): readonly string[] {
  const name = findAttribute(pattern, 'name')?.value;
  if (name === undefined) {
    const listed = pattern.children.flatMap(part => (part.name === 'choice' ? part.children : [part])).filter(part => part.name === 'name');
    return listed.length > 0 ? listed.map(part => part.text.trim()) : ['*'];
  }
  const namespace = NAMESPACES.exec(findAttribute(pattern, 'ns')?.value ?? inheritedNamespace(pattern))?.[1];
  return [namespace === undefined || pattern.name === 'attribute' ? name : `${namespace}:${name}`];
}

/** Elements within those of a namespace have it too, where no pattern around them says other. */
function inheritedNamespace(pattern: XmlElement): string {
  for (let at: XmlElement | null = pattern; at !== null; at = at.parent) {
    const found = findAttribute(at, 'ns');
    if (found !== undefined) return found.value;
  }
  return '';
}

function addTo(occurrences: Occurrences, name: string, condition: string): void {
  const known = occurrences.get(name) ?? new Set();
  known.add(condition);
  occurrences.set(name, known);
}

function formatValues(values: ReadonlySet<string> | undefined): string {
  return values === undefined ? '' : [...values].sort().join('|');
}

function formatCondition(condition: Condition): string {
  return [...condition].map(([name, values]) => `${name}=${formatValues(values)}`).join('&');
}

/** `name`, or `name?type=pci;type=usb`. */
function formatWhen(name: string, conditions: Iterable<string>): string {
  const all = [...conditions].sort();
  return all.includes('') ? name : `${name}?${all.join(';')}`;
}

/** The nodes as lines, equal ones once: `attributes > children`, a child as `name@number`. */
function formatNodes(start: Node, nodes: ReadonlyMap<XmlElement, Node>): string[] {
  const patterns = [...nodes.keys()];
  let numbers = new Map(patterns.map((pattern, index) => [pattern, index]));
  // Patterns that differ in nothing become one, until none are left that do.
  for (let count = Number.POSITIVE_INFINITY; ; ) {
    const byText = new Map<string, number>();
    const next = new Map<XmlElement, number>();
    for (const [pattern, node] of nodes) {
      const text = formatNode(node, numbers);
      const number = byText.get(text) ?? byText.size;
      byText.set(text, number);
      next.set(pattern, number);
    }
    numbers = next;
    if (byText.size === count) return [formatNode(start, numbers), ...byText.keys()];
    count = byText.size;
  }
}

function formatNode(node: Node, numbers: ReadonlyMap<XmlElement, number>): string {
  const attributes = [...node.attributes].map(([name, when]) => formatWhen(name, when)).sort();
  const children = [...node.children.values()].map(({ name, to, when, own }) => {
    const isOne = [...node.children.values()].filter(other => other.name === name).length === 1;
    const condition = isOne ? '' : formatCondition(own);
    return `${formatWhen(`${name}@${(numbers.get(to) ?? 0) + 1}`, when)}${condition === '' ? '' : `!${condition}`}`;
  });
  return `${attributes.join(' ')} > ${[...new Set(children)].sort().join(' ')}`.trim();
}

/** The text of the generated file. */
export function knownNamesText(schemas: string, version: string): string {
  const lines = ['domain.rng', 'network.rng'].map(file => {
    const schema = new Schema(readGrammar(join(schemas, file)));
    return formatNodes(schema.start(), schema.nodes);
  });
  const tables = ['KNOWN_IN_DOMAIN', 'KNOWN_IN_NETWORK'].map(
    (name, index) => `export const ${name} = \`\n${(lines[index] ?? []).join('\n')}\n\`;\n`,
  );
  return [
    `// Made by tools/libvirt-tables.ts from what an installed libvirt ${version} knows; do not edit.\n`,
    `/** The libvirt that the names are of. */\nexport const KNOWN_VERSION = '${version}';\n`,
    '// A line a kind of element: attributes, then behind the > children with the number of their line (the roots are on line 0). Behind a',
    "// name stands what it depends on: ? values that the element's own attributes have, ; or others, ! those of the child.\n",
    ...tables,
  ].join('\n');
}

function main(): void {
  const given = process.argv.indexOf('--schemas');
  const root = given < 0 ? libvirtRoot() : null;
  const schemas = root === null ? (process.argv[given + 1] ?? '.') : join(root, 'usr/share/libvirt/schemas');
  const version = root === null ? 'of a folder' : spawnSync('chroot', [root, 'virsh', '--version'], { encoding: 'utf8' }).stdout.trim();
  const text = knownNamesText(schemas, version);
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') === text) return;
    process.stderr.write(`tools/libvirt-tables.ts: ${target} is not what ${schemas} gives\n`);
    process.exitCode = 1;
    return;
  }
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) main();
