/** Devices of any shape for QEMU to judge: config spaces over the builder, then spoilt a little, and the sizes of their regions. */
import fc from 'fast-check';
import { buildConfigSpace, type CapabilityPart } from '../../../src/pure/pci/builder.ts';
import { numbers, seeds } from '../../fixtures/arbitrary-config.ts';
import type { GuestDevice } from './qemu-guest.ts';

type Next = () => number;

const pick = <T>(next: Next, list: readonly T[]): T => list[next() % list.length];
const oneIn = (next: Next, count: number) => next() % count === 0;
/** Writes a little-endian number; what lies beyond the end is dropped. */
const put = (bytes: Uint8Array, at: number, length: number, value: number) => {
  for (let i = 0; i < length && at + i < bytes.length; i++) bytes[at + i] = value >>> (8 * i);
};

const PM = 0x01;
const MSI = 0x05;
const EXPRESS = 0x10;
const MSIX = 0x11;
const REBAR = 0x15;
const STANDARD_IDS = [PM, PM, 3, MSI, MSI, 7, 8, 9, 9, 0xb, 0xd, EXPRESS, EXPRESS, EXPRESS, MSIX, MSIX, 0x13, 0x14, 0];
const EXTENDED_IDS = [1, 2, 3, 0xb, 0xd, 0xe, 0xf, 0x10, 0x13, REBAR, REBAR, 0x17, 0x1b, 0x1e, 0x1f, 0x23, 0x24, 0x2e, 0, 0xffff];
/** What the registers take that QEMU claims; a capability that has less runs into the next one and is refused. */
const CLAIMED: Readonly<Record<number, number>> = { [PM]: 8, [MSI]: 24, [MSIX]: 12 };

/** BAR 0 is always there and holds the arrays of MSI-X, mostly. */
const MSIX_PENDING = 0x8000;
const BAR_0_SIZE = 0x10000;

/** Registers of a standard capability behind its ID and pointer, into `body`, which is noise or zeros. */
function shapeStandard(next: Next, id: number, body: Uint8Array): void {
  // Types other than 0, 1 and 9 are refused.
  const type = oneIn(next, 40) ? next() % 16 : pick(next, [0, 0, 0, 1, 9, 9]);
  if (id === EXPRESS) put(body, 0, 1, (type << 4) | (oneIn(next, 8) ? next() % 16 : pick(next, [0, 1, 2, 2])));
  // Multiple Message Capable 6 and 7 end QEMU.
  const capable = oneIn(next, 150) ? 6 + (next() % 2) : next() % 6;
  if (id === MSI) put(body, 0, 1, (body[0] & ~0xe) | (capable << 1));
  if (id !== MSIX) return;
  put(body, 0, 2, (next() & 0xf800) | pick(next, [0, 3, 63, 64, 1000]));
  put(body, 2, 4, oneIn(next, 60) ? next() & 0xff07 : 0);
  put(body, 6, 4, oneIn(next, 60) ? next() & 0xff07 : MSIX_PENDING);
}

/** The number of BARs of ReBAR and their sizes; more of them than have room, or of sizes that cannot be offered, in some cases. */
function shapeExtended(next: Next, id: number, body: Uint8Array): void {
  if (id !== REBAR) return;
  const room = Math.min(Math.floor(body.length / 8), 7);
  const count = oneIn(next, 40) ? next() % 8 : Math.min(next() % 4, room);
  for (let index = 0; index < room; index++) {
    const size = oneIn(next, 5) ? next() % 32 : next() % 28;
    put(body, 4 + 8 * index, 4, (next() & 0xffffe01f) | (count << 5) | (size << 8));
  }
}

interface Space {
  readonly ids: readonly number[];
  readonly first: number;
  readonly end: number;
  readonly header: number;
  readonly shape: (next: Next, id: number, body: Uint8Array) => void;
}

const STANDARD: Space = { ids: STANDARD_IDS, first: 0x40, end: 0x100, header: 2, shape: shapeStandard };
const EXTENDED: Space = { ids: EXTENDED_IDS, first: 0x100, end: 0x1000, header: 4, shape: shapeExtended };

/** Any order for all but the first, which of the extended list has its place. */
function shuffle(next: Next, parts: CapabilityPart[]): CapabilityPart[] {
  const rest = parts.slice(1);
  for (let i = rest.length - 1; i > 0; i--) {
    const j = next() % (i + 1);
    [rest[i], rest[j]] = [rest[j], rest[i]];
  }
  return [...parts.slice(0, 1), ...rest];
}

/** Capabilities of any kind and size, one behind the other with gaps, linked in that order or in any other. */
function capabilities(next: Next, { ids, first, end, header, shape }: Space): CapabilityPart[] {
  const parts: CapabilityPart[] = [];
  const twice = oneIn(next, 10);
  const most = next() % 12;
  for (let offset = first; offset < end - 8 && parts.length <= most; ) {
    const id = pick(next, ids);
    // Two of a kind are rare; QEMU emulates the first alone.
    if (!twice && header === 2 && parts.some(part => 'id' in part && part.id === id)) {
      offset += 4;
      continue;
    }
    const least = oneIn(next, 50) ? 4 : header === 2 ? (CLAIMED[id] ?? 4) : 8;
    const size = Math.min(Math.max(pick(next, [4, 8, 12, 16, 20, 24, 32, 60, 64, 100]), least), end - offset);
    if (size < least) break;
    const zeros = oneIn(next, 3);
    const body = Uint8Array.from({ length: size - header }, () => (zeros ? 0 : next() >>> 24));
    shape(next, id, body);
    parts.push({ id, offset, body, version: next() % 16 });
    offset += size + 4 * pick(next, [0, 0, 0, 1, 3, header === 4 ? 40 : 0]);
  }
  return oneIn(next, 2) ? shuffle(next, parts) : parts;
}

/** Sizes of BAR 0 to 5. One that is no power of two, and regions 2 to 5 of a bridge, end QEMU. */
function regions(next: Next, bridge: boolean): number[] {
  const sizes = Array.from({ length: 6 }, () => pick(next, [0, 0, 0x10, 0x100, 0x1000, 0x4000, 0x100000]));
  sizes[0] = BAR_0_SIZE;
  if (bridge && !oneIn(next, 8)) sizes.fill(0, 2);
  if (oneIn(next, 300)) sizes[1 + (next() % 5)] = 0x1800;
  return sizes;
}

/** Bytes that are put in anywhere: most break a list, or make a register what it should not be. */
function spoil(next: Next, bytes: Uint8Array): void {
  const places = [0x04, 0x06, 0x0e, 0x34, 0x3d, 0x100, 0x101, 0x102, 0x103, bytes[0x34] + 1, next() % 0x100, next() % bytes.length];
  for (let count = 1 + (next() % 3); count > 0; count--) {
    const at = pick(next, places);
    if (at < bytes.length) bytes[at] = pick(next, [next() >>> 24, 0, 0x40, 0x60, 0x10, 0xff]);
  }
}

function device(seed: number): GuestDevice {
  const next = numbers(seed);
  const size = oneIn(next, 6) ? 0x100 : 0x1000;
  const headerType = oneIn(next, 25) ? pick(next, [1, 0x81, 2, 0x7f]) : pick(next, [0, 0, 0, 0x80]);
  const isPlain = headerType % 0x80 === 0;
  const { bytes } = buildConfigSpace({
    vendorId: next() % 0x10000,
    deviceId: next() % 0x10000,
    classCode: next() % 0x1000000,
    revisionId: next() % 0x100,
    command: next() % 0x10000,
    status: next() % 0x10000,
    subsystemVendorId: next() % 0x10000,
    subsystemId: next() % 0x10000,
    bars: Array.from({ length: 6 }, () => (next() >>> 4) * 16 + pick(next, [0, 4, 8, 0xc, 1, next() % 16])),
    interruptLine: next() % 0x100,
    interruptPin: oneIn(next, 60) ? next() % 0x100 : next() % 5,
    standard: oneIn(next, 30) ? [] : capabilities(next, STANDARD),
    extended: size === 0x100 || oneIn(next, 12) ? [] : capabilities(next, EXTENDED),
    size,
  });
  bytes[0x0e] = headerType;
  if (oneIn(next, 12)) spoil(next, bytes);
  return { bytes, barSizes: regions(next, !isPlain && headerType % 0x80 === 1) };
}

/** Devices with config spaces of 256 or 4096 bytes: any mix, order and size of capabilities, some of them broken. */
export const devices: fc.Arbitrary<GuestDevice> = seeds.map(device);

/** The same `count` devices for the same `seed`. */
export function generateDevices(seed: number, count: number): GuestDevice[] {
  return fc.sample(fc.noBias(devices), { seed, numRuns: count });
}
