/** Config spaces made to order: a header and two lists of capabilities, laid out and linked. For tests, examples and captures. */
import { byteAt, itemAt } from '../bytes/checked.ts';
import { formatHex, parseHexBytes } from '../bytes/hex.ts';
import type { Fields, Pieces } from '../bytes/layout.ts';
import {
  PCI_BASE_ADDRESS_0,
  PCI_CAP_LIST_NEXT,
  PCI_CAPABILITY_LIST,
  PCI_CB_CAPABILITY_LIST,
  PCI_CB_SUBSYSTEM_ID,
  PCI_CB_SUBSYSTEM_VENDOR_ID,
  PCI_CLASS_PROG,
  PCI_COMMAND,
  PCI_DEVICE_ID,
  PCI_HEADER_TYPE,
  PCI_HEADER_TYPE_BRIDGE,
  PCI_HEADER_TYPE_CARDBUS,
  PCI_HEADER_TYPE_MASK,
  PCI_INTERRUPT_LINE,
  PCI_INTERRUPT_PIN,
  PCI_REVISION_ID,
  PCI_STATUS,
  PCI_STATUS_CAP_LIST,
  PCI_STD_HEADER_SIZEOF,
  PCI_SUBSYSTEM_ID,
  PCI_SUBSYSTEM_VENDOR_ID,
  PCI_VENDOR_ID,
} from '../spec/pci-regs.ts';
import { BAR_COUNTS, linkExtended } from '../spec/pcie.ts';
import { type CapabilityType, encodeCapability } from './capability.ts';
import { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE } from './config-space.ts';

/** A capability to be placed: by its registers, or by its ID and the bytes behind its header. */
export type CapabilityPart = (
  | { readonly type: CapabilityType; readonly fields: Readonly<Record<string, unknown>> }
  | { readonly id: number; readonly body: Uint8Array | string }
) & {
  /** Version of an extended capability, 1 where it is not given. */
  readonly version?: number;
  /** Bytes from the start of config space; chosen where it is not given. */
  readonly offset?: number;
};

/** Numbers are registers as they stand. What is not given is 0, unless it says otherwise. */
export interface ConfigSpaceParts {
  readonly vendorId: number;
  readonly deviceId: number;
  /** Base class [23:16], subclass [15:8], programming interface [7:0]. */
  readonly classCode: number;
  readonly revisionId?: number;
  readonly command?: number;
  /** The bit that announces capabilities is added. */
  readonly status?: number;
  readonly headerType?: number;
  readonly bars?: readonly number[];
  readonly subsystemVendorId?: number;
  readonly subsystemId?: number;
  readonly interruptLine?: number;
  readonly interruptPin?: number;
  readonly standard?: readonly CapabilityPart[];
  /** The first one stands at 100h. */
  readonly extended?: readonly CapabilityPart[];
  /** Bytes of the space: 64, 256 or 4096. 4096 where there are extended capabilities, else 256. */
  readonly size?: number;
  /** Bytes that are put in last, whatever they cover: a `Uint8Array` or hexadecimal text. */
  readonly override?: readonly { readonly at: number; readonly bytes: Uint8Array | string }[];
}

/** A part whose fields are checked against its type by the compiler. */
export function capabilityPart<P extends Pieces>(
  type: CapabilityType<P>,
  fields: Fields<P>,
  options: { readonly version?: number; readonly offset?: number } = {},
): CapabilityPart {
  return { type, fields: fields as Readonly<Record<string, unknown>>, ...options };
}

interface ClaimedRange {
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** Where one of the two lists may stand and how it is linked. */
interface Space {
  readonly name: string;
  readonly first: number;
  readonly end: number;
  /** Writes the next pointer of the capability at `offset`. */
  readonly link: (bytes: Uint8Array, offset: number, next: number) => void;
}

const STANDARD: Omit<Space, 'end'> = {
  name: 'standard',
  first: PCI_STD_HEADER_SIZEOF,
  link: (bytes, offset, next) => {
    bytes[offset + PCI_CAP_LIST_NEXT] = next;
  },
};

const EXTENDED: Omit<Space, 'end'> = {
  name: 'extended',
  first: CONVENTIONAL_SIZE,
  link: linkExtended,
};

/**
 * Builds a config space whose bytes are all known.
 * @throws RangeError where capabilities overlap, do not fit or are misplaced
 */
export function buildConfigSpace(parts: ConfigSpaceParts): ConfigSpace {
  const { standard = [], extended = [], override = [] } = parts;
  const size = parts.size ?? (extended.length > 0 ? EXTENDED_SIZE : CONVENTIONAL_SIZE);
  if (![PCI_STD_HEADER_SIZEOF, CONVENTIONAL_SIZE, EXTENDED_SIZE].includes(size))
    throw new RangeError(`config space of ${size} bytes: wanted 64, 256 or 4096`);
  const bytes = new Uint8Array(EXTENDED_SIZE);
  writeHeader(bytes, parts);
  const first = placeAll(bytes, standard, { ...STANDARD, end: Math.min(size, CONVENTIONAL_SIZE) });
  if (first !== undefined) {
    bytes[PCI_STATUS] = byteAt(bytes, PCI_STATUS) | PCI_STATUS_CAP_LIST;
    bytes[layoutOf(parts) === PCI_HEADER_TYPE_CARDBUS ? PCI_CB_CAPABILITY_LIST : PCI_CAPABILITY_LIST] = first;
  }
  const firstExtended = placeAll(bytes, extended, { ...EXTENDED, end: size });
  if (firstExtended !== undefined && firstExtended !== CONVENTIONAL_SIZE) {
    throw new RangeError(`the first extended capability is placed at ${formatHex(firstExtended)}: wanted 0x100`);
  }
  for (const { at, bytes: given } of override) {
    const patch = typeof given === 'string' ? parseHexBytes(given) : given;
    if (at < 0 || at + patch.length > size) throw new RangeError(`override of ${patch.length} bytes at ${formatHex(at)} does not fit`);
    bytes.set(patch, at);
  }
  return new ConfigSpace(bytes.slice(0, size));
}

const layoutOf = ({ headerType = 0 }: ConfigSpaceParts): number => headerType & PCI_HEADER_TYPE_MASK;

function writeHeader(bytes: Uint8Array, parts: ConfigSpaceParts): void {
  const put = (at: number, length: number, value = 0) => {
    if (!Number.isInteger(value) || value < 0 || value >= 2 ** (8 * length)) {
      throw new RangeError(`${value} does not fit in the ${length} bytes at ${formatHex(at)}`);
    }
    for (let i = 0; i < length; i++) bytes[at + i] = Math.floor(value / 2 ** (8 * i));
  };
  const { headerType = 0, bars = [] } = parts;
  const layout = layoutOf(parts);
  const cardbus = layout === PCI_HEADER_TYPE_CARDBUS;
  put(PCI_VENDOR_ID, 2, parts.vendorId);
  put(PCI_DEVICE_ID, 2, parts.deviceId);
  put(PCI_COMMAND, 2, parts.command);
  put(PCI_STATUS, 2, parts.status);
  put(PCI_REVISION_ID, 1, parts.revisionId);
  put(PCI_CLASS_PROG, 3, parts.classCode);
  put(PCI_HEADER_TYPE, 1, headerType);
  const most = BAR_COUNTS[layout] ?? 0;
  if (bars.length > most) throw new RangeError(`${bars.length} BARs: a header of type ${layout} has ${most}`);
  bars.forEach((bar, i) => {
    put(PCI_BASE_ADDRESS_0 + 4 * i, 4, bar);
  });
  // Bridges of type 1 carry their subsystem in a capability instead.
  if (layout !== PCI_HEADER_TYPE_BRIDGE) {
    put(cardbus ? PCI_CB_SUBSYSTEM_VENDOR_ID : PCI_SUBSYSTEM_VENDOR_ID, 2, parts.subsystemVendorId);
    put(cardbus ? PCI_CB_SUBSYSTEM_ID : PCI_SUBSYSTEM_ID, 2, parts.subsystemId);
  }
  put(PCI_INTERRUPT_LINE, 1, parts.interruptLine);
  put(PCI_INTERRUPT_PIN, 1, parts.interruptPin);
}

/** Places and links one list; gives the offset of its first capability. */
function placeAll(bytes: Uint8Array, parts: readonly CapabilityPart[], space: Space): number | undefined {
  const taken: ClaimedRange[] = [];
  const order: ClaimedRange[] = [];
  for (const part of parts) {
    if (part.offset !== undefined) checkOffset(part.offset, space);
  }
  // Fixed offsets first, so that chosen ones go around them.
  for (const part of parts) if (part.offset !== undefined) claim(taken, { offset: part.offset, bytes: encodePart(part, space) }, space);
  let fixed = 0;
  for (const part of parts) {
    if (part.offset !== undefined) order.push(itemAt(taken, fixed++));
    else {
      const encoded = encodePart(part, space);
      order.push({ offset: chooseOffset([...taken, ...order], encoded.length, space), bytes: encoded });
    }
  }
  order.forEach(({ offset, bytes: body }, i) => {
    bytes.set(body, offset);
    space.link(bytes, offset, order[i + 1]?.offset ?? 0);
  });
  return order[0]?.offset;
}

function encodePart(part: CapabilityPart, space: Space): Uint8Array {
  if ('type' in part) {
    if (part.type.kind !== space.name) throw new RangeError(`${part.type.name} is no ${space.name} capability: it is ${part.type.kind}`);
    return encodeCapability(part.type, part.fields, part.version);
  }
  const body = typeof part.body === 'string' ? parseHexBytes(part.body) : part.body;
  const { id, version = 1 } = part;
  const header = space.name === 'standard' ? [id, 0] : [id & 0xff, id >> 8, version & 15, 0];
  if (!Number.isInteger(id) || id < 0 || id > (space.name === 'standard' ? 0xff : 0xffff)) {
    throw new RangeError(`${id} is no ID of a ${space.name} capability`);
  }
  return Uint8Array.from([...header, ...body]);
}

function checkOffset(offset: number, { name, first, end }: Space): void {
  if (offset % 4 !== 0 || offset < first || offset >= end) {
    throw new RangeError(
      `${name} capability at ${formatHex(offset)}: wanted a multiple of 4 from ${formatHex(first)} to ${formatHex(end - 4)}`,
    );
  }
}

function claim(taken: ClaimedRange[], placed: ClaimedRange, { name, end }: Space): void {
  const stop = placed.offset + placed.bytes.length;
  if (stop > end) throw new RangeError(`${name} capability at ${formatHex(placed.offset)} does not fit: it ends at ${formatHex(stop - 1)}`);
  for (const other of taken) {
    if (placed.offset < other.offset + other.bytes.length && other.offset < stop) {
      throw new RangeError(`${name} capabilities at ${formatHex(other.offset)} and ${formatHex(placed.offset)} overlap`);
    }
  }
  taken.push(placed);
}

/** The lowest free place, aligned to a dword. */
function chooseOffset(taken: readonly ClaimedRange[], length: number, { name, first, end }: Space): number {
  let offset = first;
  for (const other of [...taken].sort((a, b) => a.offset - b.offset)) {
    if (offset + length <= other.offset) break;
    offset = Math.max(offset, (other.offset + other.bytes.length + 3) & ~3);
  }
  if (offset + length > end) throw new RangeError(`a ${name} capability of ${length} bytes does not fit any more`);
  return offset;
}
