/** A block opened to its registers, bit by bit: what the hardware holds, what the guest reads, what a guest's write does, and why. */
import { bits } from '../../pure/bytes/bits.ts';
import { formatHex } from '../../pure/bytes/hex.ts';
import { type Pieces, reg32, u8, u32 } from '../../pure/bytes/layout.ts';
import { barSizesOf } from '../../pure/facts/index.ts';
import { type GuestMasks, guestMasks, type Patch, type View } from '../../pure/guest-view/index.ts';
import { standardCapabilityFor } from '../../pure/pci/capabilities/index.ts';
import type { ConfigSpace } from '../../pure/pci/config-space.ts';
import { extendedCapabilityFor } from '../../pure/pci/extended/index.ts';
import { commonHeader, type0Header, type1Header, type2Header } from '../../pure/pci/header.ts';
import { PCI_CAP_LIST_NEXT, PCI_HEADER_TYPE, PCI_HEADER_TYPE_MASK } from '../../pure/spec/pci-regs.ts';
import { type FieldPlace, fieldTexts, type RegisterPlace, registerPlaces } from './field-places.ts';
import { type Block, type Lane, patchesIn } from './lanes.ts';
import type { BlockKey } from './selection.ts';

/** What a guest's write to a field does. */
export type WriteEffect = 'no' | 'yes' | 'partly' | 'clears';

/** The bits of a field, or a register, highest first: `0`, `1`, and `?` for one that is not known. */
export interface BitsRead {
  readonly bits: string;
  /** What they say, in words; empty where a bit of them is not known. */
  readonly value: string;
}

export interface FieldRow extends FieldPlace {
  /** Words of the last part of its path: `invalidate queue depth`. */
  readonly name: string;
  /** `[15:8]`, `[3]`. */
  readonly place: string;
  /** Offsets of its first and last byte. */
  readonly from: number;
  readonly to: number;
  readonly hardware: BitsRead;
  /** null where there is no guest, or it has no such byte. */
  readonly guest: BitsRead | null;
  readonly differs: boolean;
  /** null where there is no guest. */
  readonly write: WriteEffect | null;
  /** Who changes it and why; empty where nobody does. */
  readonly why: string;
}

export interface RegisterRow {
  readonly path: string;
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly hardware: string;
  readonly guest: string | null;
  readonly fields: readonly FieldRow[];
}

const STANDARD_HEADER: Pieces = { id: u8(0), next: u8(PCI_CAP_LIST_NEXT) };
const EXTENDED_HEADER: Pieces = { header: reg32(0, { id: bits(0, 15), version: bits(16, 19), next: bits(20, 31) }) };

/** Registers of which nothing is known but their bytes. */
const MOST_RAW = 64;

function rawPieces({ length, kind }: Block): Pieces {
  const count = Math.min(MOST_RAW, Math.ceil(length / 4));
  const first = kind === 'extended' ? 1 : 0;
  return Object.fromEntries(
    Array.from({ length: Math.max(0, count - first) }, (_, i) => [`dword${4 * (i + first)}`, u32(4 * (i + first))]),
  );
}

function headerPieces(config: ConfigSpace): Pieces {
  const layout = config.read(PCI_HEADER_TYPE, 1);
  const kinds = [type0Header, type1Header, type2Header];
  return { ...commonHeader.pieces, ...(layout === undefined ? {} : kinds[layout & PCI_HEADER_TYPE_MASK]?.pieces) };
}

function piecesOf(block: Block, config: ConfigSpace): Pieces {
  const { kind, id, offset, version } = block;
  if (kind === 'header') return headerPieces(config);
  const find = kind === 'standard' ? standardCapabilityFor : extendedCapabilityFor;
  const type = find(config, { kind, id, offset, version, next: 0 });
  const header = kind === 'standard' ? STANDARD_HEADER : EXTENDED_HEADER;
  if (type === null && kind === 'standard') return rawPieces(block);
  return { ...header, ...(type?.registers.pieces ?? rawPieces(block)) };
}

/** `invalidateQueueDepth` → `invalidate queue depth`; `bars[0]` → `bars 0`. */
export function wordsOf(path: string): string {
  const last = path.slice(path.lastIndexOf('.') + 1);
  return last
    .replace(/\[(\d+)\]/g, ' $1')
    .replace(/([a-z])([A-Z0-9])/g, '$1 $2')
    .toLowerCase();
}

function bitsOf(config: ConfigSpace, { at, low, width }: Pick<FieldPlace, 'at' | 'low' | 'width'>): string {
  let text = '';
  for (let bit = low + width - 1; bit >= low; bit--) {
    const [byte, mask] = [at + (bit >> 3), 1 << (bit & 7)];
    text += (config.knownBits(byte) & mask) === 0 ? '?' : (config.readKnownBits(byte) & mask) === 0 ? '0' : '1';
  }
  return text;
}

/** The widest field that is told as a number of the decimal system, in bits. */
const WIDEST_DECIMAL = 12;

/** Numbers that everybody writes in hexadecimal digits, by the last part of their path. */
const HEXADECIMAL: ReadonlySet<string> = new Set([
  'id',
  'next',
  'capabilitiesPointer',
  'revisionId',
  'programmingInterface',
  'subclass',
  'baseClass',
]);

function valueText(text: string | undefined, { path, width }: Pick<FieldPlace, 'path' | 'width'>): string {
  if (text === undefined) return '';
  if (text === 'true' || text === 'false') return text === 'true' ? 'yes' : 'no';
  const isHex = width > WIDEST_DECIMAL || HEXADECIMAL.has(path.slice(path.lastIndexOf('.') + 1));
  return /^\d+$/.test(text) && isHex ? formatHex(BigInt(text), Math.ceil(width / 4)) : text;
}

interface Reading {
  readonly config: ConfigSpace;
  readonly texts: ReadonlyMap<string, string>;
}

function readField({ config, texts }: Reading, place: FieldPlace): BitsRead {
  const read = bitsOf(config, place);
  const isReserved = place.path.endsWith('.reserved');
  return { bits: read, value: read.includes('?') || isReserved ? '' : valueText(texts.get(place.path), place) };
}

/** How many bits of the field a mask has. */
function countBits(mask: Uint8Array, { at, low, width }: FieldPlace): number {
  let count = 0;
  for (let bit = low; bit < low + width; bit++) if (((mask[at + (bit >> 3)] ?? 0) & (1 << (bit & 7))) !== 0) count++;
  return count;
}

function writeEffect({ write, writeOneToClear }: GuestMasks, place: FieldPlace): WriteEffect {
  const writable = countBits(write, place);
  if (writable === 0) return 'no';
  if (countBits(writeOneToClear, place) === writable) return 'clears';
  return writable === place.width ? 'yes' : 'partly';
}

const LASTS: Readonly<Record<Patch['kind'], string>> = {
  fixed: '',
  'first-state': ' (at reset, from then on as the device has it)',
  blank: '',
  'guest-set': " (until the guest's firmware sets it)",
};

/** Whether a patch has a bit of the field. */
function covers({ at, length, mask }: Patch, place: FieldPlace): boolean {
  for (let bit = place.low; bit < place.low + place.width; bit++) {
    const into = place.at + (bit >> 3) - at;
    if (into >= 0 && into < length && ((mask >>> (8 * (into & 3))) & (1 << (bit & 7))) !== 0) return true;
  }
  return false;
}

function whyOf(patches: readonly Patch[], place: FieldPlace): string {
  const own = patches.filter(patch => covers(patch, place));
  return [...new Set(own.map(({ stage, reason, kind }) => `${stage}: ${reason.text}${LASTS[kind]}`))].join('; ');
}

/** Which bits the guest is known to have otherwise than the hardware is known to: a bit that is not known of the guest differs from none. */
export function differingBits(hardware: string, guest: string): readonly boolean[] {
  return [...guest].map((bit, i) => bit !== '?' && bit !== hardware[i]);
}

interface Sides {
  readonly hardware: Reading;
  readonly guest: Reading | null;
  readonly masks: GuestMasks | null;
  readonly patches: readonly Patch[];
}

function fieldRow(place: FieldPlace, { hardware, guest, masks, patches }: Sides): FieldRow {
  const [low, high] = [place.low, place.low + place.width - 1];
  const isThere = guest !== null && place.at < guest.config.bytes.length;
  const own = readField(hardware, place);
  const seen = isThere ? readField(guest, place) : null;
  const differs = seen !== null && differingBits(own.bits, seen.bits).includes(true);
  return {
    ...place,
    name: wordsOf(place.path),
    place: low === high ? `[${low}]` : `[${high}:${low}]`,
    from: place.at + (low >> 3),
    to: place.at + (high >> 3),
    hardware: own,
    guest: seen,
    differs,
    write: isThere && masks !== null ? writeEffect(masks, place) : null,
    why: differs ? whyOf(patches, place) : '',
  };
}

interface BlockLayout {
  readonly pieces: Pieces;
  readonly places: readonly RegisterPlace[];
  readonly base: number;
}

const layouts = new WeakMap<ConfigSpace, Map<string, BlockLayout>>();

/** The layout of a block, worked out once for a space: the hardware's is the same under all questions. */
function layoutOf(block: Block, config: ConfigSpace): BlockLayout {
  const own = layouts.get(config) ?? new Map<string, BlockLayout>();
  layouts.set(config, own);
  const key = `${block.key} ${block.id} ${block.length}`;
  const known = own.get(key);
  if (known !== undefined) return known;
  const pieces = piecesOf(block, config);
  const base = block.kind === 'header' ? 0 : block.offset;
  const made = { pieces, places: registerPlaces(pieces, config, base), base };
  own.set(key, made);
  return made;
}

function makeRows(view: View, lanes: readonly Lane[], block: Block): RegisterRow[] {
  const { realized } = view;
  const [first, last] = [lanes[0], lanes.length > 1 ? lanes.at(-1) : undefined];
  if (first === undefined) return [];
  const shape = block.tone === 'synthesised' && last !== undefined ? last.config : first.config;
  const { pieces, places, base } = layoutOf(block, shape);
  const reading = (config: ConfigSpace): Reading => ({ config, texts: fieldTexts(pieces, config, base) });
  const sides: Sides = {
    hardware: reading(first.config),
    guest: last === undefined ? null : reading(last.config),
    masks: realized.outcome === 'failed' ? null : guestMasks(realized, barSizesOf(view.facts)),
    patches: realized.outcome === 'failed' ? [] : patchesIn(realized.patches, block),
  };
  return places.map(register => {
    const whole = { at: register.at, low: 0, width: 8 * register.size };
    const fields = register.fields.map(place => fieldRow(place, sides));
    const isThere = sides.guest !== null && register.at < sides.guest.config.bytes.length;
    return {
      path: register.path,
      name: wordsOf(register.path),
      at: register.at,
      size: register.size,
      hardware: bitsOf(sides.hardware.config, whole),
      guest: isThere && sides.guest !== null ? bitsOf(sides.guest.config, whole) : null,
      fields,
    };
  });
}

const known = new WeakMap<View, Map<BlockKey, readonly RegisterRow[]>>();

/** The registers of a block, by offset; worked out once for a view. */
export function registersOf(view: View, lanes: readonly Lane[], block: Block): readonly RegisterRow[] {
  const own = known.get(view) ?? new Map<BlockKey, readonly RegisterRow[]>();
  known.set(view, own);
  const rows = own.get(block.key) ?? makeRows(view, lanes, block);
  own.set(block.key, rows);
  return rows;
}

/** The block that a byte belongs to; of several the one that begins last. */
export function blockAt(blocks: readonly Block[], at: number): Block | undefined {
  return blocks.findLast(({ offset, length }) => at >= offset && at < offset + length);
}

/** The field that has a byte; of several the lowest that is no reserved one. */
export function fieldAt(rows: readonly RegisterRow[], at: number): FieldRow | undefined {
  const own = rows.flatMap(({ fields }) => fields).filter(({ from, to }) => at >= from && at <= to);
  return own.find(({ path }) => !path.endsWith('.reserved')) ?? own[0];
}
