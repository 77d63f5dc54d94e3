import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectOf } from '../../../../test/fixtures/realize-with.ts';
import { buildConfigSpace, type ConfigSpaceParts } from '../../pci/builder.ts';
import { baseAddresses, commandReset, expansionRom, identity, interruptPin, multifunction } from './header.ts';

const config = (parts: Partial<ConfigSpaceParts> = {}) =>
  buildConfigSpace({ vendorId: 0x1234, deviceId: 0x5678, classCode: 0x020000, ...parts });

function changes(effect: ReturnType<typeof effectOf>): readonly string[] | string {
  return typeof effect === 'string' ? effect : effect.changes;
}

test('vmm.identity puts the properties in place of what the device says', () => {
  const settings = { vendorId: 0, deviceId: 0xffff, subsystemVendorId: 0xabcd, subsystemId: 1, classCode: 0x030201 };
  assert.deepEqual(effectOf([identity], config(), { settings }), {
    changes: ['000: 34127856 > 0000ffff', '009: 000002 > 010203', '02c: 000000 > cdab01'],
    codes: ['header.id-overridden'],
    capabilities: [],
    messages: [],
  });
  assert.deepEqual(changes(effectOf([identity], config())), []);
});

test("vmm.identity refuses what is too large, in QEMU's words and order", () => {
  const refused = (settings: Record<string, number>) => effectOf([identity], config(), { settings });
  assert.equal(refused({ vendorId: 0xffff, deviceId: 0x10000 }), 'header.id-invalid: invalid PCI vendor ID provided');
  assert.equal(refused({ deviceId: 0x10000 }), 'header.id-invalid: invalid PCI device ID provided');
  assert.equal(refused({ subsystemVendorId: 0x10000 }), 'header.id-invalid: invalid PCI subsystem vendor ID provided');
  assert.equal(refused({ subsystemId: 0x10000 }), 'header.id-invalid: invalid PCI subsystem device ID provided');
  assert.equal(refused({ classCode: 0x1000000 }), 'header.id-invalid: invalid PCI class code provided');
});

test('vmm.command-reset switches off decoding, bus mastering and Interrupt Disable, and leaves the rest', () => {
  assert.deepEqual(changes(effectOf([commandReset], config({ command: 0x0547 }))), ['004: 4705 > 4001']);
});

test('vmm.multifunction follows the property whatever the device says', () => {
  const found = [0x00, 0x80].flatMap(type =>
    [false, true].map(multi => {
      const parts = { override: [{ at: 0x0e, bytes: Uint8Array.of(type) }] };
      return changes(effectOf([multifunction], config(parts), { settings: { multifunction: multi } }));
    }),
  );
  assert.deepEqual(found, [[], ['00e: 00 > 80'], ['00e: 80 > 00'], []]);
});

test('vmm.base-addresses keeps types and clears addresses', () => {
  const bars = [0xf000000c, 0x00000044, 0xe0000008, 0x0000e001, 0xd0000000, 0];
  const expected = ['013: f044 > 0000', '01b: e0 > 00', '01d: e0 > 00', '023: d0 > 00'];
  assert.deepEqual(changes(effectOf([baseAddresses], config({ bars }))), expected);
  assert.deepEqual(changes(effectOf([baseAddresses], config({ bars }), { barSizes: [0x1000, 0, 0x1000, 0x20, 0x100, 0] })), expected);
});

test('vmm.base-addresses clears a register without a region, type and all, and keeps the type of an upper half with one', () => {
  const bars = [0xf000000c, 0x44332211];
  assert.deepEqual(changes(effectOf([baseAddresses], config({ bars }), { barSizes: [0, 0, 0, 0, 0, 0] })), [
    '010: 0c > 00',
    '013: f011223344 > 0000000000',
  ]);
  assert.deepEqual(changes(effectOf([baseAddresses], config({ bars }), { barSizes: [0x1000, 0x4000, 0, 0, 0, 0] })), [
    '013: f011223344 > 0001000000',
  ]);
});

test('vmm.expansion-rom clears address and enable', () => {
  const effect = effectOf([expansionRom], config({ override: [{ at: 0x30, bytes: '01f8fffe' }] }));
  assert.deepEqual(changes(effect), ['030: 01f8fffe > 00000000']);
});

test('vmm.interrupt-pin takes INTA# to INTD# and none', () => {
  for (const pin of [0, 1, 4]) assert.deepEqual(changes(effectOf([interruptPin], config({ interruptPin: pin }))), []);
  for (const pin of [5, 255]) {
    assert.equal(effectOf([interruptPin], config({ interruptPin: pin })), `header.interrupt-pin-invalid: invalid PCI interrupt pin ${pin}`);
  }
});
