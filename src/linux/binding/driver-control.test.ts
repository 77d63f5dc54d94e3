import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { deviceFolder, functionTree, newRoot, READY_HOST, writeTree } from '../../../test/fixtures/host-tree.ts';
import { isHostDriver, isVfioDriver } from '../../pure/facts/vfio-drivers.ts';
import { driverControl } from './driver-control.ts';
import { readGroupBlockers } from './group-blockers.ts';
import { findHolders } from './open-files.ts';

const A = '0000:01:00.0';

describe('driver files', () => {
  let root = '';
  beforeEach(() => {
    root = newRoot();
  });
  afterEach(() => rmSync(root, { recursive: true }));
  const text = (path: string): string => readFileSync(join(root, path), 'utf8');

  test('driverControl writes to the files that sysfs has for it', () => {
    writeTree(root, READY_HOST, functionTree({ address: A, driver: 'igb' }));
    const control = driverControl(root);
    assert.deepEqual(
      [control.driverOf(A), control.overrideOf(A), control.hasDriver('igb'), control.hasDriver('x')],
      ['igb', null, true, false],
    );
    control.setOverride(A, 'vfio-pci');
    assert.equal(control.overrideOf(A), 'vfio-pci');
    control.unbind(A, 'igb');
    control.bind(A, 'vfio-pci');
    control.probe(A);
    assert.deepEqual(
      ['drivers/igb/unbind', 'drivers/vfio-pci/bind', 'drivers_probe'].map(path => text(`sys/bus/pci/${path}`)),
      [A, A, A],
    );
    control.setOverride(A, null);
    assert.equal(text(`${deviceFolder(A)}/driver_override`), '\n', 'an empty line clears it');
    assert.equal(control.overrideOf(A), null);
  });

  test('driverControl says what failed, on what and what was wanted, and makes no file', () => {
    const control = driverControl(root);
    assert.throws(() => control.setOverride(A, 'vfio-pci'), {
      name: 'BindingError',
      message: `Cannot set the driver_override of ${A} to vfio-pci: ENOENT from ${root}/sys/bus/pci/devices/${A}/driver_override, there is no such file`,
    });
    assert.throws(() => control.setOverride(A, null), /^BindingError: Cannot clear the driver_override of 0000:01:00\.0: ENOENT /);
    assert.throws(() => control.probe(A), /^BindingError: Cannot find a driver for 0000:01:00\.0: ENOENT /);
    assert.equal(existsSync(join(root, 'sys')), false);
    assert.equal(control.driverOf(A), null);
  });

  test("readGroupBlockers names the members that the host has, and neither VFIO's nor those of ports and stubs", () => {
    const drivers = ['igb', 'vfio-pci', 'mlx5_vfio_pci', 'pcieport', 'pci-stub', 'nvme'];
    for (const [i, driver] of drivers.entries()) writeTree(root, functionTree({ address: `0000:01:00.${i}`, driver, group: 7 }));
    writeTree(root, functionTree({ address: '0000:01:00.6', group: 7 }));
    const members = Array.from({ length: 8 }, (_, i) => `0000:01:00.${i}`);
    assert.deepEqual(readGroupBlockers({ number: 7, type: null, members }, root), [
      { address: '0000:01:00.0', driver: 'igb' },
      { address: '0000:01:00.5', driver: 'nvme' },
    ]);
  });

  test("findHolders names the processes that have the device's file or its group's open", () => {
    writeTree(root, {
      'proc/12/fd/3': { link: '/dev/vfio/devices/vfio3' },
      'proc/12/comm': 'qemu\n',
      'proc/13/fd/0': { link: '/dev/vfio/7' },
      'proc/14/fd/0': { link: '/dev/vfio/devices/vfio33' },
      'proc/self/fd/0': { link: '/dev/vfio/7' },
      'proc/15/comm': 'gone\n',
    });
    const group = { number: 7, type: null, members: [] };
    assert.deepEqual(findHolders({ vfioDevice: '/dev/vfio/devices/vfio3', iommuGroup: group }, root), [
      { pid: 12, name: 'qemu' },
      { pid: 13, name: null },
    ]);
    assert.deepEqual(findHolders({ vfioDevice: null, iommuGroup: null }, root), []);
  });

  test('isVfioDriver and isHostDriver tell drivers apart by their names', () => {
    for (const name of ['vfio-pci', 'mlx5_vfio_pci', 'nvgrace-gpu-vfio-pci', 'vfio-platform', 'vfio-fsl-mc']) {
      assert.deepEqual([isVfioDriver(name), isHostDriver(name)], [true, false], name);
    }
    for (const name of ['igb', 'vfio', 'vfio-pci-core', 'myvfio-pci', ''])
      assert.deepEqual([isVfioDriver(name), isHostDriver(name)], [false, true], name);
    for (const name of ['pci-stub', 'pcieport']) assert.deepEqual([isVfioDriver(name), isHostDriver(name)], [false, false], name);
  });
});
