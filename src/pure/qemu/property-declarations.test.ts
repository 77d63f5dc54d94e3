import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DriverName } from './generated-table.ts';
import { knownDrivers, propertyDeclarations } from './property-declarations.ts';
import { propertyHelp } from './property-help.ts';

test('propertyDeclarations has the whole table of QEMU 11.1 for each driver', () => {
  const sizes: [DriverName, number][] = [
    ['vfio-pci', 55],
    ['vfio-pci-nohotplug', 58],
    ['vfio-user-pci', 24],
    ['arm-smmuv3', 14],
    ['intel-iommu', 14],
    ['amd-iommu', 6],
    ['virtio-iommu-pci', 42],
  ];
  for (const [driver, size] of sizes) assert.equal(propertyDeclarations(driver).size, size, driver);
});

test('propertyDeclarations of QEMU 10.0 have no ats, no PASID offset and no class code, and no table of arm-smmuv3', () => {
  const [newer, older] = [propertyDeclarations('vfio-pci'), propertyDeclarations('vfio-pci', '10.0')];
  assert.deepEqual(
    [...newer.keys()].filter(name => !older.has(name)),
    [
      ...['ats', 'sriov-pf', 'x-migration-load-config-after-iter', 'x-migration-max-queued-buffers-size'],
      ...['x-pci-class-code', 'x-vpasid-cap-offset'],
    ],
  );
  assert.deepEqual(
    [...older.keys()].filter(name => !newer.has(name)),
    ['x-pcie-extcap-init'],
  );
  assert.deepEqual([newer.get('x-igd-opregion')?.default, older.get('x-igd-opregion')?.default], [true, false]);
  assert.throws(() => propertyDeclarations('arm-smmuv3', '10.0'), RangeError);
});

test('propertyDeclarations gives ats its type, default and help', () => {
  const ats = propertyDeclarations('vfio-pci').get('ats');
  assert.equal(ats?.type.name, 'OnOffAuto');
  assert.equal(ats?.default, 'auto');
  assert.equal(ats?.help, propertyHelp('vfio-pci', 'ats'));
  assert.match(ats?.help ?? '', /guest sees ATS/);
});

test('propertyDeclarations gives a type of its own to what QEMU calls str', () => {
  const declarations = propertyDeclarations('vfio-pci');
  const types = ['host', 'addr', 'vf-token', 'sysfsdev', 'iommufd', 'x-vpasid-cap-offset'].map(name => declarations.get(name)?.type.name);
  assert.deepEqual(types, ['PciHostAddress', 'PciSlotAddress', 'UUID', 'str', 'link<iommufd>', 'uint16']);
});

test('propertyDeclarations holds defaults as their type decodes them', () => {
  for (const driver of knownDrivers('11.1')) {
    for (const { name, type, default: value } of propertyDeclarations(driver).values()) {
      // -1 is the slot address that no option can give.
      if (value === null || name === 'addr') continue;
      assert.equal(type.parse(type.format(value), name), value, `${driver}.${name}`);
    }
  }
  assert.equal(propertyDeclarations('vfio-pci').get('x-migration-max-queued-buffers-size')?.default, 2n ** 64n - 1n);
});
