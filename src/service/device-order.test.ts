import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { captureDevices, parseCapture } from '../pure/capture/index.ts';
import { barSizesOf } from '../pure/facts/index.ts';
import { guestBytes, isProfileName, PROFILES, view } from '../pure/guest-view/index.ts';
import { type DeviceOrder, makeDevice, rawOrder, viewOrder } from './device-order.ts';

const CAPTURE = join(import.meta.dirname, '../../captures/synthetic-vtd-ats.json');
const DEVICES = [...captureDevices(parseCapture(readFileSync(CAPTURE, 'utf8')))];
const CONFIG = 7;
const COMMAND = 4;

/** Made in the thread that serves it, from what a structured clone leaves of the order. */
const made = (order: DeviceOrder, state: Uint8Array | null = null) => makeDevice(structuredClone(order), state, line => assert.fail(line));

function readConfig(device: ReturnType<typeof made>): Uint8Array {
  const bytes = new Uint8Array(device.regions[CONFIG].size);
  device.readRegion(CONFIG, 0, bytes);
  return bytes;
}

test('makeDevice makes of a view that was cloned a device with the guest’s bytes, under every profile', () => {
  for (const device of DEVICES) {
    for (const profile of Object.keys(PROFILES).filter(isProfileName)) {
      const { realized } = view(device, { profile });
      if (realized.outcome === 'failed') assert.fail(realized.error.message);
      const order = viewOrder(realized, { barSizes: barSizesOf(device), lent: null });
      assert.deepEqual(readConfig(made(order)), guestBytes(realized).bytes, `${device.bdf} ${profile}`);
    }
  }
});

test('makeDevice puts a device into the state in which another one was left', () => {
  const device = DEVICES.find(({ bdf }) => bdf?.text === '0000:01:00.0');
  assert.ok(device !== undefined);
  const order = rawOrder(device.config, barSizesOf(device));
  const first = made(order);
  first.writeRegion(CONFIG, COMMAND, Uint8Array.of(0x5a));
  first.writeRegion(0, 0x1000, Uint8Array.of(1, 2, 3));
  const second = made(order, first.migration?.save() ?? null);
  assert.deepEqual(readConfig(second), readConfig(first));
  const bytes = new Uint8Array(3);
  second.readRegion(0, 0x1000, bytes);
  assert.deepEqual(bytes, Uint8Array.of(1, 2, 3));
  assert.deepEqual(readConfig(made(order)), device.config.bytes);
});
