/** What holds for every profile in the index. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { PROFILE_NAMES } from '../../../test/fixtures/profile-names.ts';
import { effectiveProperties, findMachineType, machineTypes } from '../qemu/index.ts';
import { blankHidden } from '../rules/vmm/blank.ts';
import { DEFAULT_PROFILE, findProfile, PROFILES, type Profile } from './index.ts';
import { findTables, PROFILE_TABLES } from './tables.ts';

for (const name of PROFILE_NAMES) {
  const profile: Profile = PROFILES[name];
  const { rules, traits, properties, machines } = profile;

  test(`PROFILES has ${name} under its own name, made in a folder of that name`, () => {
    assert.equal(profile.name, name);
    assert.ok(existsSync(new URL(`${name}/index.ts`, import.meta.url)));
    assert.ok(profile.summary.length > 0 && profile.summary.length < 100);
  });

  test(`PROFILES.${name} has each rule once, under a name of its own`, () => {
    assert.equal(new Set(rules).size, rules.length);
    assert.equal(new Set(rules.map(rule => rule.name)).size, rules.length);
  });

  test(`PROFILES.${name} has the traits that its rules say`, () => {
    assert.ok(traits.pasidSummary === null || rules.some(({ summary }) => summary === traits.pasidSummary));
    assert.equal(rules.includes(blankHidden), traits.hiddenBytes === 'gone');
    assert.equal(new Set(traits.placements).size, traits.placements.length);
  });

  test(`PROFILES.${name} has tables that fit together`, () => {
    const { driver, machine, size } = effectiveProperties({ profile });
    assert.equal(machine === null, machines === null);
    assert.equal(machine?.name, machines?.types.find(type => type.alias === machines.defaultFor(driver, null))?.name);
    if (properties === null) return assert.equal(size, 0);
    assert.equal(driver, properties.drivers[0]);
    assert.ok(properties.versions().includes(properties));
    for (const each of properties.drivers) {
      for (const { help, effect } of properties.of(each).declarations.values()) assert.ok(help.length > 0 && effect.text.length > 0);
    }
    assert.throws(() => properties.of('no-such-driver'), RangeError);
  });
}

test('findTables has the tables of each profile, which are those that the profile has', () => {
  assert.deepEqual(Object.keys(PROFILE_TABLES), Object.keys(PROFILES));
  for (const name of PROFILE_NAMES) {
    const tables = findTables(name);
    const { summary, properties, machines } = PROFILES[name];
    assert.deepEqual(tables, { name, summary, properties, machines });
    assert.ok(tables.properties === properties && tables.machines === machines);
  }
});

test('findProfile finds each by its name', () => {
  for (const name of PROFILE_NAMES) assert.equal(findProfile(name), PROFILES[name]);
  assert.equal(findProfile(DEFAULT_PROFILE.name), DEFAULT_PROFILE);
});

test('findProfile and findTables of a name that no profile has says which there are, and which one was perhaps meant', () => {
  const names = PROFILE_NAMES.join(', ');
  const refused = (name: string, words: string) => {
    for (const find of [findProfile, findTables]) assert.throws(() => find(name), { name: 'RangeError', message: words });
  };
  refused('qemu-11.2', `there is no profile "qemu-11.2": wanted ${names}; did you mean qemu-11.1?`);
  refused('', `there is no profile "": wanted ${names}`);
  refused('toString', `there is no profile "toString": wanted ${names}`);
});

const NO_TABLES: Profile = { ...DEFAULT_PROFILE, name: 'bare', properties: null, machines: null };

test('effectiveProperties of a profile without tables is empty, and refuses any property and machine type in words', () => {
  const { size, machine, warnings } = effectiveProperties({ profile: NO_TABLES });
  assert.deepEqual([size, machine, warnings], [0, null, []]);
  assert.throws(() => effectiveProperties({ profile: NO_TABLES, device: [{ name: 'ats', value: 'on' }] }), {
    name: 'PropertyError',
    message: 'profile bare has no properties: ats is none of its own',
  });
  assert.throws(() => effectiveProperties({ profile: NO_TABLES, machine: 'q35' }), {
    name: 'MachineError',
    message: 'profile bare has no machine types',
  });
  assert.throws(() => findMachineType(NO_TABLES, 'q35'), { message: 'profile bare has no machine types' });
  assert.deepEqual(machineTypes(NO_TABLES), []);
});
