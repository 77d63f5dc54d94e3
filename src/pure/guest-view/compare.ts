/** Compares two config spaces as a guest would meet them: by header register, capability and field, and byte by byte for the rest. */
import { formatHex } from '../bytes/hex.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { type DecodedCapability, decodeDevice } from '../pci/decode-device.ts';

export interface Difference {
  /** Offset in config space, in bytes. */
  readonly at: number;
  /** Where: `header`, `ATS [1b0]`, or `bytes` for what no register covers. */
  readonly place: string;
  /** Which field: `control.enable`; empty for a capability as a whole. */
  readonly field: string;
  /** The two values as text; null where one side lacks it. */
  readonly a: string | null;
  readonly b: string | null;
}

type Fields = ReadonlyMap<string, string>;

/** Nested register fields as `register.field` → text. */
function flatten(value: unknown, path: string, into: Map<string, string>): Map<string, string> {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) flatten(item, `${path}[${i}]`, into);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) flatten(item, path === '' ? name : `${path}.${name}`, into);
  } else if (typeof value === 'bigint') into.set(path, formatHex(value));
  else if (value !== undefined) into.set(path, String(value));
  return into;
}

function compareFields(place: string, at: number, [a, b]: readonly [Fields, Fields]): Difference[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  const differences: Difference[] = [];
  for (const field of names) {
    const [left, right] = [a.get(field) ?? null, b.get(field) ?? null];
    if (left !== right) differences.push({ at, place, field, a: left, b: right });
  }
  return differences;
}

function label({ name, ref }: DecodedCapability): string {
  return `${name} [${ref.offset.toString(16)}]`;
}

/** Capabilities meet by kind, ID and offset: a guest keeps what it learnt of a register by its offset. */
function key({ ref }: DecodedCapability): string {
  return `${ref.kind} ${ref.id} ${ref.offset}`;
}

function described({ ref, fields, bytes }: DecodedCapability): Fields {
  const flat = flatten(fields, '', new Map());
  flat.set('next', formatHex(ref.next));
  if (ref.kind === 'extended') flat.set('version', String(ref.version));
  if (bytes !== undefined) flat.set('bytes', bytes);
  return flat;
}

function compareCapabilities(a: readonly DecodedCapability[], b: readonly DecodedCapability[]): Difference[] {
  const right = new Map(b.map(capability => [key(capability), capability]));
  const differences: Difference[] = [];
  for (const capability of a) {
    const { offset } = capability.ref;
    const other = right.get(key(capability));
    right.delete(key(capability));
    if (other === undefined) differences.push({ at: offset, place: label(capability), field: '', a: 'there', b: null });
    else differences.push(...compareFields(label(capability), offset, [described(capability), described(other)]));
  }
  for (const capability of right.values())
    differences.push({ at: capability.ref.offset, place: label(capability), field: '', a: null, b: 'there' });
  return differences;
}

const PAIR = 2;
/** Bytes that one line tells at most. */
const MOST_BYTES = 16;
const HEADER_END = 0x40;

function byteText(config: ConfigSpace, at: number): string {
  return config.isKnown(at) ? config.bytes[at].toString(16).padStart(PAIR, '0') : '??';
}

/** Runs of bytes that differ, as hexadecimal text; a byte that one side does not know differs from one that the other does. */
function compareBytes(a: ConfigSpace, b: ConfigSpace, isTold: (at: number) => boolean): Difference[] {
  const differs = (at: number) => byteText(a, at) !== byteText(b, at) && !isTold(at);
  const end = Math.max(a.bytes.length, b.bytes.length);
  const differences: Difference[] = [];
  for (let at = 0; at < end; at++) {
    if (!differs(at)) continue;
    const start = at;
    let [left, right] = ['', ''];
    for (; at < end && at < start + MOST_BYTES && differs(at); at++) {
      left += byteText(a, at);
      right += byteText(b, at);
    }
    at--;
    differences.push({ at: start, place: 'bytes', field: formatHex(start, 3), a: left, b: right });
  }
  return differences;
}

/**
 * All that differs, by offset; empty where every byte is the same. Bytes are listed as such where no header register, capability
 * or field tells of them, so that nothing is told twice and nothing is lost.
 */
export function compare(a: ConfigSpace, b: ConfigSpace): Difference[] {
  const [left, right] = [decodeDevice(a), decodeDevice(b)];
  const header = compareFields('header', 0, [flatten(left.header, '', new Map()), flatten(right.header, '', new Map())]);
  const capabilities = compareCapabilities(left.capabilities, right.capabilities);
  const toldOf = new Set(capabilities.map(({ at }) => at));
  const told = [...left.capabilities, ...right.capabilities].filter(({ ref }) => toldOf.has(ref.offset));
  const isTold = (at: number) =>
    (at < HEADER_END && header.length > 0) || told.some(({ ref, length }) => at >= ref.offset && at < ref.offset + length);
  return [...header, ...capabilities, ...compareBytes(a, b, isTold)].sort((x, y) => x.at - y.at);
}
