import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from './arguments.ts';
import { command } from './commands/compare.ts';
import { COMPARE_OPTIONS, givenForViews, sideB } from './compare-options.ts';
import { VIEW_OPTIONS } from './view-options.ts';

const optionsOf = (...args: string[]) => parseArguments(command, args).options;

test('COMPARE_OPTIONS has every option of a view, and each again for B', () => {
  const names = COMPARE_OPTIONS.map(({ name }) => name);
  for (const { name, short, value } of VIEW_OPTIONS) {
    assert.ok(names.includes(name) && names.includes(`b-${name}`), name);
    if (short !== undefined && value !== undefined) assert.ok(names.includes(`b-${short}`), short);
  }
  assert.equal(new Set(names).size, names.length);
});

test('sideB has what was given for B, and what was given for both where nothing was', () => {
  const options = optionsOf('a', 'b', '-M', 'pc-q35-11.0', '--hw-caps', '0x8', '--b-hw-caps', '0x0', '-s', '01:00.0', '--b-s', '3b:00.0');
  const b = sideB(options);
  assert.deepEqual([b.value('machine'), b.value('hw-caps'), b.values('slot')], ['pc-q35-11.0', '0x0', ['3b:00.0']]);
  assert.deepEqual([options.value('hw-caps'), options.values('slot')], ['0x8', ['01:00.0']]);
});

test('sideB puts properties of B behind those of both', () => {
  const b = sideB(optionsOf('a', 'b', '-p', 'x=1', '--b-p', 'x=2', '--b-property', 'y=3', '-g', 'd.z=4', '--b-g', 'd.z=5'));
  assert.deepEqual(b.values('property'), ['x=1', 'y=3', 'x=2']);
  assert.deepEqual(b.values('global'), ['d.z=4', 'd.z=5']);
});

test('sideB takes a flag back, or gives it to B alone', () => {
  assert.equal(sideB(optionsOf('a', 'b', '--viommu-pasid')).flag('viommu-pasid'), true);
  assert.equal(sideB(optionsOf('a', 'b', '--viommu-pasid', '--b-viommu-pasid', 'off')).flag('viommu-pasid'), false);
  const options = optionsOf('a', 'b', '--b-viommu-pasid', 'on');
  assert.deepEqual([options.flag('viommu-pasid'), sideB(options).flag('viommu-pasid')], [false, true]);
});

test('sideB lets -p ats of B win over --ats of both', () => {
  const ats = (...args: string[]) => {
    const b = sideB(optionsOf('a', 'b', ...args));
    return b.value('ats') ?? b.values('property').at(-1);
  };
  assert.equal(ats('--ats', 'on', '--b-p', 'ats=off'), 'ats=off');
  assert.equal(ats('--ats', 'on', '--b-p', 'x=1'), 'on');
  assert.equal(ats('--ats', 'on', '--b-p', 'ats=off', '--b-ats', 'auto'), 'auto');
});

test('givenForViews names the option that raw bytes pass by', () => {
  assert.equal(givenForViews(optionsOf('a', 'b', '--raw', '--b-slot', '3b:00.0', '--bytes', 'vfio', '--root', '/mnt')), undefined);
  assert.equal(givenForViews(optionsOf('a', 'b', '--raw', '--b-M', 'pc-q35-11.0')), 'b-M');
});
