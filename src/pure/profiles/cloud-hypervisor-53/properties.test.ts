/** What `--device` of Cloud Hypervisor 53 takes and refuses: the words were those of the program. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { effectiveProperties, PropertyError } from '../../qemu/index.ts';
import { settingsOf } from '../../rules/settings.ts';
import { cloudHypervisor53 as profile } from './index.ts';

const TAKEN: readonly (readonly [name: string, text: string, value: unknown])[] = [
  ['x_nv_gpudirect_clique', '255', 255],
  ['x_nv_gpudirect_clique', '+5', 5],
  ['x_nv_gpudirect_clique', '05', 5],
  ['x_nv_gpudirect_clique', '', null],
  ['iommu', 'ON', true],
  ['iommu', 'true', true],
  ['iommu', '', false],
  ['id', '', null],
  ['pci_segment', '1', 1],
  ['pci_device_id', '31', 31],
  ['x_exclude_mmap_bars', '0', '0'],
  ['x_exclude_mmap_bars', '[0,2-4]', '[0,2-4]'],
];

for (const [name, text, value] of TAKEN) {
  test(`cloud-hypervisor-53 takes ${name}=${text}`, () => {
    assert.equal(effectiveProperties({ profile, device: [{ name, value: text }] }).get(name)?.value, value);
  });
}

const REFUSED: readonly (readonly [name: string, text: string, words: string])[] = [
  ['ats', 'on', 'unknown option: ats'],
  ['x-nv-gpudirect-clique', '3', 'unknown option: x-nv-gpudirect-clique'],
  ['x_nv_gpudirect_clique', '256', 'unable to convert 256 for x_nv_gpudirect_clique'],
  ['x_nv_gpudirect_clique', '-1', 'unable to convert -1 for x_nv_gpudirect_clique'],
  ['x_nv_gpudirect_clique', '0x5', 'unable to convert 0x5 for x_nv_gpudirect_clique'],
  ['iommu', 'yes', 'unable to convert yes for iommu'],
  ['iommu', '1', 'unable to convert 1 for iommu'],
  ['pci_segment', '65536', 'unable to convert 65536 for pci_segment'],
  ['pci_device_id', '0', 'Given PCI device ID (0) is reserved'],
  ['pci_device_id', '32', 'Given PCI device ID (32) is out of the supported range of 0..32'],
  ['pci_device_id', '0x10', 'unable to convert 0x10 for pci_device_id'],
  ['x_exclude_mmap_bars', '[6]', 'Invalid VFIO excluded-mmap BAR index: 6'],
  ['x_exclude_mmap_bars', '[a]', 'unable to convert [a] for x_exclude_mmap_bars'],
];

for (const [name, text, words] of REFUSED) {
  test(`cloud-hypervisor-53 refuses ${name}=${text}`, () => {
    const refuse = () => effectiveProperties({ profile, device: [{ name, value: text }] });
    assert.throws(refuse, (error: unknown) => error instanceof PropertyError && error.message === words);
  });
}

test('cloud-hypervisor-53 takes the path of the device for none of its properties, and has no globals', () => {
  const device = [
    { name: 'path', value: '/sys/bus/pci/devices/0000:01:00.0' },
    { name: 'x_nv_gpudirect_clique', value: '3' },
  ];
  assert.equal(settingsOf(effectiveProperties({ profile, device })).clique, 3);
  const globals = [{ driver: 'device', name: 'iommu', value: 'on' }];
  assert.throws(() => effectiveProperties({ profile, globals }), /has no globals/);
});
