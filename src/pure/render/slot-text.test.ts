import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace } from '../pci/builder.ts';
import { PROFILES } from '../profiles/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { formatSlotJson, slotJson } from '../reports/slot-json.ts';
import { describeSlot, type SlotFacts } from '../slot/index.ts';
import { createPainter, PLAIN } from './paint.ts';
import { formatSlot } from './slot-text.ts';

/** Device Capabilities 2 with the completions of AtomicOps and End-End TLP Prefixes. */
const express = { id: 0x10, body: `0200${'00'.repeat(0x20)}80032000${'00'.repeat(0x14)}` };
const config = buildConfigSpace({
  ...{ vendorId: 0x1234, deviceId: 0x5678, classCode: 0, interruptPin: 1, bars: [0xc, 0, 0xe001, 0xfc000000] },
  standard: [express],
});
const given = (more: Partial<SlotFacts>, ...properties: readonly string[]): SlotFacts => ({
  ...{ config, virtualFunction: null, regions: null, above: null, profile: PROFILES['qemu-11.1'], placement: 'root-port' },
  properties: effectiveProperties({
    profile: PROFILES['qemu-11.1'],
    device: properties.map(text => ({ name: text.split('=')[0] ?? '', value: text.split('=')[1] ?? '' })),
  }),
  ...more,
});
const kind = { kind: null, width: null, prefetchable: null };
const sized = (...sizes: readonly (readonly [number, bigint])[]) => ({
  ...({ source: 'host', isComplete: true } as const),
  regions: sizes.map(([index, size]) => ({ index, ...kind, size })),
});

test('formatSlot has a row for each region, and says what is not known', () => {
  assert.deepEqual(formatSlot(describeSlot(given({})), PLAIN, true), [
    '  SLOT                         SIZE          KIND',
    '  BAR 0                        size unknown  memory, 64-bit, prefetchable',
    '  BAR 2                        size unknown  I/O ports',
    '  BAR 3                        size unknown  memory, 32-bit',
    '  BAR 4, 5                     unknown       none, or one without an address',
    '  ROM                          unknown       none, or one without an address',
    '  INTx                         pin A',
    "  AtomicOps completed          unknown       host's ports above not known",
    '  End-End TLP prefixes         passed        by device and root port',
  ]);
});

test('formatSlot has the sizes that are known, and no row of what is not there', () => {
  const regions = sized([0, 0x2_0000_0000n], [2, 0x40n], [3, 0x8_0000n]);
  assert.deepEqual(formatSlot(describeSlot(given({ regions }, 'multifunction=on')), PLAIN, false), [
    '  SLOT                         SIZE          KIND',
    '  BAR 0                        8 GiB         memory, 64-bit, prefetchable',
    '  BAR 2                        64 B          I/O ports',
    '  BAR 3                        512 KiB       memory, 32-bit',
    '  INTx                         pin A',
    '  AtomicOps completed          none          multifunction=on takes it away',
  ]);
});

test('formatSlot tells a ROM that a property takes away or brings', () => {
  const rom = (...properties: string[]) =>
    formatSlot(describeSlot(given({}, ...properties)), PLAIN, false).find(line => line.includes('ROM'));
  assert.equal(rom('rombar=0'), '  ROM                          none          rombar=0 takes it away');
  assert.equal(rom('romfile=a.rom'), '  ROM                          size unknown  the file of the property romfile');
});

test('formatSlot keeps within the columns of a narrow terminal', () => {
  for (const width of [40, 60, 200]) {
    for (const line of formatSlot(describeSlot(given({})), createPainter({ width }), true)) assert.ok(line.length <= width, line);
  }
});

test('slotJson has sizes as hexadecimal text and null for what is not known', () => {
  const { bars, rom, interruptPin, port } = slotJson(describeSlot(given({ regions: sized([0, 0x1000n], [6, 0x2_0000n]) })));
  const [first, second] = bars;
  assert.deepEqual(first, {
    ...{ index: 0, state: 'present', kind: 'memory', width: 64, prefetchable: true, size: '0x1000', sizeFrom: 'host' },
  });
  assert.deepEqual([second?.index, second?.size, second?.sizeFrom], [2, null, null]);
  assert.deepEqual([rom, interruptPin], [{ state: 'present', by: 'host', size: '0x20000', sizeFrom: 'host' }, 'A']);
  assert.equal(port.atomicCompletion.bits64, null);
});

test('formatSlotJson is JSON.stringify of slotJson', () => {
  const regions = sized([0, 0x1000n], [6, 0x2_0000n]);
  for (const facts of [
    {},
    { regions },
    { placement: 'root-complex' },
    { above: [config] },
    { virtualFunction: { vendorId: 1, deviceId: 2 } },
  ] as const) {
    for (const properties of [[], ['rombar=0'], ['multifunction=on']]) {
      const slot = describeSlot(given(facts, ...properties));
      assert.equal(formatSlotJson(slot), JSON.stringify(slotJson(slot)));
    }
  }
});
