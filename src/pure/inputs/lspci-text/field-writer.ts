/** Writes fields of registers by the names that their layout gives them, so that no reader of text knows the place of a bit. */
import type { BitField } from '../../bytes/bits.ts';
import { bitMask } from '../../bytes/bits.ts';
import type { Peek, PieceShape, Pieces, Place } from '../../bytes/layout.ts';
import type { TextBits } from './text-bits.ts';

/** A register where it stands. */
interface FoundRegister {
  readonly at: number;
  readonly length: 1 | 2 | 4 | 8;
  readonly fields: Readonly<Record<string, BitField<unknown>>> | null;
}

/** Looks at the bits that are known so far, from `base` on; made only for a place that depends on other registers. */
class BitsPeek implements Peek {
  readonly #bits: TextBits;
  readonly #base: number;
  readonly parent: Peek | null;

  constructor(bits: TextBits, base: number, parent: Peek | null) {
    this.#bits = bits;
    this.#base = base;
    this.parent = parent;
  }

  u8(at: number): number {
    return this.#bits.readBits(this.#base + at, 1).value;
  }

  u16(at: number): number {
    return this.#bits.readBits(this.#base + at, 2).value;
  }

  u32(at: number): number {
    return this.#bits.readBits(this.#base + at, 4).value;
  }
}

const placeOf = (place: Place, peek: Peek): number => (typeof place === 'number' ? place : place(peek));

/** The register of a path such as `deviceControl` or `links.0.description`; null where there is none of that name. */
function findRegister(pieces: Pieces, path: string, bits: TextBits, base: number): FoundRegister | null {
  let shape: PieceShape | undefined = { kind: 'group', pieces };
  let peek = new BitsPeek(bits, base, null);
  let start = base;
  for (const name of path.split('.')) {
    if (shape?.kind === 'list') {
      start += placeOf(shape.at, peek) + Number(name) * placeOf(shape.stride, peek);
      peek = new BitsPeek(bits, start, peek);
      shape = shape.element;
    } else if (shape?.kind === 'group') {
      shape = Object.hasOwn(shape.pieces, name) ? shape.pieces[name]?.shape : undefined;
    } else return null;
  }
  if (shape?.kind !== 'register') return null;
  return { at: start + placeOf(shape.at, peek), length: shape.length, fields: shape.fields };
}

/** The registers of one layout at one place. Values that do not fit are dropped: a text may say anything. */
export class FieldWriter {
  readonly #pieces: Pieces;
  readonly #bits: TextBits;
  readonly #base: number;

  constructor(pieces: Pieces, bits: TextBits, base: number) {
    this.#pieces = pieces;
    this.#bits = bits;
    this.#base = base;
  }

  /** What is known of the whole so far. */
  get bits(): TextBits {
    return this.#bits;
  }

  get base(): number {
    return this.#base;
  }

  /** Throws RangeError for a name that the layout does not have, which is a fault of ours. */
  #find(path: string): FoundRegister {
    const found = findRegister(this.#pieces, path, this.#bits, this.#base);
    if (found === null) throw new RangeError(`no register is named ${path}`);
    return found;
  }

  #field(path: string, name: string): { readonly register: FoundRegister; readonly field: BitField<unknown> } {
    const register = this.#find(path);
    const field = register.fields?.[name];
    if (field === undefined) throw new RangeError(`no field of ${path} is named ${name}`);
    return { register, field };
  }

  /** The bits of a field that are known so far; the others are 0. */
  valueOf(path: string, name: string): number {
    const { register, field } = this.#field(path, name);
    if (register.length === 8) return 0;
    return ((this.#bits.readBits(register.at, register.length).value >>> field.low) & bitMask(0, field.width)) >>> 0;
  }

  /** Writes a field's value in the form in which the layout decodes it. */
  set(path: string, name: string, value: unknown): void {
    const { field } = this.#field(path, name);
    let raw: number;
    try {
      raw = field.encode(value);
    } catch {
      return;
    }
    if (Number.isInteger(raw) && raw >= 0 && field.decode(raw) === value) this.code(path, name, raw);
  }

  /** Writes a field's own bits. */
  code(path: string, name: string, raw: number): void {
    const { register, field } = this.#field(path, name);
    const most = bitMask(0, field.width);
    if (!Number.isInteger(raw) || raw < 0 || raw > most) return;
    this.#bits.write(register.at, register.length, bitMask(field.low, field.width), (raw << field.low) >>> 0);
  }

  /** Writes some bits of a field, moved down to bit 0: those in `mask`. */
  some(path: string, name: string, mask: number, raw: number): void {
    const { register, field } = this.#field(path, name);
    const own = (mask & bitMask(0, field.width)) >>> 0;
    this.#bits.write(register.at, register.length, (own << field.low) >>> 0, ((raw & own) << field.low) >>> 0);
  }

  /** Writes a register that is one number. */
  number(path: string, value: number | bigint): void {
    const { at, length } = this.#find(path);
    const wide = BigInt(value);
    if (wide < 0n || wide >= 1n << BigInt(8 * length)) return;
    for (let i = 0; i < length; i++) this.#bits.write(at + i, 1, 0xff, Number((wide >> BigInt(8 * i)) & 0xffn));
  }
}
