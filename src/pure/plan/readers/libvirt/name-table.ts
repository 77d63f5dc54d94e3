/** A table of the names that libvirt knows, as it is generated, made ready to be asked. */

/** Values that attributes of an element must have: `type` → `pci`. None is always fulfilled. */
export type Condition = ReadonlyMap<string, ReadonlySet<string>>;

/** A kind of child, and what it depends on. */
export interface ChildKind {
  /** The number of the child's kind in the table. */
  readonly kind: number;
  /** On attributes of the element that it stands in: one of them must hold. */
  readonly when: readonly Condition[];
  /** On its own attributes. */
  readonly own: Condition;
  /** Whether it depends on nothing and is the only one of its name. */
  isPlain: boolean;
}

/** A kind of element: the names that it may have in it. `*` among them is any. */
export interface ElementKind {
  /** With what each depends on: one of them must hold. */
  readonly attributes: ReadonlyMap<string, readonly Condition[]>;
  readonly children: ReadonlyMap<string, readonly ChildKind[]>;
}

/** That of a name which depends on nothing. */
export const ALWAYS: readonly Condition[] = [new Map()];

/** Reads a generated table; the first kind is what stands around the root. A line is read when it is asked for. */
export class NameTable {
  readonly #lines: readonly string[];
  readonly #kinds: (ElementKind | undefined)[] = [];

  constructor(table: string) {
    this.#lines = table.trim().split('\n');
  }

  kind(number: number): ElementKind {
    let kind = this.#kinds[number];
    if (kind === undefined) {
      kind = parseKind(this.#lines[number] ?? '>');
      this.#kinds[number] = kind;
    }
    return kind;
  }
}

function parseKind(line: string): ElementKind {
  const middle = line.indexOf('>');
  const attributes = new Map<string, readonly Condition[]>();
  for (const word of wordsOf(line.slice(0, middle))) {
    const [name = '', when] = splitAt(word, '?');
    attributes.set(name, parseConditions(when));
  }
  const children = new Map<string, ChildKind[]>();
  for (const word of wordsOf(line.slice(middle + 1))) {
    const [outer = '', own] = splitAt(word, '!');
    const [target = '', when] = splitAt(outer, '?');
    const [name = '', kind] = splitAt(target, '@');
    const known = children.get(name) ?? [];
    const conditions = parseConditions(when);
    const isPlain = conditions === ALWAYS && own === undefined && known.length === 0;
    for (const other of known) other.isPlain = false;
    known.push({ kind: Number(kind), when: conditions, own: parseCondition(own ?? ''), isPlain });
    children.set(name, known);
  }
  return { attributes, children };
}

function wordsOf(text: string): string[] {
  return text.split(' ').filter(word => word !== '');
}

function splitAt(word: string, mark: string): readonly [string, string | undefined] {
  const at = word.indexOf(mark);
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}

function parseConditions(text: string | undefined): readonly Condition[] {
  return text === undefined ? ALWAYS : text.split(';').map(parseCondition);
}

function parseCondition(text: string): Condition {
  const parts = text === '' ? [] : text.split('&');
  return new Map(
    parts.map(part => {
      const [name = '', values = ''] = splitAt(part, '=');
      return [name, new Set(values.split('|'))];
    }),
  );
}
