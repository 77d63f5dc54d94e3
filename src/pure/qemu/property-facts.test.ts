import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QEMU_PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { PROFILES } from '../profiles/index.ts';
import { effectiveProperties } from './effective-properties.ts';
import type { DriverName } from './generated-table.ts';
import { machineRanges } from './machine-ranges.ts';
import { machineTypes } from './machine-types.ts';
import { type PropertyFacts, propertyFacts } from './property-facts.ts';

function factsOf(name: string, driver: DriverName = 'vfio-pci', profile: 'airlock' | 'qemu-11.1' | 'qemu-10.0' = 'airlock'): PropertyFacts {
  return propertyFacts(driver, PROFILES[profile]).find(facts => facts.name === name) ?? assert.fail(`${driver} has no ${name}`);
}

test('propertyFacts tells which version has a property, and says unknown where there is no table', () => {
  assert.deepEqual(factsOf('ats').presence, { '10.0': 'absent', '11.1': 'there' });
  assert.deepEqual(factsOf('x-vga').presence, { '10.0': 'there', '11.1': 'there' });
  assert.deepEqual(factsOf('x-pcie-extcap-init', 'vfio-pci', 'qemu-10.0').presence, { '10.0': 'there', '11.1': 'absent' });
  assert.deepEqual(factsOf('ats', 'arm-smmuv3').presence, { '10.0': 'unknown', '11.1': 'there' });
  assert.throws(() => propertyFacts('arm-smmuv3', PROFILES['qemu-10.0']), RangeError);
});

test('propertyFacts gives the default of each version', () => {
  assert.deepEqual(factsOf('x-igd-opregion').defaults, { '10.0': 'off', '11.1': 'on' });
  assert.deepEqual(factsOf('ats').defaults, { '11.1': 'auto' });
  assert.deepEqual(factsOf('host').defaults, { '10.0': '', '11.1': '' });
});

test('propertyFacts names the machine types that set a property, as effectiveProperties has them', () => {
  for (const profile of QEMU_PROFILE_NAMES) {
    for (const facts of propertyFacts('vfio-pci', PROFILES[profile])) {
      const set = new Map(facts.rows.flatMap(({ value, machines }) => machines.map(machine => [machine, value])));
      for (const { name } of machineTypes(PROFILES[profile])) {
        const effective = effectiveProperties({ profile: PROFILES[profile], machine: name }).get(facts.name);
        const value = effective?.source.kind === 'compat' ? effective.source.row.value : undefined;
        assert.equal(set.get(name), value, `${profile} ${name} ${facts.name}`);
      }
    }
  }
});

test('propertyFacts marks the row that only the airlock profile has', () => {
  assert.deepEqual(
    factsOf('ats').rows.map(({ value, isOwn }) => [value, isOwn]),
    [['on', true]],
  );
  assert.deepEqual(factsOf('ats', 'vfio-pci', 'qemu-11.1').rows, []);
  assert.deepEqual(
    factsOf('x-pcie-ext-tag').rows.map(({ driver, isOwn }) => [driver, isOwn]),
    [['pci-device', false]],
  );
});

test('machineRanges joins neighbours of a family, and no others', () => {
  const names = (profile: 'airlock' | 'qemu-10.0') => machineTypes(PROFILES[profile]).map(({ name }) => name);
  assert.deepEqual(machineRanges(['pc-q35-9.2', 'pc-q35-10.0', 'pc-q35-9.0'], PROFILES.airlock), [
    'pc-q35-9.2 to pc-q35-10.0',
    'pc-q35-9.0',
  ]);
  assert.deepEqual(machineRanges(names('airlock'), PROFILES.airlock), [
    'pc-i440fx-5.2 to pc-i440fx-11.1',
    'pc-q35-5.2 to pc-q35-11.1',
    'virt-5.2 to virt-11.1',
  ]);
  assert.deepEqual(machineRanges(['pc-i440fx-5.2', 'pc-q35-11.1'], PROFILES.airlock), ['pc-i440fx-5.2', 'pc-q35-11.1']);
  assert.deepEqual(machineRanges(['pc-q35-4.0', 'pc-q35-4.0.1', 'pc-q35-4.1'], PROFILES['qemu-10.0']), ['pc-q35-4.0 to pc-q35-4.1']);
  assert.deepEqual(machineRanges([], PROFILES.airlock), []);
});
