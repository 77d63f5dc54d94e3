import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildConfigSpace, type CapabilityPart } from './builder.ts';
import { ConfigSpace } from './config-space.ts';
import { announcesExtended, hasExtendedSpace } from './extended-space.ts';
import { walkStandard } from './walk.ts';

const DEVICE = { vendorId: 0x8086, deviceId: 0x1533, classCode: 0x020000 };
const EXPRESS = { id: 0x10, body: `4200${'00'.repeat(0x38)}` };

test('hasExtendedSpace is true for PCI Express and PCI-X functions alone', () => {
  const has = (standard: readonly CapabilityPart[]) => hasExtendedSpace(buildConfigSpace({ ...DEVICE, standard, size: 4096 }));
  assert.equal(has([EXPRESS]), true);
  assert.equal(has([{ id: 7, body: new Uint8Array(6) }]), true);
  assert.equal(has([{ id: 1, body: new Uint8Array(6) }]), false);
  assert.equal(has([]), false);
});

test('announcesExtended is true for PCI-X of mode 2 alone, or where its mode is not known', () => {
  const of = (body: string, known?: number) => {
    const whole = buildConfigSpace({ ...DEVICE, standard: [{ id: 7, body, offset: 0x40 }] });
    const config = known === undefined ? whole : new ConfigSpace(whole.bytes.slice(0, known));
    return walkStandard(config).capabilities.map(capability => announcesExtended(config, capability));
  };
  assert.deepEqual(of('000000000000'), [false]);
  assert.deepEqual(of('000000000040'), [true]);
  assert.deepEqual(of('000000000080'), [true]);
  assert.deepEqual(of('000000000000', 0x44), [true]);
});
