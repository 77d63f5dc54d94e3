/** The text of the extended capabilities 01h to 18h is what lspci prints, for random registers, and differs where lspci is wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { formatHexBytes } from '../../src/pure/bytes/hex.ts';
import { decodeCapability } from '../../src/pure/pci/capability.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { walkExtended } from '../../src/pure/pci/walk.ts';
import { EXTENDED_TEXTS } from '../../src/pure/render/lspci/extended/index.ts';
import { dropNamesHere, lspciRoot, skipWithoutLspci } from './lspci.ts';

const ROUNDS = 60;
const FIRST = 0x100;
const LAST_ID = 0x18;
/** Capabilities that reach far: arbitration tables, vendors' data, steering tags. */
const LONG = [2, 8, 9, 11, 23];
const LEGACY_ENDPOINT = 1;

interface Case {
  readonly id: number;
  readonly version: number;
  /** Device/Port Type of the PCI Express capability. */
  readonly type: number;
  /** From offset 4 of the capability. */
  readonly body: Uint8Array;
}

/** A small generator with a seed (xorshift), so that a failure can be seen again. */
function randomBytes(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  };
}

/**
 * Keeps a random body to what fits in config space and to what lspci prints rightly; its errors have tests of their own.
 * Offsets are those of the specification.
 */
const SHAPES: Readonly<Record<number, (bytes: Uint8Array) => void>> = {
  // Tables below 800h; the VC arbitration table's name is an error.
  2: shapeVirtualChannel,
  8: shapeVirtualChannel,
  9: shapeVirtualChannel,
  // Element type has 4 bits; few links.
  5: bytes => {
    bytes[4] &= 0x0f;
    bytes[5] &= 0x07;
  },
  // No range of devices that ends at 31.
  7: bytes => {
    if (bytes[7] >= 0xc0) bytes[7] &= 0x7f;
  },
  // Length.
  11: bytes => {
    bytes[7] &= 0x07;
  },
  // The last VF BAR is none of 64 bits.
  16: bytes => {
    bytes[0x38] &= ~0x06;
  },
  // Sizes below 2 to the power of 31.
  18: bytes => {
    if ((bytes[5] & 0x3f) > 30) bytes[5] &= ~0x20 & ~0x01;
    if ((bytes[0x28] & 0x3f) > 30) bytes[0x28] &= ~0x20 & ~0x01;
  },
  // Table size.
  23: bytes => {
    bytes[7] &= 0x03;
  },
  // Scale 7 is an error.
  24: bytes => {
    bytes[5] &= ~0x04;
    bytes[7] &= ~0x04;
  },
};

function shapeVirtualChannel(bytes: Uint8Array): void {
  bytes[0x0b] = 0;
  for (let at = 0x13; at < 0x70; at += 12) bytes[at] &= 0x7f;
}

function randomCases(id: number): Case[] {
  const random = randomBytes(0x1234567 + id);
  return Array.from({ length: ROUNDS }, (_, round): Case => {
    const bytes = new Uint8Array(LONG.includes(id) ? 0xb00 : 0x100);
    // Dense, sparse and full registers.
    for (let i = 4; i < bytes.length; i++) bytes[i] = round % 3 === 0 ? random() : random() & random() & random();
    if (round === 1) bytes.fill(0xff);
    if (round === 2) bytes.fill(0);
    SHAPES[id]?.(bytes);
    const type = round % 11;
    return { id, version: round % 4, type: id === 18 && type === LEGACY_ENDPOINT ? 0 : type, body: bytes.subarray(4) };
  });
}

/** A config space with a PCI Express capability and the capability of the case at 100h. */
function configSpace({ id, version, type, body }: Case): ConfigSpace {
  const bytes = new Uint8Array(FIRST + 4 + body.length);
  bytes.set([0x86, 0x80, 0x34, 0x12, 0, 0, 0x10, 0]);
  bytes[0x34] = 0x40;
  bytes.set([0x10, 0, 0x02 | (type << 4)], 0x40);
  bytes.set([id, 0, version], FIRST);
  bytes.set(body, FIRST + 4);
  return new ConfigSpace(bytes);
}

/** The dump format that `lspci -F` reads: a line with the address and lines of 16 bytes. */
function formatDump(spaces: readonly ConfigSpace[]): string {
  const devices = spaces.map(({ bytes }, i) => {
    const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
    const lines = [`${hex(i >> 8, 2)}:${hex((i >> 3) & 31, 2)}.${i & 7} Device`];
    for (let at = 0; at < bytes.length; at += 16) {
      const pairs = formatHexBytes(bytes.subarray(at, at + 16)).match(/../g);
      lines.push(`${hex(at, 2)}: ${pairs?.join(' ')}`);
    }
    return lines.join('\n');
  });
  return `${devices.join('\n\n')}\n`;
}

/** What lspci prints of the capability at 100h: the title and the lines without their two tabs, for each space. */
function lspciTexts(spaces: readonly ConfigSpace[]): string[][] {
  const folder = mkdtempSync(join(lspciRoot, 'tmp/lspci-extended-1-'));
  try {
    writeFileSync(join(folder, 'dump'), formatDump(spaces));
    const run = spawnSync('chroot', [lspciRoot, 'lspci', '-F', join(folder, 'dump').slice(lspciRoot.length), '-n', '-vvv'], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      timeout: 300_000,
    });
    const blocks = run.stdout.trimEnd().split('\n\n');
    assert.equal(blocks.length, spaces.length, run.stderr);
    return blocks.map(block => {
      const [, text = ''] = block.split(/^\tCapabilities: \[100 v\d+\] /m);
      return text.replace(/^\t\t/gm, '').trimEnd().split('\n');
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Our text of the same, with the title as the first line. */
function ourText(config: ConfigSpace, expressType: number): string[] {
  const [ref] = walkExtended(config).capabilities;
  assert.ok(ref);
  const text = EXTENDED_TEXTS.find(({ type }) => type.id === ref.id);
  assert.ok(text, `no text for ${ref.id.toString(16)}h`);
  const { fields, missing } = decodeCapability(text.type, config, ref.offset);
  assert.deepEqual(missing, []);
  const device = { config, vendorId: 0x8086, deviceId: 0x1234, expressType, deviceFunction: 0, nameSubsystem: () => '' };
  const { title, lines } = text.format(fields, ref, device);
  return [title, ...lines];
}

const ids = Array.from({ length: LAST_ID }, (_, i) => i + 1);

/** `at` and `bytes`: registers of an otherwise empty capability. */
const dword = (at: number, value: number) => ({ at, bytes: [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, value >>> 24] });

/** Where lspci contradicts the specification: what it prints and what is right. */
const ERRORS = [
  {
    says: 'names the VC arbitration table after the port arbitration table (PCIe 6.0 §7.9.1.3)',
    id: 2,
    registers: [dword(0x08, 0x07000002)],
    lspci: 'Port Arbitration Table [170] <?>',
    right: 'VC Arbitration Table [170] <?>',
  },
  {
    says: 'takes the reserved bits above Element Type into it (PCIe 6.0 §7.9.8.2)',
    id: 5,
    registers: [dword(0x04, 0x10)],
    lspci: 'Desc:\tPortNumber=00 ComponentID=00 EltType=??16',
    right: 'Desc:\tPortNumber=00 ComponentID=00 EltType=Config',
  },
  {
    says: 'forgets the end of a range of devices that reaches device 31',
    id: 7,
    type: 10,
    registers: [dword(0x04, 0xe0000001)],
    lspci: 'RCiEPBitmap: RCiEP at Device(s): 0, 29',
    right: 'RCiEPBitmap: RCiEP at Device(s): 0, 29-31',
  },
  {
    says: 'takes the register behind the last VF BAR for its upper half',
    id: 16,
    registers: [dword(0x38, 0xabc00004), dword(0x3c, 0x11223344)],
    lspci: 'Region 5: Memory at 11223344abc00000 (64-bit, non-prefetchable)',
    right: 'Region 5: Memory at 00000000abc00000 (64-bit, non-prefetchable)',
  },
  {
    says: 'has 32 bits for a window of 2 to the power of 40 bytes',
    id: 18,
    registers: [dword(0x04, 40 << 8)],
    lspci: 'McastCap: MaxGroups 1, WindowSz 40 (256 bytes)\t\tMcastCtl: NumGroups 1, Enable-',
    right: 'McastCap: MaxGroups 1, WindowSz 40 (1099511627776 bytes)\t\tMcastCtl: NumGroups 1, Enable-',
  },
  {
    says: 'has 32 bits for an overlay of 2 to the power of 31 bytes',
    id: 18,
    type: 6,
    registers: [dword(0x28, 31)],
    lspci: 'McastOverlayBAR: OverlaySize 31 (-2147483648 bytes), BaseAddr 0000000000000000',
    right: 'McastOverlayBAR: OverlaySize 31 (2147483648 bytes), BaseAddr 0000000000000000',
  },
  {
    says: 'takes a Legacy Endpoint for a port and hides its window size',
    id: 18,
    type: LEGACY_ENDPOINT,
    registers: [dword(0x04, 12 << 8)],
    lspci: 'McastCap: MaxGroups 1\t\tMcastCtl: NumGroups 1, Enable-',
    right: 'McastCap: MaxGroups 1, WindowSz 12 (4096 bytes)\t\tMcastCtl: NumGroups 1, Enable-',
  },
  {
    says: 'shifts by more than 32 bits for scale 7',
    id: 24,
    registers: [dword(0x04, 0x1c01)],
    lspci: 'Max snoop latency: 8ns',
    right: 'Max snoop latency: 34359738368ns',
  },
];

const errorCases = ERRORS.map(({ id, type = 0, registers }): Case => {
  const bytes = new Uint8Array(0x100);
  for (const register of registers) bytes.set(register.bytes, register.at);
  return { id, version: 2, type, body: bytes.subarray(4) };
});

const cases = [...ids.flatMap(randomCases), ...errorCases];
const spaces = cases.map(configSpace);
/** One lspci process for all. */
let lspci: string[][] = [];

before(() => {
  if (skipWithoutLspci === false) lspci = lspciTexts(spaces);
});

for (const id of ids) {
  test(`EXTENDED_TEXTS ${id.toString(16).padStart(2, '0')}h prints what lspci prints`, { skip: skipWithoutLspci }, () => {
    cases.slice(0, -ERRORS.length).forEach((one, i) => {
      if (one.id !== id) return;
      const bytes = formatHexBytes(one.body.subarray(0, 0x80));
      assert.deepEqual(
        ourText(spaces[i], one.type).map(dropNamesHere),
        lspci[i],
        `version ${one.version}, type ${one.type}, from +4 ${bytes}`,
      );
    });
  });
}

ERRORS.forEach(({ id, says, lspci: wrong, right }, i) => {
  test(`EXTENDED_TEXTS ${id.toString(16).padStart(2, '0')}h is right where lspci ${says}`, { skip: skipWithoutLspci }, () => {
    const at = cases.length - ERRORS.length + i;
    const ours = ourText(spaces[at], cases[at].type);
    assert.ok(lspci[at].includes(wrong), `lspci no longer prints "${wrong}": ${JSON.stringify(lspci[at])}`);
    assert.ok(ours.includes(right), JSON.stringify(ours));
  });
});
