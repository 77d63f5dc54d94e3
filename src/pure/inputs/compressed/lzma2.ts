/** LZMA2: chunks of LZMA and of bytes as they are (.xz format §5.3.1; 7-Zip's LZMA specification). */
import type { Output } from './output.ts';
import { probabilities, RangeDecoder } from './range-decoder.ts';
import { UnpackError } from './unpack-error.ts';

const STATES = 12;
/** States below follow a literal. */
const LITERAL_STATES = 7;
const MOST_POSITIONS = 16;
const LEAST_MATCH = 2;
/** Distances have a slot, chosen by the length of the match up to here. */
const LENGTH_STATES = 4;
const SLOT_BITS = 6;
/** Slots from here on have bits of their own, the upper of which are direct, the lowest four aligned. */
const FIRST_SLOT = 4;
const FIRST_DIRECT_SLOT = 14;
const ALIGN_BITS = 4;
const LITERAL_SIZE = 3 * 256;

const fault = (words: string): UnpackError => new UnpackError(`it is not valid xz: ${words}`);

/** Lengths of matches: short, middle or long. */
class LengthCoder {
  readonly #choice = probabilities(2);
  readonly #low = probabilities(MOST_POSITIONS << 3);
  readonly #middle = probabilities(MOST_POSITIONS << 3);
  readonly #high = probabilities(256);

  decode(range: RangeDecoder, position: number): number {
    if (range.bit(this.#choice, 0) === 0) return range.tree(this.#low, 3, position << 3);
    if (range.bit(this.#choice, 1) === 0) return 8 + range.tree(this.#middle, 3, position << 3);
    return 16 + range.tree(this.#high, 8);
  }
}

/** What LZMA has learnt, until it is reset. */
class Model {
  readonly isMatch = probabilities(STATES * MOST_POSITIONS);
  readonly isRepeat = probabilities(STATES);
  readonly isRepeat0 = probabilities(STATES);
  readonly isRepeat1 = probabilities(STATES);
  readonly isRepeat2 = probabilities(STATES);
  readonly isLong = probabilities(STATES * MOST_POSITIONS);
  readonly slots = Array.from({ length: LENGTH_STATES }, () => probabilities(1 << SLOT_BITS));
  readonly special = probabilities(128);
  readonly align = probabilities(1 << ALIGN_BITS);
  readonly lengths = new LengthCoder();
  readonly repeatLengths = new LengthCoder();
  readonly literals: Uint16Array;
  state = 0;
  /** The last four distances, less one. */
  distances = [0, 0, 0, 0];

  constructor(literalBits: number) {
    this.literals = probabilities(LITERAL_SIZE << literalBits);
  }
}

/** lc, lp and pb: bits of the byte before and of the place that choose among probabilities. */
interface Properties {
  readonly lc: number;
  readonly lp: number;
  readonly pb: number;
}

function decodeProperties(byte: number): Properties {
  const [lc, lp, pb] = [byte % 9, Math.floor(byte / 9) % 5, Math.floor(byte / 45)];
  if (pb > 4 || lc + lp > 4) throw fault('its properties are out of range');
  return { lc, lp, pb };
}

/** Decodes one block. */
class Lzma2 {
  readonly #out: Output;
  /** Where the dictionary begins: nothing before is copied. */
  #start: number;
  #properties: Properties | null = null;
  #model: Model | null = null;

  constructor(out: Output) {
    this.#out = out;
    this.#start = out.length;
  }

  resetDictionary(): void {
    this.#start = this.#out.length;
  }

  setProperties(byte: number): void {
    this.#properties = decodeProperties(byte);
  }

  resetState(): void {
    if (this.#properties === null) throw fault('a chunk comes before its properties');
    this.#model = new Model(this.#properties.lc + this.#properties.lp);
  }

  copy(bytes: Uint8Array): void {
    this.#out.reserve(bytes.length);
    this.#out.bytes.set(bytes, this.#out.length);
    this.#out.length += bytes.length;
  }

  decode(range: RangeDecoder, size: number): void {
    const [out, model, properties] = [this.#out, this.#model, this.#properties];
    if (model === null || properties === null) throw fault('a chunk comes before its state');
    out.reserve(size);
    const end = out.length + size;
    const mask = (1 << properties.pb) - 1;
    while (out.length < end) {
      const position = (out.length - this.#start) & mask;
      const row = (model.state << 4) + position;
      if (range.bit(model.isMatch, row) === 0) this.#literal(range, model, properties);
      else this.#repeat(this.#match(range, model, position), model, end);
    }
    if (!range.isAtEnd) throw fault('a chunk holds more than it should');
  }

  #literal(range: RangeDecoder, model: Model, { lc, lp }: Properties): void {
    const { bytes, length } = this.#out;
    const before = length > this.#start ? (bytes[length - 1] ?? 0) : 0;
    const place = (length - this.#start) & ((1 << lp) - 1);
    const from = LITERAL_SIZE * ((place << lc) + (before >>> (8 - lc)));
    let symbol = 1;
    if (model.state >= LITERAL_STATES) {
      const at = length - (model.distances[0] ?? 0) - 1;
      if (at < this.#start) throw fault('a distance lies before the beginning');
      let match = bytes[at] ?? 0;
      while (symbol < 0x100) {
        const matchBit = (match >>> 7) & 1;
        match <<= 1;
        const bit = range.bit(model.literals, from + ((1 + matchBit) << 8) + symbol);
        symbol = (symbol << 1) | bit;
        if (matchBit !== bit) break;
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(model.literals, from + symbol);
    bytes[length] = symbol & 0xff;
    this.#out.length++;
    model.state = model.state < 4 ? 0 : model.state < 10 ? model.state - 3 : model.state - 6;
  }

  /** The length of the match that is next; its distance comes first in the model. */
  #match(range: RangeDecoder, model: Model, position: number): number {
    const { state, distances } = model;
    const [first = 0, second = 0, third = 0, fourth = 0] = distances;
    if (range.bit(model.isRepeat, state) === 0) {
      const length = model.lengths.decode(range, position);
      model.distances = [this.#distance(range, model, length), first, second, third];
      model.state = state < LITERAL_STATES ? 7 : 10;
      return LEAST_MATCH + length;
    }
    if (range.bit(model.isRepeat0, state) === 0) {
      if (range.bit(model.isLong, (state << 4) + position) === 0) {
        model.state = state < LITERAL_STATES ? 9 : 11;
        return 1;
      }
    } else if (range.bit(model.isRepeat1, state) === 0) model.distances = [second, first, third, fourth];
    else if (range.bit(model.isRepeat2, state) === 0) model.distances = [third, first, second, fourth];
    else model.distances = [fourth, first, second, third];
    const length = model.repeatLengths.decode(range, position);
    model.state = state < LITERAL_STATES ? 8 : 11;
    return LEAST_MATCH + length;
  }

  #distance(range: RangeDecoder, model: Model, length: number): number {
    const slots = model.slots[Math.min(length, LENGTH_STATES - 1)];
    if (slots === undefined) throw fault('a length is out of range');
    const slot = range.tree(slots, SLOT_BITS);
    if (slot < FIRST_SLOT) return slot;
    const bits = (slot >>> 1) - 1;
    const base = (2 | (slot & 1)) * 2 ** bits;
    if (slot < FIRST_DIRECT_SLOT) return base + range.reverseTree(model.special, bits, base - slot);
    return base + range.direct(bits - ALIGN_BITS) * 2 ** ALIGN_BITS + range.reverseTree(model.align, ALIGN_BITS);
  }

  #repeat(length: number, model: Model, end: number): void {
    const out = this.#out;
    let from = out.length - (model.distances[0] ?? 0) - 1;
    if (from < this.#start) throw fault('a distance lies before the beginning');
    if (out.length + length > end) throw fault('a match is longer than its chunk');
    for (let i = 0; i < length; i++) out.bytes[out.length++] = out.bytes[from++] ?? 0;
  }
}

/** Decodes the chunks at `at`; gives where they end. */
export function decodeLzma2(bytes: Uint8Array, at: number, out: Output): number {
  const decoder = new Lzma2(out);
  const number = (from: number): number => ((bytes[from] ?? 0) << 8) | (bytes[from + 1] ?? 0);
  for (;;) {
    const control = bytes[at];
    if (control === undefined) throw fault('it ends too early');
    if (control === 0) return at + 1;
    if (control < 0x80) {
      if (control > 2) throw fault('a chunk is of no known kind');
      const size = number(at + 1) + 1;
      if (control === 1) decoder.resetDictionary();
      if (at + 3 + size > bytes.length) throw fault('it ends too early');
      decoder.copy(bytes.subarray(at + 3, at + 3 + size));
      at += 3 + size;
      continue;
    }
    const reset = (control >>> 5) & 3;
    const size = ((control & 0x1f) << 16) + number(at + 1) + 1;
    const packed = number(at + 3) + 1;
    const begin = at + (reset >= 2 ? 6 : 5);
    if (begin + packed > bytes.length) throw fault('it ends too early');
    if (reset === 3) decoder.resetDictionary();
    if (reset >= 2) decoder.setProperties(bytes[at + 5] ?? 0);
    if (reset >= 1) decoder.resetState();
    decoder.decode(new RangeDecoder(bytes, begin, begin + packed), size);
    at = begin + packed;
  }
}
