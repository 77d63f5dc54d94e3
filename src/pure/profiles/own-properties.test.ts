import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveProperties } from '../qemu/index.ts';
import { propertyFacts } from '../qemu/property-facts.ts';
import { rangedInteger, uint8 } from '../qemu/property-types/integer.ts';
import { bool } from '../qemu/property-types/words.ts';
import { settingsOf } from '../rules/settings.ts';
import { DEFAULT_PROFILE, type Profile } from './index.ts';
import { ownProperties } from './own-properties.ts';

const clique = {
  ...{ name: 'x_clique', means: 'x-nv-gpudirect-clique', type: rangedInteger(uint8, 0, 15), declaredType: 'integer', default: null },
  ...{ help: 'which GPUs may do peer-to-peer DMA', effect: { changesView: true, text: 'adds a vendor capability' } },
};
const segment = {
  ...{ name: 'bar', type: bool, declaredType: 'bool', default: false, help: 'a switch' },
  effect: { changesView: false, text: 'does nothing' },
};
const table = ownProperties({ vmm: 'Visor', version: '3', driver: 'device', declarations: [clique, segment] });
const profile: Profile = { ...DEFAULT_PROFILE, name: 'visor-3', properties: table, machines: null };

test('ownProperties makes a table that effectiveProperties has defaults and values of, on no machine type', () => {
  const properties = effectiveProperties({ profile, device: [{ name: 'x_clique', value: '5' }] });
  assert.deepEqual(
    [...properties.values()].map(({ name, text, source }) => `${name}=${text} ${source.kind}`),
    ['bar=off default', 'x_clique=5 device'],
  );
  assert.deepEqual([properties.driver, properties.machine], ['device', null]);
});

test('settingsOf decodes a property by what it means, whatever a VMM calls it', () => {
  const given = effectiveProperties({ profile, device: [{ name: 'x_clique', value: '5' }] });
  assert.equal(settingsOf(given).clique, 5);
  assert.equal(settingsOf(effectiveProperties({ profile })).clique, null);
});

test('ownProperties refuses a property that the VMM does not have, and names the nearest', () => {
  const ask = (name: string) => () => effectiveProperties({ profile, device: [{ name, value: 'on' }] });
  assert.throws(ask('x_cliqe'), { code: 'property.unknown', message: 'Visor 3 has no property x_cliqe', nearest: ['x_clique'] });
  assert.throws(ask('ats'), { code: 'property.unknown', message: 'Visor 3 has no property ats' });
  assert.throws(ask('id'), { message: 'Visor 3 has no property id' });
  assert.throws(() => table.of('vfio-pci'), { name: 'RangeError', message: 'there is no table of vfio-pci in Visor 3' });
});

test('ownProperties takes no globals', () => {
  const globals = [{ driver: 'device', name: 'bar', value: 'on' }];
  const message = 'profile visor-3 has no globals: bar can be set for the device alone';
  assert.throws(() => effectiveProperties({ profile, globals }), { name: 'PropertyError', message });
});

test('propertyFacts of an own table tells the one version that has it, and no rows', () => {
  const [, facts] = propertyFacts('device', profile);
  assert.deepEqual([facts?.name, facts?.presence, facts?.rows], ['x_clique', { '3': 'there' }, []]);
});
