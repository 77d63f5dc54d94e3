/** The texts of standard capabilities against lspci 3.13 itself, for random register contents. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { standardCapabilityFor } from '../../src/pure/pci/capabilities/index.ts';
import { decodeCapability } from '../../src/pure/pci/capability.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { walkStandard } from '../../src/pure/pci/walk.ts';
import type { DeviceContext } from '../../src/pure/render/lspci/renderer.ts';
import { STANDARD_TEXTS } from '../../src/pure/render/lspci/standard/index.ts';
import { dropNamesHere, lspciRoot, runLspci, skipWithoutLspci } from './lspci.ts';

const AT = 0x40;
const RUNS = 60;

/** One function with one capability, at 40h. */
interface Case {
  readonly bytes: Uint8Array;
  readonly deviceFunction: number;
}

interface Kind {
  readonly name: string;
  readonly id: number;
  readonly headerType?: number;
  /** Changes a random body so that it is of the kind, and so that lspci survives it. `body` starts with the ID. */
  readonly shape?: (body: Uint8Array, random: () => number) => void;
  readonly ids?: readonly [vendor: number, device: number];
}

/** Random numbers from 0 to below 1, the same in every run (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** lspci stops for good at an entry too short for its addresses: only entries long enough are compared. */
function shapeEntries(first: number) {
  return (body: Uint8Array, random: () => number) => {
    const count = Math.floor(random() * 4);
    body[2] = (body[2] & 0xc0) | count;
    for (let at = first, i = 0; i < count; i++) {
      const size = 4 + Math.floor(random() * 4);
      body[at] = (body[at] & 0xf8) | size;
      // Properties with a name are few: half of the entries get one.
      if (random() < 0.5) body.set([Math.floor(random() * 8), 0xfd + Math.floor(random() * 3)], at + 1);
      at += 4 + 4 * size;
    }
  };
}

/** lspci reads one byte of the two-byte Link Frequency Capability; see the test of its own below. */
function shapeLink(kind: number, revision: number, frequencies: readonly number[]) {
  return (body: Uint8Array, random: () => number) => {
    body[3] = (body[3] & 0x1f) | (kind << 5);
    if (random() < 0.6) body[revision] |= 0x60;
    for (const at of frequencies) body[at + 1] = 0;
  };
}

const express: Kind[] = Array.from({ length: 16 }, (_, type) => ({
  name: `PCI Express of type ${type}`,
  id: 0x10,
  shape: (body, random) => {
    body[2] = (type << 4) | Math.floor(random() * 4);
    // Sparse registers too: equal speeds and widths, no link capabilities 2.
    if (random() < 0.3) body.fill(0, 0x2c, 0x30);
    if (random() < 0.3) body.copyWithin(0x12, 0x0c, 0x0d);
    if (random() < 0.5) body[0x2d] = 0;
  },
}));

const KINDS: readonly Kind[] = [
  ...[0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x11, 0x12, 0x13, 0x15].map(id => ({
    name: `ID ${id.toString(16).padStart(2, '0')}`,
    id,
  })),
  { name: 'PM without a bridge register', id: 0x01, shape: body => body.fill(0, 6, 8) },
  { name: 'PCI-X', id: 0x07 },
  { name: 'PCI-X bridge', id: 0x07, headerType: 1 },
  { name: 'HyperTransport', id: 0x08, shape: body => shapeLink(2 + (body[3] % 6), 60, [])(body, () => 1) },
  { name: 'HyperTransport slave', id: 0x08, shape: shapeLink(0, 0x0c, [0x0e, 0x12]) },
  { name: 'HyperTransport host', id: 0x08, shape: shapeLink(1, 0x08, [0x0a]) },
  { name: 'Vendor Specific', id: 0x09 },
  {
    name: 'virtio',
    id: 0x09,
    ids: [0x1af4, 0x1041],
    shape: (body, random) => {
      body[2] = 12 + Math.floor(random() * 14);
      body[3] = Math.floor(random() * 9);
    },
  },
  { name: 'EA', id: 0x14, shape: shapeEntries(4) },
  { name: 'EA of a bridge', id: 0x14, headerType: 1, shape: shapeEntries(8) },
  ...express,
];

function makeCase(kind: Kind, random: () => number): Case {
  const bytes = new Uint8Array(256);
  const [vendor, device] = kind.ids ?? [0x8086, 0x534f];
  bytes.set([vendor & 0xff, vendor >> 8, device & 0xff, device >> 8, 0, 0, 0x10]);
  bytes[0x0e] = kind.headerType ?? 0;
  bytes[0x34] = AT;
  // Some have a BAR, of memory or of I/O.
  if (random() < 0.5) bytes.set([Math.floor(random() * 256), 0xf0], 0x10 + 4 * Math.floor(random() * (kind.headerType === 1 ? 2 : 6)));
  const body = bytes.subarray(AT);
  for (let i = 0; i < body.length; i++) body[i] = Math.floor(random() * 256);
  body[0] = kind.id;
  body[1] = 0;
  kind.shape?.(body, random);
  // A length behind the end of config space is not what is compared here.
  if (kind.name === 'Vendor Specific') body[2] &= 0x7f;
  return { bytes, deviceFunction: random() < 0.5 ? 0 : Math.floor(random() * 256) };
}

/** A dump of one function, its number in place of the domain. */
function formatDump({ bytes, deviceFunction }: Case, domain: number): string {
  const hex = (value: number, digits = 2) => value.toString(16).padStart(digits, '0');
  const lines = [`${hex(domain, 4)}:00:${hex(deviceFunction >> 3)}.${deviceFunction & 7} 0000: 0000`];
  for (let at = 0; at < 256; at += 16) lines.push(`${hex(at)}: ${[...bytes.subarray(at, at + 16)].map(byte => hex(byte)).join(' ')}`);
  return `${lines.join('\n')}\n\n`;
}

function renderOurs({ bytes, deviceFunction }: Case): string[] {
  const config = new ConfigSpace(bytes);
  const [ref] = walkStandard(config).capabilities;
  assert.ok(ref !== undefined);
  const type = standardCapabilityFor(config, ref);
  const text = STANDARD_TEXTS.find(candidate => candidate.type === type);
  assert.ok(type !== null && text !== undefined, `no text for ID ${ref.id}`);
  const { fields, missing } = decodeCapability(type, config, ref.offset);
  assert.deepEqual(missing, []);
  const hex4 = (value: number) => value.toString(16).padStart(4, '0');
  const context: DeviceContext = {
    config,
    vendorId: config.read(0, 2) ?? 0,
    deviceId: config.read(2, 2) ?? 0,
    expressType: ref.id === 0x10 ? (bytes[AT + 2] ?? 0) >> 4 : null,
    nameSubsystem: (vendor, device) => `${hex4(vendor)}:${hex4(device)}`,
    deviceFunction,
  };
  const { title, lines } = text.format(fields, ref, context);
  return [`\tCapabilities: [40] ${title}`, ...lines.map(line => `\t\t${line}`)];
}

/** What lspci prints of the capability of each function, in order. */
function renderTheirs(cases: readonly Case[]): string[][] {
  const folder = mkdtempSync(join(lspciRoot, 'tmp/lspci-standard-'));
  try {
    const path = join(folder, 'dump');
    writeFileSync(path, cases.map(formatDump).join(''));
    return runLspci(path, ['-n', '-vvv'])
      .join('\n')
      .trimEnd()
      .split('\n\n')
      .map(block => {
        const lines = block.split('\n');
        return lines.slice(lines.findIndex(line => line.startsWith('\tCapabilities: [40]')));
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const skip = skipWithoutLspci;
const cases = KINDS.map((kind, seed) => {
  const random = randomNumbers(seed);
  return Array.from({ length: RUNS }, () => makeCase(kind, random));
});
let theirs: string[][] = [];

before(() => {
  if (!skip) theirs = renderTheirs(cases.flat());
});

KINDS.forEach((kind, index) => {
  test(`STANDARD_TEXTS equal lspci for ${kind.name}`, { skip }, () => {
    assert.equal(theirs.length, KINDS.length * RUNS);
    for (const [i, one] of (cases[index] ?? []).entries()) {
      assert.deepEqual(renderOurs(one).map(dropNamesHere), theirs[index * RUNS + i]?.map(dropNamesHere));
    }
  });
});

/** A function with just this body at 40h. */
function plainCase(kind: Kind, body: readonly number[]): Case {
  const { bytes } = makeCase(kind, () => 0);
  bytes.fill(0, AT);
  bytes.set(body, AT);
  return { bytes, deviceFunction: 0 };
}

// Where lspci is at fault, and what we print instead.

test('STANDARD_TEXTS show the HyperTransport frequencies from 1.4GHz on, which lspci leaves out', { skip }, () => {
  const one = plainCase({ name: 'HyperTransport host', id: 0x08 }, [8, 0, 0, 0x20, 0, 0, 0, 0, 0x60, 0, 0, 0x81]);
  const line = (text: string[] | undefined) =>
    /1\.4GHz.*$/.exec(text?.find(candidate => candidate.includes('Frequency Capability')) ?? '')?.[0];
  assert.equal(line(renderOurs(one)), '1.4GHz+ 1.6GHz- Vend+');
  assert.equal(line(renderTheirs([one])[0]), '1.4GHz- 1.6GHz- Vend-');
});

test('STANDARD_TEXTS show an EA entry without addresses, at which lspci stops', { skip }, () => {
  const one = plainCase({ name: 'EA', id: 0x14 }, [0x14, 0, 1, 0, 0, 0, 0, 0x80]);
  assert.equal(renderOurs(one).length, 5);
  assert.throws(() => renderTheirs([one]), /Internal bug/);
});

test("STANDARD_TEXTS show a virtio vendor's data as such, where lspci reads a BAR", { skip }, () => {
  const virtio = { name: 'virtio', id: 0x09, ids: [0x1af4, 0x1041] } as const;
  const one = plainCase(virtio, [9, 0, 16, 9, 0xf4, 0x1a]);
  assert.deepEqual(renderOurs(one), ['\tCapabilities: [40] Vendor Specific Information: Len=10 <?>']);
  assert.match(renderTheirs([one])[0]?.[1] ?? '', /BAR=244/);
});
