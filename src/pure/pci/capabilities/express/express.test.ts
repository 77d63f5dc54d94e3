import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatHexBytes, parseHexBytes } from '../../../bytes/hex.ts';
import { type CapabilityType, decodeCapability, encodeCapability } from '../../capability.ts';
import { ConfigSpace } from '../../config-space.ts';
import { DEVICE_TYPES, pciExpress } from './index.ts';

/** Encodes fields that are complete because nothing was missing. */
function encode(fields: Readonly<Record<string, unknown>>): Uint8Array {
  const type: CapabilityType = pciExpress;
  return encodeCapability(type, fields);
}

function decode(hex: string) {
  const { fields, missing } = decodeCapability(pciExpress, new ConfigSpace(parseHexBytes(hex)), 0);
  assert.deepEqual(missing, []);
  return fields;
}

/** Version, type and slot, and the offset at which the capability ends. */
const SIZES: readonly [version: number, type: number, slot: boolean, size: number][] = [
  [0, 0, false, 0x14],
  [1, 0, false, 0x14],
  [1, 1, true, 0x14],
  [1, 4, false, 0x24],
  [1, 4, true, 0x24],
  [1, 5, false, 0x14],
  [1, 6, false, 0x14],
  [1, 6, true, 0x1c],
  [1, 8, true, 0x1c],
  [1, 9, false, 0x0c],
  [1, 10, false, 0x24],
  [2, 0, false, 0x34],
  [2, 4, true, 0x3c],
  [2, 4, false, 0x34],
  [2, 7, true, 0x34],
  [2, 9, false, 0x2c],
  [2, 10, false, 0x2c],
  [3, 0, false, 0x34],
];

for (const [version, type, slot, size] of SIZES) {
  test(`pciExpress of version ${version} and type ${type}${slot ? ' with a slot' : ''} ends at ${size.toString(16)}`, () => {
    const bytes = new Uint8Array(64);
    bytes.set([0x10, 0, version | (type << 4), slot ? 1 : 0]);
    const { fields } = decodeCapability(pciExpress, new ConfigSpace(bytes), 0);
    assert.equal(encode(fields).length, size);
  });
}

test('pciExpress decodes a root port with a slot', () => {
  const hex = '100042010180000020001000134872014200127000b2040000004001000000000000000037080000000400000e000000030000000000000000000000';
  const fields = decode(hex);
  assert.deepEqual(fields.capabilities, {
    version: 2,
    deviceType: DEVICE_TYPES[4],
    slotImplemented: true,
    interruptMessageNumber: 0,
    flitModeSupported: false,
  });
  assert.equal(fields.deviceCapabilities?.maxPayloadSupported, 256);
  assert.equal(fields.deviceControl?.maxReadRequest, 128);
  assert.equal(fields.linkCapabilities?.maxSpeed, '8GT/s');
  assert.equal(fields.linkStatus?.negotiatedWidth, 1);
  assert.equal(fields.slotCapabilities?.slotPowerLimitValue, 100);
  assert.equal(fields.slotCapabilities?.slotPowerLimitScale, 1);
  assert.equal(fields.rootStatus?.pmeStatus, false);
  assert.equal(fields.deviceCapabilities2?.ltr, true);
  assert.equal(fields.linkCapabilities2?.supportedSpeeds, 7);
  assert.equal(formatHexBytes(encode(fields)), hex);
});

test('pciExpress decodes an integrated endpoint, which has no link', () => {
  const fields = decode('10009200e18f00101f2100000000000000000000000000000000000000000000000000009f0b780000000000');
  assert.equal(fields.deviceCapabilities?.functionLevelReset, true);
  assert.equal(fields.linkCapabilities, undefined);
  assert.equal(fields.deviceCapabilities2?.obff, 'wake');
});

test('pciExpress keeps bytes of registers that the function does not have', () => {
  const fields = decode('1000920000000000000000001122334455667788000000000000000000000000000000000000000000000000');
  assert.equal(fields.noLink, '1122334455667788');
  assert.equal(fields.noSlot, undefined);
});
