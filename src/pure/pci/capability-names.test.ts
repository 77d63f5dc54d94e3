import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STANDARD_CAPABILITIES } from './capabilities/index.ts';
import { capabilityName, capabilityTitle } from './capability-names.ts';
import { ConfigSpace } from './config-space.ts';
import { decodeDevice } from './decode-device.ts';
import { EXTENDED_CAPABILITIES } from './extended/index.ts';

test('capabilityName is the name of every type that is decoded', () => {
  for (const { kind, id, name, title } of [...STANDARD_CAPABILITIES, ...EXTENDED_CAPABILITIES]) {
    assert.equal(name, capabilityName(kind, id));
    assert.doesNotMatch(name, /^unknown/, title);
    const forms = kind === 'standard' && (id === 0x08 || id === 0x09);
    if (forms) assert.ok(title.startsWith(capabilityTitle(kind, id)), title);
    else assert.equal(title, capabilityTitle(kind, id));
  }
});

test('capabilityName and capabilityTitle say so where no public document assigns an ID', () => {
  assert.deepEqual([capabilityName('standard', 0x16), capabilityTitle('standard', 0x16)], ['unknown (0x16)', 'Capability ID 0x16']);
  assert.deepEqual([capabilityName('extended', 0x3b), capabilityTitle('extended', 0x3b)], ['unknown (0x3b)', 'Capability ID 0x003b']);
});

test('decodeDevice names every ID as capabilityName does', () => {
  for (let id = 0; id < 0x100; id++) {
    const bytes = new Uint8Array(4096);
    bytes[0x06] = 0x10;
    bytes[0x34] = 0x40;
    bytes.set([0x10, 0x60], 0x40);
    bytes.set([id === 0xff ? 0 : id, 0], 0x60);
    bytes.set([id, 0, 1, 0], 0x100);
    const [, standard, extended] = decodeDevice(new ConfigSpace(bytes)).capabilities;
    assert.equal(standard?.name, capabilityName('standard', id === 0xff ? 0 : id));
    assert.equal(extended?.name, capabilityName('extended', id));
  }
});
