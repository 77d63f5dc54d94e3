/**
 * Where each field of a layout stands, down to the bit. A layout says only how it decodes; that every raw value survives a round trip is
 * its law, so that a field is where turning a bit changes its value.
 */
import type { Piece, Pieces, Source } from '../../pure/bytes/layout.ts';
import type { ConfigSpace } from '../../pure/pci/config-space.ts';

/** A run of bits of a register. */
export interface FieldPlace {
  /** `control.enable`, `bars[0]`; `control.reserved` for bits that no field covers. */
  readonly path: string;
  /** Offset of the register in config space, and its bytes. */
  readonly at: number;
  readonly size: number;
  /** The lowest bit of the register, and how many. */
  readonly low: number;
  readonly width: number;
}

/** A register with its fields, by their lowest bit. */
export interface RegisterPlace {
  /** `control`; the path of its only field where it has no others. */
  readonly path: string;
  readonly at: number;
  readonly size: number;
  readonly fields: readonly FieldPlace[];
}

/** A source whose unknown bits read as 0, that notes what is read and turns one bit. */
class Probe implements Source {
  readonly reads = new Map<number, number>();
  turned = -1;
  readonly #config: ConfigSpace;

  constructor(config: ConfigSpace) {
    this.#config = config;
  }

  read(at: number, length: 1 | 2 | 4): number {
    this.reads.set(at, Math.max(length, this.reads.get(at) ?? 0));
    let value = 0;
    for (let i = length - 1; i >= 0; i--) value = value * 256 + this.byte(at + i);
    return value;
  }

  byte(at: number): number {
    const bit = this.turned - 8 * at;
    return this.#config.readKnownBits(at) ^ (bit >= 0 && bit < 8 ? 1 << bit : 0);
  }
}

/** Leaves of a decoded value by their path. */
function leaves(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (Array.isArray(value)) value.forEach((item, i) => void leaves(item, `${path}[${i}]`, into));
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) leaves(item, `${path}.${name}`, into);
  } else if (value !== undefined) into.set(path, String(value));
  return into;
}

interface Probed {
  readonly piece: Piece<unknown>;
  readonly name: string;
  readonly base: number;
  readonly config: ConfigSpace;
}

function decodeWith(probe: Probe, { piece, base, config }: Probed): unknown {
  // What depends on other registers looks at the bytes as they are, not at the turned bit.
  const read = (at: number, length: number): number => {
    let value = 0;
    for (let i = length - 1; i >= 0; i--) value = value * 256 + config.readKnownBits(base + at + i);
    return value;
  };
  const peek = { u8: (at: number) => read(at, 1), u16: (at: number) => read(at, 2), u32: (at: number) => read(at, 4), parent: null };
  return piece.decode({ source: probe, base, peek, missing: [] });
}

/** More single bytes than this are a run of raw ones, whose bits no one decodes. */
const MOST_SINGLE = 8;
/** Of a piece with more registers, which only a strange length makes, no bits are told apart: each bit costs a decode of the piece. */
const MOST_PROBED = 48;
/** No capability has more registers in one piece. */
const MOST_REGISTERS = 256;

/** The path that changes where one bit is turned; null where none does, or the layout itself changes. */
function changedPath(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string | null {
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(path => before.get(path) !== after.get(path));
  return changed.length === 1 ? (changed[0] ?? null) : null;
}

/** Joins the bits of a register that have one owner. */
function fieldsOf(at: number, size: number, owners: readonly (string | null)[], name: string): FieldPlace[] {
  const fields: FieldPlace[] = [];
  owners.forEach((owner, low) => {
    const last = fields.at(-1);
    const path = owner ?? `${name}.reserved`;
    if (last !== undefined && last.path === path) fields[fields.length - 1] = { ...last, width: last.width + 1 };
    else fields.push({ path, at, size, low, width: 1 });
  });
  return fields;
}

/** The path that all fields of a register begin with. */
function registerPath(fields: readonly FieldPlace[], name: string): string {
  const [first] = fields;
  if (first !== undefined && fields.length === 1) return first.path;
  const real = fields.find(({ path }) => path !== `${name}.reserved`);
  return real?.path.slice(0, Math.max(real.path.lastIndexOf('.'), name.length)) ?? name;
}

function probePiece(probed: Probed): RegisterPlace[] {
  const { name, config } = probed;
  const probe = new Probe(config);
  const before = leaves(decodeWith(probe, probed), name, new Map());
  const reads = [...probe.reads].filter(([at]) => at >= 0 && at < 4096).sort(([a], [b]) => a - b);
  const isRaw = reads.length > MOST_SINGLE && reads.every(([, size]) => size === 1);
  if (isRaw && before.size <= 1) {
    const at = reads[0]?.[0] ?? 0;
    const size = reads.length;
    return [{ path: name, at, size, fields: [{ path: name, at, size, low: 0, width: 8 * size }] }];
  }
  const isLong = reads.length > MOST_PROBED;
  return reads.slice(0, MOST_REGISTERS).map(([at, size], i) => {
    if (isLong) return { path: `${name}[${i}]`, at, size, fields: [{ path: `${name}[${i}]`, at, size, low: 0, width: 8 * size }] };
    const owners = Array.from({ length: 8 * size }, (_, bit) => {
      probe.turned = 8 * at + bit;
      const path = changedPath(before, leaves(decodeWith(probe, probed), name, new Map()));
      probe.turned = -1;
      return path;
    });
    const fields = fieldsOf(at, size, owners, name);
    return { path: registerPath(fields, name), at, size, fields };
  });
}

/** The values of a layout's fields by their path, as the layout decodes them; bits that are not known count as 0. */
export function fieldTexts(pieces: Pieces, config: ConfigSpace, base: number): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const [name, piece] of Object.entries(pieces)) leaves(decodeWith(new Probe(config), { piece, name, base, config }), name, texts);
  return texts;
}

/** The registers of a layout that begins at `base`, by offset, as far as they lie in config space. Bits that are not known count as 0. */
export function registerPlaces(pieces: Pieces, config: ConfigSpace, base: number): RegisterPlace[] {
  const places = Object.entries(pieces).flatMap(([name, piece]) => probePiece({ piece, name, base, config }));
  return places.sort((a, b) => a.at - b.at || a.size - b.size);
}
