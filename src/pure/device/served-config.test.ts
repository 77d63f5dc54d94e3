import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLspciDump } from '../inputs/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { walkExtended, walkStandard } from '../pci/walk.ts';
import { servedConfig } from './served-config.ts';

const WHOLE = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 0x5678,
  classCode: 0x020000,
  size: 0x1000,
  standard: [
    { id: 0x01, body: '030000000000', offset: 0x40 },
    { id: 0x11, body: '03000020000000300000', offset: 0x50 },
    { id: 0x10, body: '02000000000000000000', offset: 0x60 },
    { id: 0x09, body: '0400', offset: 0xa0 },
  ],
  extended: [
    { id: 0x0b, body: '0100000c00000000', offset: 0x100 },
    { id: 0x0f, body: '00000000', offset: 0x148 },
    { id: 0x03, body: '0102030405060708', offset: 0x200 },
  ],
}).bytes;

/** The device as far as it is known: `length` bytes, without those between the places of `holes`. */
function part(length: number, ...holes: readonly (readonly [number, number])[]): ConfigSpace {
  const known = new Uint8Array(length).fill(1);
  for (const [from, to] of holes) known.fill(0, from, to);
  return new ConfigSpace(WHOLE.slice(0, length), known);
}

const offsets = (config: ConfigSpace): number[] =>
  [walkStandard(config), walkExtended(config)].flatMap(({ capabilities }) => capabilities.map(({ offset }) => offset));

test('servedConfig leaves a function alone of which all is known', () => {
  for (const length of [0x100, 0x1000]) {
    const config = part(length);
    assert.equal(servedConfig(config).config, config);
    assert.deepEqual(servedConfig(config).cuts, []);
  }
});

const ROWS: readonly (readonly [name: string, config: ConfigSpace, size: number, listed: readonly number[]])[] = [
  ['the header alone', part(0x40), 0x100, []],
  ['half of the header', part(0x20), 0x100, []],
  ['a standard list that goes on', part(0x58), 0x100, [0x40]],
  ['a header of a standard capability cut in two', part(0xa1), 0x100, [0x40, 0x50, 0x60]],
  ['an extended list that goes on', part(320), 0x1000, [0x40, 0x50, 0x60, 0xa0, 0x100]],
  ['an extended header cut in two', part(0x14a), 0x1000, [0x40, 0x50, 0x60, 0xa0, 0x100]],
  ['the first extended header cut in two', part(0x102), 0x1000, [0x40, 0x50, 0x60, 0xa0]],
  ['a body cut in two', part(0x208), 0x1000, [0x40, 0x50, 0x60, 0xa0, 0x100, 0x148, 0x200]],
  ['a row with the first pointer left out', part(0x1000, [0x30, 0x40]), 0x1000, [0x100, 0x148, 0x200]],
  ['a row of a list left out', part(0x1000, [0x140, 0x150]), 0x1000, [0x40, 0x50, 0x60, 0xa0, 0x100]],
  ['the registers of MSI-X left out', part(0x100, [0x54, 0x60]), 0x100, [0x40, 0x60, 0xa0]],
  ['the version of PCI Express left out', part(0x1000, [0x62, 0x64]), 0x1000, [0x40, 0x50, 0xa0, 0x100, 0x148, 0x200]],
  ['what only holds values left out', part(0x1000, [0x64, 0x98], [0x204, 0x20c]), 0x1000, [0x40, 0x50, 0x60, 0xa0, 0x100, 0x148, 0x200]],
];

for (const [name, config, size, listed] of ROWS) {
  test(`servedConfig gives a space that a device can have: ${name}`, () => {
    const { config: served, places } = servedConfig(config);
    assert.equal(served.bytes.length, size);
    assert.ok(served.isWhole);
    assert.ok(places.length > 0);
    assert.deepEqual(offsets(served), listed);
    assert.equal(walkStandard(served).unknownAt, null);
    assert.deepEqual(
      [...walkStandard(served).findings, ...walkExtended(served).findings].map(({ code }) => code),
      [],
    );
  });
}

test('servedConfig says that there is no list where none is left', () => {
  assert.equal((servedConfig(part(0x40)).config.bytes[6] ?? 0) & 0x10, 0);
  assert.equal(servedConfig(part(0x40)).config.bytes[0x34], 0);
});

test('servedConfig tells where each list ends, and what is taken out of it', () => {
  const { cuts } = servedConfig(part(320, [0x54, 0x60]));
  const told = cuts.map(({ kind, unknownAt, last, removed }) => [kind, unknownAt, last?.offset, removed.map(({ offset }) => offset)]);
  assert.deepEqual(told, [
    ['standard', null, 0xa0, [0x50]],
    ['extended', 0x148, 0x100, []],
  ]);
});

test('servedConfig links the capabilities of a text, of whose pointers some bits are not known', () => {
  const text = `01:00.0 Ethernet controller [0200]: x [8086:1533] (rev 03)
	Control: I/O- Mem+ BusMaster+ SpecCycle- MemWINV- VGASnoop- ParErr- Stepping- SERR- FastB2B- DisINTx-
	Status: Cap+ 66MHz- UDF- FastB2B- ParErr- DEVSEL=fast >TAbort- <TAbort- <MAbort- >SERR- <PERR- INTx-
	Capabilities: [40] Power Management version 3
	Capabilities: [70] MSI-X: Enable+ Count=8 Masked-
		Vector table: BAR=3 offset=00000000
		PBA: BAR=3 offset=00002000
	Capabilities: [a0] Express (v2) Endpoint, MSI 00
	Capabilities: [100 v2] Advanced Error Reporting
	Capabilities: [1b0 v1] Address Translation Service (ATS)
	Kernel driver in use: igb
`;
  const [device] = parseLspciDump(new TextEncoder().encode(text));
  assert.ok(device !== undefined);
  const { config, cuts } = servedConfig(device.config);
  const served = [...walkStandard(config).capabilities, ...walkExtended(config).capabilities];
  assert.deepEqual(
    served.map(({ id, offset, version, next }) => [id, offset, version, next]),
    [
      [0x01, 0x40, 0, 0x70],
      [0x11, 0x70, 0, 0xa0],
      [0x10, 0xa0, 0, 0],
      [0x01, 0x100, 2, 0x1b0],
      [0x0f, 0x1b0, 1, 0],
    ],
  );
  assert.deepEqual(cuts, []);
});
