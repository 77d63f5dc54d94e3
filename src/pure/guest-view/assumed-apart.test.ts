import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasOneInside } from '../../../test/fixtures/inside-another.ts';
import { type Choices, viewOf } from '../../../test/fixtures/realize-with.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { decodeDevice } from '../pci/decode-device.ts';
import { guestBytes } from './guest-view.ts';

/** PCI Express at 40h, MSI at 80h; AER at 100h, ATS at 148h. */
const DEVICE = buildConfigSpace({
  ...{ vendorId: 0x1234, deviceId: 1, classCode: 0x020000, size: 0x1000 },
  standard: [
    { id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x38)}` },
    { id: 0x05, offset: 0x80, body: '00'.repeat(12) },
  ],
  extended: [
    { id: 0x01, offset: 0x100, body: '00'.repeat(0x44) },
    { id: 0x0f, offset: 0x148, body: '00000000' },
  ],
});

/** What is told of the condition, without the bytes from `from` to before `end`. */
function conditions(from: number, end: number, choices: Choices = {}): string[] {
  const known = new Uint8Array(0x1000).fill(1).fill(0, from, end);
  const { messages } = viewOf(new ConfigSpace(DEVICE.bytes.slice().fill(0, from, end), known), choices);
  return messages.flatMap(({ level, code, message }) => (code === 'list.assumed-apart' ? [`${level} ${message}`] : []));
}

test('realize says on what condition its view holds where a list is lost behind a capability that is known', () => {
  const condition = 'which is not known: the view holds if nothing there shares bytes with a capability that is known';
  assert.deepEqual(conditions(0x80, 0x90), [`note the standard list goes on at 0x80, ${condition}`]);
  assert.deepEqual(conditions(0x140, 0x150), [`note the extended list goes on at 0x148, ${condition}`]);
  assert.equal(conditions(0x80, 0x150).length, 1);
});

test('realize names no condition of a list that is known whole, of which nothing is known, or that no guest sees', () => {
  assert.deepEqual(conditions(0, 0), []);
  // Registers alone are not known.
  assert.deepEqual([...conditions(0x50, 0x60), ...conditions(0x110, 0x130)], []);
  assert.deepEqual([...conditions(0x40, 0x1000), ...conditions(0x100, 0x1000)], []);
  assert.deepEqual(conditions(0x140, 0x150, { placement: 'conventional-bridge' }), []);
});

test('realize names the condition where a header stands among registers of the capability that this type of function does not use', () => {
  // Slot Control 2 of an endpoint: version 2 takes 60 bytes in every function, and an endpoint uses 52 of them.
  const inside = 0x40 + 0x38;
  const config = buildConfigSpace({
    ...{ vendorId: 0x1234, deviceId: 1, classCode: 0x020000, size: 0x100 },
    standard: [
      { id: 0x10, offset: 0x40, body: `1200${'00'.repeat(0x30)}` },
      { id: 0x80, offset: 0xf0, body: '0000' },
    ],
    override: [
      { at: 0xf1, bytes: '78' },
      { at: inside, bytes: '8000' },
    ],
  });
  const part = new ConfigSpace(config.bytes.slice(0, inside + 1));
  assert.deepEqual(
    decodeDevice(config).findings.map(({ code }) => code),
    ['capability.overlap'],
  );
  assert.ok(hasOneInside(config, part));
  assert.equal(guestBytes(viewOf(config)).read(inside, 1), 0);
  const view = viewOf(part);
  assert.equal(guestBytes(view).read(inside, 1), 0x80);
  assert.ok(view.messages.some(({ code, message }) => code === 'list.assumed-apart' && message.includes(' 0xf0,')));
});
