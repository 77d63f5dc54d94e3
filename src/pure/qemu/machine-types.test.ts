import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PROFILES } from '../profiles/index.ts';
import { findMachineType, MachineError, machineTypes } from './machine-types.ts';

const atsRow = { driver: 'vfio-pci', property: 'ats', value: 'on' };

test('machineTypes lists 18 versions of each family, newest first, the newest with the alias', () => {
  const machines = machineTypes(PROFILES['qemu-11.1']);
  for (const [family, alias] of [
    ['pc-i440fx', 'pc'],
    ['pc-q35', 'q35'],
    ['virt', 'virt'],
  ] as const) {
    const versions = machines.filter(machine => machine.family === family);
    assert.equal(versions.length, 18);
    assert.deepEqual(
      [versions[0]?.version, versions[0]?.alias, versions[17]?.version, versions[17]?.alias],
      ['11.1', alias, '5.2', undefined],
    );
  }
});

test('machineTypes adds the ats row to 11.0 and older under airlock and to none under qemu-11.1', () => {
  for (const machine of machineTypes(PROFILES.airlock)) {
    const rows = machine.rows.filter(row => row.driver === 'vfio-pci' && row.property === 'ats');
    assert.deepEqual(rows, machine.version === '11.1' ? [] : [atsRow], machine.name);
  }
  assert.ok(
    machineTypes(PROFILES['qemu-11.1']).every(machine => machine.rows.every(row => row.driver === 'arm-smmuv3' || row.property !== 'ats')),
  );
});

test('machineTypes under airlock are those of QEMU but for that row', () => {
  const without = machineTypes(PROFILES.airlock).map(machine => ({
    ...machine,
    rows: machine.rows.filter(row => row.driver !== 'vfio-pci' || row.property !== 'ats'),
  }));
  assert.deepEqual(without, machineTypes(PROFILES['qemu-11.1']));
});

test('machineTypes of qemu-10.0 are those of x86 from 10.0 to 2.4, one of them with a third number, and no row names ats', () => {
  const machines = machineTypes(PROFILES['qemu-10.0']);
  const names = machines.filter(({ family }) => family === 'pc-q35').map(({ name }) => name);
  assert.deepEqual([names[0], names.at(-1), names.length], ['pc-q35-10.0', 'pc-q35-2.4', 31]);
  assert.ok(names.indexOf('pc-q35-4.0.1') === names.indexOf('pc-q35-4.0') - 1);
  assert.deepEqual([...new Set(machines.map(({ family }) => family))], ['pc-i440fx', 'pc-q35']);
  assert.ok(machines.every(({ rows }) => rows.every(({ property }) => property !== 'ats')));
  assert.equal(findMachineType(PROFILES['qemu-10.0'], 'q35').name, 'pc-q35-10.0');
  assert.throws(() => findMachineType(PROFILES['qemu-10.0'], 'pc-q35-10.1'), { message: 'unsupported machine type: "pc-q35-10.1"' });
});

test('findMachineType takes full names and aliases', () => {
  assert.equal(findMachineType(PROFILES.airlock, 'q35').name, 'pc-q35-11.1');
  assert.equal(findMachineType(PROFILES.airlock, 'pc').name, 'pc-i440fx-11.1');
  assert.equal(findMachineType(PROFILES.airlock, 'virt').name, 'virt-11.1');
  assert.equal(findMachineType(PROFILES.airlock, 'virt-8.2').deprecated, false);
  assert.equal(findMachineType(PROFILES.airlock, 'virt-8.1').deprecated, true);
});

test('findMachineType refuses an unknown name in the words of QEMU, with the nearest names', () => {
  const vectors: [name: string, nearest: string][] = [
    ['pc-q35-99', 'pc-q35-9.2'],
    ['Q35', 'q35'],
    ['pc-q35-11.2', 'pc-q35-11.1'],
    ['vrit', 'virt'],
  ];
  for (const [name, nearest] of vectors) {
    assert.throws(
      () => findMachineType(PROFILES.airlock, name),
      (error: unknown) =>
        error instanceof MachineError && error.message === `unsupported machine type: "${name}"` && error.nearest.includes(nearest),
      name,
    );
  }
  assert.throws(() => findMachineType(PROFILES.airlock, 'microvm'), { code: 'machine.unknown', machine: 'microvm', nearest: [] });
  assert.throws(() => findMachineType(PROFILES.airlock, ''), MachineError);
});

test('findMachineType suggests for a version that there is not the nearest one that there is', () => {
  for (const [name, nearest] of [
    ['pc-q35-12.0', 'pc-q35-11.1'],
    ['pc-q35-4.2', 'pc-q35-5.2'],
    ['pc-q35-9.7', 'pc-q35-9.2'],
    ['virt-99.1', 'virt-11.1'],
    ['pc-i440fx-2.12', 'pc-i440fx-5.2'],
  ] as const)
    assert.throws(
      () => findMachineType(PROFILES['qemu-11.1'], name),
      (error: unknown) => error instanceof MachineError && error.nearest[0] === nearest,
      name,
    );
});

test("findMachineType names the maker of a distribution's own type and suggests nothing in its place", () => {
  for (const [name, maker] of [
    ['pc-q35-rhel9.6.0', 'Red Hat Enterprise Linux 9.6'],
    ['pc-q35-noble', 'Ubuntu 24.04'],
    ['pc-q35-9.2+pve1', 'Proxmox VE'],
  ] as const) {
    assert.throws(
      () => findMachineType(PROFILES.airlock, name),
      (error: unknown) => error instanceof MachineError && error.distribution?.maker === maker && error.nearest.length === 0,
      name,
    );
  }
  assert.throws(() => findMachineType(PROFILES.airlock, 'pc-q35-99'), { distribution: null });
});
