import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Choices, effectOf, hostIommu, optionsFor } from '../../../../test/fixtures/realize-with.ts';
import { realize } from '../../guest-view/realize.ts';
import { legacyVfioDevice } from '../../iommu/index.ts';
import { buildConfigSpace } from '../../pci/builder.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import { PROFILES, type ProfileName } from '../../profiles/index.ts';
import { ats, atsAbsent } from './ats.ts';

const device = (...ids: number[]) =>
  buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0,
    standard: [{ id: 0x10, body: '0200' }],
    extended: ids.map(id => ({ id, body: '00000000' })),
    size: 0x1000,
  });

test('vmm.ats decides for each ATS capability and for no other', () => {
  const effect = effectOf([ats], device(0x01, 0x0f, 0x13, 0x0f), { settings: { ats: 'off' } });
  if (typeof effect === 'string') assert.fail(effect);
  assert.deepEqual(effect.capabilities, ['0f@108 hidden ats.masked.off', '0f@118 hidden ats.masked.off']);
  assert.deepEqual([effect.changes, effect.messages], [[], []]);
});

test('vmm.ats fails the realize where it is required and reported unsupported', () => {
  const choices = { settings: { ats: 'on' }, hostIommu: hostIommu('unsupported') } as const;
  assert.equal(
    effectOf([ats], device(0x0f), choices),
    'ats.required.kernel-unsupported: vfio-pci: ATS requested but not supported by kernel',
  );
});

test('vmm.ats-absent warns of ats=on alone, and of a device without ATS alone', () => {
  const messages = (value: 'on' | 'off' | 'auto', ...ids: number[]) => {
    const effect = effectOf([atsAbsent], device(...ids), { settings: { ats: value } });
    return typeof effect === 'string' ? effect : effect.messages;
  };
  const warning = 'warning ats.absent (vmm): vfio-pci: ats=on requested, but host device has no ATS extended capability';
  assert.deepEqual(messages('on', 0x01), [warning]);
  assert.deepEqual(messages('on'), [warning]);
  assert.deepEqual(messages('on', 0x01, 0x0f), []);
  assert.deepEqual([messages('off', 0x01), messages('auto', 0x01)], [[], []]);
});

test('what a device of which a part is known has of ATS is not known, and whether it realizes neither', () => {
  const whole = device(0x01, 0x0f);
  const cut = new ConfigSpace(whole.bytes.slice(0, 0x100));
  const told = (value: 'on' | 'off' | 'auto', config: ConfigSpace, profile: ProfileName, choices: Choices = {}) => {
    const realized = realize(optionsFor(config, { profile: PROFILES[profile], settings: { ats: value }, ...choices }));
    return [realized.outcome, ...realized.messages.map(({ level, code }) => `${level} ${code}`)];
  };
  const unsupported = { hostIommu: hostIommu('unsupported') };
  const unknown = 'warning ats.unknown';
  for (const profile of ['airlock', 'qemu-11.1'] as const) {
    assert.deepEqual(told('on', cut, profile, unsupported), ['unknown', unknown, 'warning outcome.unknown']);
    assert.deepEqual(told('auto', cut, profile, unsupported), ['realized', unknown]);
    assert.deepEqual(told('on', cut, profile), ['realized', unknown]);
    assert.deepEqual(told('off', cut, profile, unsupported), ['realized']);
    assert.deepEqual(told('on', new ConfigSpace(whole.bytes.slice(0, 0x10c)), profile, unsupported), ['failed']);
  }
  const conventional = { ...unsupported, placement: 'conventional' } as const;
  assert.deepEqual(told('on', cut, 'airlock', conventional), ['realized']);
  assert.deepEqual(told('on', cut, 'qemu-11.1', conventional), ['unknown', 'warning outcome.unknown']);
  // QEMU 11.1 asks the host before it looks at the device, if there is a list at all.
  const head = new ConfigSpace(whole.bytes.slice(0, 0x104));
  assert.deepEqual(told('on', head, 'airlock', unsupported), ['unknown', unknown, 'note list.assumed-apart', 'warning outcome.unknown']);
  assert.deepEqual(told('on', head, 'qemu-11.1', unsupported), ['failed']);
  assert.deepEqual(told('auto', cut, 'qemu-10.0'), ['realized', unknown]);
});

test('vmm.ats-absent-qemu refuses ats=on on a conventional bus too, where the device has extended config space', () => {
  const told = (value: 'on' | 'off' | 'auto', config: ConfigSpace, profile: ProfileName, choices: Choices = {}) => {
    const placed = { placement: 'conventional', hostIommu: hostIommu('unsupported'), ...choices } as const;
    const realized = realize(optionsFor(config, { profile: PROFILES[profile], settings: { ats: value }, ...placed }));
    return [realized.outcome, ...realized.messages.map(({ level, code }) => `${level} ${code}`)];
  };
  const conventional = buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 1,
    classCode: 0,
    standard: [{ id: 0x09, body: '0200' }],
    size: 0x100,
  });
  for (const withSpace of [device(0x01, 0x0f), device(0x0f), device(0x01), device()]) {
    assert.deepEqual(told('on', withSpace, 'qemu-11.1'), ['failed']);
    assert.deepEqual(told('on', withSpace, 'qemu-11.1', { placement: 'conventional-bridge' }), ['failed']);
    for (const value of ['auto', 'off'] as const) assert.deepEqual(told(value, withSpace, 'qemu-11.1'), ['realized']);
    assert.deepEqual(told('on', withSpace, 'qemu-11.1', { hostIommu: hostIommu('supported') }), ['realized']);
    assert.deepEqual(told('on', withSpace, 'qemu-11.1', { hostIommu: legacyVfioDevice('7.3.4') }), ['realized']);
  }
  assert.deepEqual(told('on', device(), 'qemu-11.1', { placement: 'root-port' }), ['failed'], 'its list is empty');
  const mode2 = buildConfigSpace({
    ...{ vendorId: 0x1234, deviceId: 1, classCode: 0, size: 0x1000 },
    standard: [{ id: 0x07, body: '0010000000400000' }],
  });
  assert.deepEqual(told('on', mode2, 'qemu-11.1'), ['failed'], 'PCI-X, whose extended list is empty');
  assert.deepEqual(told('on', conventional, 'qemu-11.1'), ['realized']);
  assert.deepEqual(told('on', conventional, 'qemu-11.1', { placement: 'root-port' }), ['realized']);
  assert.deepEqual(told('on', device(0x0f), 'airlock'), ['realized'], 'nothing of ATS would reach the guest');
  assert.deepEqual(told('on', device(0x01), 'airlock'), ['realized', 'warning ats.absent']);
});
