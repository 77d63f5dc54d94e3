/** The slot that `airlock view` shows: of a verbose dump with the ports above, of a capture, of the inputs that people gave. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import type { ConfigSpace } from '../../src/pure/pci/config-space.ts';
import type { SlotJson } from '../../src/pure/reports/schemas/slot.ts';
import { airlock, ROOT } from './airlock.ts';

const INPUTS = join(ROOT, '../shared/inputs');
const DUMPS = join(ROOT, '../shared/dumps');
const skipInputs = existsSync(INPUTS) ? false : 'there are no inputs of other people here';
const skipDumps = existsSync(DUMPS) ? false : 'there are no dumps of real hardware here';

/** PCI Express of a type whose Device Capabilities 2 say: routes and completes all AtomicOps, passes End-End TLP Prefixes. */
const express = (type: string) => ({ id: 0x10, body: `${type}${'00'.repeat(0x20)}c0032000${'00'.repeat(0x14)}` });
const rootPort = buildConfigSpace({
  ...{ vendorId: 0x8086, deviceId: 0x1901, classCode: 0x060400, headerType: 1, standard: [express('4200')] },
  override: [{ at: 0x18, bytes: '000101' }],
});
const accelerator = buildConfigSpace({
  ...{ vendorId: 0x1af5, deviceId: 1, classCode: 0x120000, interruptPin: 1, bars: [0xc, 0x6, 0xe001] },
  ...{ standard: [express('0200')], extended: [{ id: 0x1b, body: '06140000' }] },
});

function rows({ bytes }: ConfigSpace): string {
  const lines = Array.from({ length: bytes.length / 16 }, (_, i) => Buffer.from(bytes.subarray(16 * i, 16 * i + 16)));
  return lines
    .map((line, i) => `${(16 * i).toString(16).padStart(2, '0')}: ${line.toString('hex').replaceAll(/..(?=.)/g, '$& ')}\n`)
    .join('');
}

const REGIONS = '\tRegion 0: Memory at 600000000 (64-bit, prefetchable) [size=8G]\n\tRegion 2: I/O ports at e000 [size=64]\n';
const PORT = `00:01.0 PCI bridge\n${rows(rootPort)}\n`;
const DEVICE = `01:00.0 Processing accelerators\n${REGIONS}${rows(accelerator)}\n`;

function slotOf(path: string, ...args: readonly string[]): SlotJson {
  const { stdout, stderr } = airlock(['view', path, '--json', '--no-bytes', '--profile', 'qemu-11.1', ...args]);
  const { devices } = JSON.parse(stdout === '' ? '{}' : stdout) as { devices?: { slot: SlotJson }[] };
  assert.ok(devices !== undefined, stderr);
  return devices[devices.length - 1].slot;
}

const sizes = ({ bars }: SlotJson) => bars.map(({ index, size, sizeFrom }) => `${index} ${size} ${sizeFrom}`);
const bits = ({ port: { atomicCompletion: a } }: SlotJson) => [a.bits32, a.bits64, a.bits128, a.code];

describe('the slot of airlock view', () => {
  let folder = '';
  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-slot-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has sizes from the text of a verbose dump and the port from the bridge above, whichever device is chosen', () => {
    const path = file('whole', PORT + DEVICE);
    for (const args of [[], ['-s', '01:00.0']]) {
      const slot = slotOf(path, ...args);
      assert.deepEqual(sizes(slot), ['0 0x200000000 lspci', '2 0x40 lspci']);
      assert.deepEqual([slot.rom.state, slot.interruptPin], ['absent', 'A']);
      assert.deepEqual(bits(slot), [true, true, true, 'atomics.host-path']);
      assert.deepEqual([slot.port.endEndPrefixes.guest, slot.port.endEndPrefixes.host], [true, true]);
    }
    assert.deepEqual(bits(slotOf(path, '-s', '01:00.0', '-p', 'multifunction=on')), [false, false, false, 'atomics.multifunction']);
  });

  it('does not know what the dump does not hold', () => {
    const slot = slotOf(file('alone', DEVICE.replace(REGIONS, '')));
    assert.deepEqual(sizes(slot).slice(0, 2), ['0 null null', '2 null null']);
    assert.deepEqual(
      slot.bars.slice(2).map(({ state }) => state),
      ['unknown', 'unknown', 'unknown'],
    );
    assert.deepEqual(bits(slot), [null, null, null, 'atomics.host-path-unknown']);
    assert.equal(slot.port.endEndPrefixes.host, null);
    const { stdout } = airlock(['view', file('alone', DEVICE.replace(REGIONS, ''))]);
    assert.match(stdout, /^ {2}BAR 0 +size unknown +memory, 64-bit, prefetchable$/m);
  });

  it('is the same as JSON lines, but for the ports above, which those do not look at', () => {
    const path = file('lines', PORT + DEVICE);
    const lines = airlock(['view', path, '--jsonl', '--no-bytes', '--profile', 'qemu-11.1']).stdout.trim().split('\n');
    const { slot } = JSON.parse(lines[1] ?? '{}') as { slot: SlotJson };
    assert.deepEqual(sizes(slot), ['0 0x200000000 lspci', '2 0x40 lspci']);
    assert.equal(slot.port.atomicCompletion.code, 'atomics.host-path-unknown');
  });

  it('has the sizes of a capture, and nothing where realize fails', () => {
    const capture = join(ROOT, 'captures/vm-intel-iotlb.json');
    assert.ok(sizes(slotOf(capture)).every(text => text.endsWith(' host')));
    assert.equal(slotOf(file('port', PORT)), null);
  });

  it('takes an empty list of a capture for the word of the host that there is no region', () => {
    const msix = { id: 0x11, body: '00000000000000080000' };
    const { bytes } = buildConfigSpace({
      vendorId: 0x1af5,
      deviceId: 1,
      classCode: 0x120000,
      bars: [0xc, 0x6],
      standard: [express('0200'), msix],
    });
    const device = { address: '0000:01:00.0', config: Buffer.from(bytes).toString('hex'), bars: [] };
    const path = file('none.json', JSON.stringify({ schemaVersion: 2, format: 'airlock-capture', host: {}, devices: [device] }));
    const { stdout, status } = airlock(['view', path]);
    assert.equal(status, 1);
    assert.match(stdout.replaceAll(/\s+/g, ' '), /outside of specified BAR/);
  });
  it('has the size of a region that can be resized from its register', { skip: skipInputs }, () => {
    const slot = slotOf(join(INPUTS, 'O-navi10-ats-4k.txt'));
    assert.deepEqual(sizes(slot), ['0 0x200000000 resizable-bar', '2 0x10000000 resizable-bar', '4 null null', '5 null null']);
    assert.equal(slotOf(join(INPUTS, 'O-navi10-64.txt')).bars[0]?.size, null);
  });

  it('reads the text of real dumps', { skip: skipDumps }, () => {
    const slot = slotOf(join(DUMPS, 'cap-pasid-pri.lspci'));
    assert.deepEqual(sizes(slot), ['0 0x1000000 lspci', '2 0x10000000 lspci', '4 0x40 lspci']);
    assert.deepEqual(slot.rom, { state: 'present', by: 'host', size: null, sizeFrom: null });
    assert.deepEqual(
      sizes(slotOf(join(DUMPS, 'cap-doe.lspci'))).filter(text => !text.includes('null')),
      [],
    );
  });
});
