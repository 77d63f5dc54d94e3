/** The text of the extended capabilities from 19h on is what lspci prints, for random registers, and differs where lspci is wrong. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { formatHexBytes } from '../../src/pure/bytes/hex.ts';
import { decodeCapability } from '../../src/pure/pci/capability.ts';
import { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import { extendedCapabilityFor } from '../../src/pure/pci/extended/index.ts';
import { walkExtended } from '../../src/pure/pci/walk.ts';
import { EXTENDED_TEXTS } from '../../src/pure/render/lspci/extended/index.ts';
import { dropNamesHere, lspciRoot, skipWithoutLspci } from './lspci.ts';

const FIRST = 0x100;
const DVSEC = 0x23;
const IDE = 0x30;
const WIDTHS = [0, 1, 2, 4, 8, 12, 16, 32];

interface Case {
  readonly id: number;
  /** From the header of the capability on. */
  readonly bytes: Uint8Array;
  /** Maximum Link Width. */
  readonly lanes: number;
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

/** Every CXL DVSEC with a length that its registers fit in, and what keeps lspci from its errors and crashes. */
const CXL_SHAPES: readonly { id: number; length: number; shape?: (bytes: Uint8Array) => void }[] = [
  { id: 0, length: 0x3c, shape: shapeCxlDevice },
  { id: 0, length: 0x37 },
  { id: 1, length: 0x20 },
  { id: 2, length: 0x2c, shape: shapeFunctionMap },
  { id: 3, length: 0x28, shape: bytes => (bytes[0x0a] = (bytes[0x0a] & 1) === 0 ? 0 : 0x0b) },
  { id: 4, length: 0x10, shape: shapeGpf },
  { id: 5, length: 0x10, shape: shapeGpf },
  { id: 7, length: 0x20 },
  { id: 8, length: 0x24 },
  { id: 8, length: 0x0f },
  { id: 9, length: 0x10, shape: bytes => (bytes[0x0b] &= bytes[0x0a] & 1) },
  { id: 10, length: 0x22 },
  { id: 11, length: 0x20 },
];

/** No reserved media types, classes and interleaves; no reserved base bits; Control 2 and Capability 3 all set or all clear. */
function shapeCxlDevice(bytes: Uint8Array): void {
  for (const range of [0x18, 0x28]) {
    bytes[range + 4] &= 0x23;
    if ((bytes[range + 4] & 1) === 1) bytes[range + 4] |= 0x08;
    bytes[range + 5] &= 0xe7;
    bytes.fill(0, range + 12, range + 15);
    bytes[range + 15] &= 0xf0;
  }
  bytes[0x10] = (bytes[0x10] & 1) === 0 ? 0xe0 & bytes[0x10] : 0xff;
  bytes[0x38] = (bytes[0x38] & 1) === 0 ? 0xf0 & bytes[0x38] : 0xff;
}

/** Only 16 bits of each word. */
function shapeFunctionMap(bytes: Uint8Array): void {
  for (let at = 0x0c; at < 0x2c; at += 4) bytes.fill(0, at + 2, at + 4);
}

/** Scale 7 is an error. */
function shapeGpf(bytes: Uint8Array): void {
  for (const at of [0x0b, 0x0d, 0x0f]) if ((bytes[at] & 0x0f) === 7) bytes[at] ^= 1;
}

/** One vendor in four is another than CXL. */
function shapeDvsec(bytes: Uint8Array, round: number): void {
  // The length stays in config space.
  bytes[7] &= 0x7f;
  if (round % 4 === 3) return;
  const { id, length, shape } = CXL_SHAPES[round % CXL_SHAPES.length];
  const revision = Math.floor(round / 2) % 5;
  // A longer one than lspci knows, now and then.
  const more = round % 7 === 0 && length % 4 === 0 ? 8 : 0;
  const header = ((length + more) << 4) | revision;
  bytes.set([0x98, 0x1e, header & 0xff, header >> 8, id, 0], 4);
  shape?.(bytes);
}

/** As many streams as fit; the PCRC flag of a link stream, of which lspci reads the wrong bit, equals that bit. */
function shapeIde(bytes: Uint8Array): void {
  bytes[6] &= 0x03;
  for (let at = 0x0c; at < 0x4c; at += 8) bytes[at + 1] = (bytes[at + 1] & ~1) | (bytes[at] & 1);
}

/** Keeps random registers to what lspci prints rightly; its errors have tests of their own. Offsets are those of the specification. */
const SHAPES: Readonly<Record<number, (bytes: Uint8Array, round: number) => void>> = {
  // Errors of lanes 0 to 15.
  25: bytes => bytes.fill(0, 0x0a, 0x0c),
  // Bit 4 of the log size.
  29: bytes => (bytes[5] &= ~0x20),
  [DVSEC]: shapeDvsec,
  [IDE]: shapeIde,
};

/** Rounds for the capabilities that lspci decodes; the others have three. */
const ROUNDS: Readonly<Record<number, number>> = {
  25: 60,
  27: 60,
  29: 60,
  30: 60,
  31: 60,
  [DVSEC]: 240,
  36: 60,
  39: 60,
  46: 60,
  [IDE]: 40,
};

function randomCases(id: number): Case[] {
  const random = randomBytes(0x1234567 + id);
  return Array.from({ length: ROUNDS[id] ?? 3 }, (_, round): Case => {
    const bytes = new Uint8Array(id === IDE || id === DVSEC ? 0x600 : 0x100);
    // Dense, sparse and full registers.
    for (let i = 4; i < bytes.length; i++) bytes[i] = round % 3 === 0 ? random() : random() & random() & random();
    if (round === 1) bytes.fill(0xff);
    if (round === 2) bytes.fill(0);
    bytes.set([id, 0, round % 16, 0]);
    SHAPES[id]?.(bytes, round);
    return { id, bytes, lanes: WIDTHS[round % WIDTHS.length] };
  });
}

/** A config space with a PCI Express capability and the capability of the case at 100h. */
function configSpace({ bytes: capability, lanes }: Omit<Case, 'id'>): ConfigSpace {
  const bytes = new Uint8Array(0x1000);
  bytes.set([0x86, 0x80, 0x34, 0x12, 0, 0, 0x10, 0]);
  bytes[0x34] = 0x40;
  bytes.set([0x10, 0, 0x42], 0x40);
  bytes.set([(lanes << 4) & 0xf0, lanes >> 4], 0x4c);
  bytes.set(capability, FIRST);
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

/** What lspci prints for each space, and the signal that ended it. */
function runLspci(spaces: readonly ConfigSpace[]): { blocks: string[]; signal: string | null; stderr: string } {
  const folder = mkdtempSync(join(lspciRoot, 'tmp/lspci-extended-2-'));
  try {
    writeFileSync(join(folder, 'dump'), formatDump(spaces));
    const command = [lspciRoot, 'lspci', '-F', join(folder, 'dump').slice(lspciRoot.length), '-n', '-vvv'];
    const { stdout, stderr, signal } = spawnSync('chroot', command, { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 300_000 });
    return { blocks: stdout.trimEnd().split('\n\n'), signal, stderr };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The title of the capability at 100h and its lines without their two tabs, for each space. */
function lspciTexts(spaces: readonly ConfigSpace[]): string[][] {
  const { blocks, stderr } = runLspci(spaces);
  assert.equal(blocks.length, spaces.length, stderr);
  return blocks.map(block => {
    const [, text = ''] = block.split(/^\tCapabilities: \[100 v\d+\] /m);
    return text.replace(/^\t\t/gm, '').trimEnd().split('\n');
  });
}

/** Our text of the same, with the title as the first line. */
function ourText(config: ConfigSpace): string[] {
  const [ref] = walkExtended(config).capabilities;
  assert.ok(ref);
  const text = EXTENDED_TEXTS.find(({ type }) => type.id === ref.id);
  const type = extendedCapabilityFor(config, ref);
  assert.ok(text && type, `no text for ${ref.id.toString(16)}h`);
  const { fields, missing } = decodeCapability(type, config, ref.offset);
  assert.deepEqual(missing, []);
  const device = { config, vendorId: 0x8086, deviceId: 0x1234, expressType: 4, deviceFunction: 0, nameSubsystem: () => '' };
  const { title, lines } = text.format(fields, ref, device);
  return [title, ...lines];
}

const ids = EXTENDED_TEXTS.map(({ type }) => type.id).filter(id => id > 0x18);

/** The one label that is wrong in every DVSEC of its kind. */
function correctLabel(line: string): string {
  return line.replace(/^AlternateBus:\t(....-....)$/, 'AlternateMem:\t$1');
}

const expected = new Map<number, string[][]>();
before(() => {
  if (skipWithoutLspci !== false) return;
  const cases = ids.flatMap(randomCases);
  const texts = lspciTexts(cases.map(configSpace));
  for (const [i, { id }] of cases.entries()) expected.set(id, [...(expected.get(id) ?? []), texts[i].map(correctLabel)]);
});

for (const id of ids) {
  test(`EXTENDED_TEXTS prints ID ${id.toString(16)}h as lspci does`, { skip: skipWithoutLspci }, () => {
    const cases = randomCases(id);
    cases.forEach((one, round) => {
      assert.deepEqual(
        ourText(configSpace(one)).map(dropNamesHere),
        expected.get(id)?.[round],
        `round ${round}: ${formatHexBytes(one.bytes.subarray(0, 0x60))}`,
      );
    });
  });
}

/** Registers of an otherwise empty capability, by offset. */
type Registers = readonly (readonly [at: number, value: number])[];

function capability(id: number, registers: Registers): Uint8Array {
  const bytes = new Uint8Array(0x100);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, id | 0x10000, true);
  for (const [at, value] of registers) view.setUint32(at, value, true);
  return bytes;
}

/** The two header dwords of a CXL DVSEC; `low` is what stands in the two bytes behind its ID. */
function cxl(id: number, revision: number, length: number, low = 0): Registers {
  return [
    [0x04, (length * 0x100000 + revision * 0x10000 + 0x1e98) >>> 0],
    [0x08, low * 0x10000 + id],
  ];
}

/** Where lspci contradicts the specification: what it prints and what is right. */
const ERRORS: readonly { says: string; id: number; registers: Registers; lspci: string; right: string }[] = [
  {
    says: 'shows errors of 16 lanes only (PCIe 6.0 §7.7.3.3)',
    id: 0x19,
    registers: [[0x08, 0x10001]],
    lspci: 'LaneErrStat: LaneErr at lane: 0',
    right: 'LaneErrStat: LaneErr at lane: 0 16',
  },
  {
    says: 'ignores bit 4 of the RP PIO log size (PCIe 6.0 §7.9.14.2)',
    id: 0x1d,
    registers: [[0x04, 0x2200]],
    lspci: 'DpcCap:\tIntMsgNum 0, RPExt- PoisonedTLP- SwTrigger- RP PIO Log 2, DL_ActiveErr-',
    right: 'DpcCap:\tIntMsgNum 0, RPExt- PoisonedTLP- SwTrigger- RP PIO Log 18, DL_ActiveErr-',
  },
  {
    says: 'takes CXL Reset for cache invalidation (CXL 3.1 §8.1.3.4)',
    id: DVSEC,
    registers: [...cxl(0, 2, 0x3c), [0x10, 0x02]],
    lspci: 'CXLCtl2:\tDisableCaching- InitCacheWB&Inval+ InitRst+ RstMemClrEn- DesiredVolatileHDMStateAfterHotReset-',
    right: 'CXLCtl2:\tDisableCaching- InitCacheWB&Inval+ InitRst- RstMemClrEn- DesiredVolatileHDMStateAfterHotReset-',
  },
  {
    says: 'takes memory clearing and the HDM state after reset for CXL Reset (CXL 3.1 §8.1.3.4)',
    id: DVSEC,
    registers: [...cxl(0, 2, 0x3c), [0x10, 0x04]],
    lspci: 'CXLCtl2:\tDisableCaching- InitCacheWB&Inval- InitRst- RstMemClrEn+ DesiredVolatileHDMStateAfterHotReset+',
    right: 'CXLCtl2:\tDisableCaching- InitCacheWB&Inval- InitRst+ RstMemClrEn- DesiredVolatileHDMStateAfterHotReset-',
  },
  {
    says: 'takes reserved bits into the base of a range (CXL 3.1 §8.1.3.8.4)',
    id: DVSEC,
    registers: [...cxl(0, 2, 0x3c), [0x1c, 0x10000000], [0x24, 0x20000001]],
    lspci: 'Range1: 0000000020000001-0000000030000000 [size=0x10000000]',
    right: 'Range1: 0000000020000000-000000002fffffff [size=0x10000000]',
  },
  {
    says: 'reads the HDM states after reset one bit too low (CXL 3.1 §8.1.3.9)',
    id: DVSEC,
    registers: [...cxl(0, 2, 0x3c), [0x38, 0x04]],
    lspci: 'CXLCap3:\tDefaultVolatile HDM State After:\tColdReset- WarmReset- HotReset- HotResetConfigurability+',
    right: 'CXLCap3:\tDefaultVolatile HDM State After:\tColdReset- WarmReset- HotReset+ HotResetConfigurability-',
  },
  {
    says: 'takes a reserved media type for the name of a memory class (CXL 3.1 §8.1.3.8.2)',
    id: DVSEC,
    registers: [...cxl(0, 2, 0x3c), [0x1c, 0x10]],
    lspci: '\tValid- Active- Type=DRAM Class=DRAM interleave=0 timeout=1s',
    right: '\tValid- Active- Type=<?> Class=DRAM interleave=0 timeout=1s',
  },
  {
    says: 'reads half of each word of the function map (CXL 3.1 §8.1.4)',
    id: DVSEC,
    registers: [...cxl(2, 0, 0x2c), [0x0c, 0x12345678]],
    lspci: 'FuncMap 0: 00005678',
    right: 'FuncMap 0: 12345678',
  },
  {
    says: 'reads other bits for the end of power management initialization (CXL 3.1 §8.1.5.1)',
    id: DVSEC,
    registers: cxl(3, 0, 0x28, 1),
    lspci: 'CXLPortSta:\tPMComplete-',
    right: 'CXLPortSta:\tPMComplete+',
  },
  {
    says: 'takes a reserved bit for the end of power management initialization (CXL 3.1 §8.1.5.1)',
    id: DVSEC,
    registers: cxl(3, 0, 0x28, 2),
    lspci: 'CXLPortSta:\tPMComplete+',
    right: 'CXLPortSta:\tPMComplete-',
  },
  {
    says: 'calls the alternate memory window a bus range (CXL 3.1 §8.1.5.5)',
    id: DVSEC,
    registers: [...cxl(3, 0, 0x28), [0x10, 0x00200010]],
    lspci: 'AlternateBus:\t0010-0020',
    right: 'AlternateMem:\t0010-0020',
  },
  {
    says: 'has no unit for 10 seconds (CXL 3.1 §8.1.6.1)',
    id: DVSEC,
    registers: [...cxl(4, 0, 0x10), [0x0c, 0x0703]],
    lspci: 'GPF Phase 1 Timeout: 30<?>',
    right: 'GPF Phase 1 Timeout: 30s',
  },
  {
    says: 'reads Enable for PCRC Enable of a link stream (PCIe 6.0 §7.9.26.4.1)',
    id: IDE,
    registers: [
      [0x04, 1],
      [0x0c, 1],
    ],
    lspci: "[10c]LinkIDE#0 Ctl: En+ NPR- PR- CPL- PCRC+ HdrEnc=no Alg='AES-GCM-256-96b' TC0 ID0",
    right: "[10c]LinkIDE#0 Ctl: En+ NPR- PR- CPL- PCRC- HdrEnc=no Alg='AES-GCM-256-96b' TC0 ID0",
  },
];

for (const { says, id, registers, lspci, right } of ERRORS) {
  test(`EXTENDED_TEXTS is right where lspci ${says}`, { skip: skipWithoutLspci }, () => {
    const config = configSpace({ bytes: capability(id, registers), lanes: 0 });
    const [theirs] = lspciTexts([config]);
    assert.ok(theirs.includes(lspci), `lspci no longer prints "${lspci}":\n${theirs.join('\n')}`);
    const ours = ourText(config);
    assert.ok(ours.includes(right), ours.join('\n'));
  });
}

/** Registers at which lspci ends early, and what we print. */
const ENDS: readonly { says: string; registers: Registers; right: string }[] = [
  {
    says: 'crashes on a reserved memory class',
    registers: [...cxl(0, 1, 0x38), [0x1c, 0x80]],
    right: '\tValid- Active- Type=Volatile Class=<?> interleave=0 timeout=1s',
  },
  {
    says: 'reads beyond a Flex Bus Port DVSEC that is too short for its revision',
    registers: cxl(7, 2, 0x10, 4),
    right: 'FBCap:\tCache- IO- Mem+ 68BFlit- MltLogDev- 256BFlit- PBRFlit-',
  },
  { says: 'reads beyond a function map that is too short', registers: cxl(2, 0, 0x10), right: 'Non-CXL Function Map DVSEC' },
];

for (const { says, registers, right } of ENDS) {
  test(`EXTENDED_TEXTS goes on where lspci ${says}`, { skip: skipWithoutLspci }, () => {
    const config = configSpace({ bytes: capability(DVSEC, registers), lanes: 0 });
    const { blocks } = runLspci([config, config]);
    assert.ok(blocks.length < 2, 'lspci no longer ends');
    const ours = ourText(config);
    assert.ok(ours.includes(right), ours.join('\n'));
  });
}
