import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device, host, planOn } from '../../../../../test/fixtures/plan-on-host.ts';

const A = '0000:01:00.0';

test('plan says of a device without an IOMMU group what QEMU says, and that no driver mends it', () => {
  for (const driver of ['none', { name: 'igb' }, { name: 'vfio-pci' }, null] as const) {
    const where = host([device(A, { iommuGroup: 'none', cdev: 'none', driver, hostIommu: null })]);
    const { stopsWith } = planOn(where, '-device vfio-pci,host=01:00.0');
    assert.deepEqual([stopsWith?.code, stopsWith?.message], ['group.none', `vfio ${A}: no iommu_group found: No such file or directory`]);
    assert.match(stopsWith?.mend ?? '', /the host's IOMMU on/);
    const withIommufd = planOn(where, '-object iommufd,id=i0 -device vfio-pci,host=01:00.0,iommufd=i0').stopsWith;
    if (driver === 'none' || driver?.name === 'igb') assert.match(withIommufd?.message ?? '', /vfio-dev: couldn't open directory/);
    assert.match(withIommufd?.mend ?? '', /the host's IOMMU on/);
  }
});
