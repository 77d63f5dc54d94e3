/** What QEMU 11.1.3 does with a guest's IOMMU and real devices on a real kernel: the rows of iommu-rows.ts for the hosts that tests share. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { missingBed } from '../bed.ts';
import { IOMMU_ROWS } from '../iommu-rows.ts';
import { runIommuRow } from '../run-iommu-row.ts';
import { shareHosts } from '../shared-hosts.ts';

const skip = missingBed();
const hosts = skip === false ? shareHosts() : null;

describe("QEMU with an IOMMU for its guest and the host's devices", { skip }, () => {
  after(() => hosts?.release());

  for (const row of IOMMU_ROWS) {
    const { title, qemu = '11.1', host = 'intel', fails } = row;
    if (qemu !== '11.1' || host === 'intel-39') continue;
    it(title, async () => {
      assert.ok(hosts);
      const { vm, addresses } = await hosts.get(host);
      assert.equal(await runIommuRow(vm, row, [addresses['virtio-net'], addresses['virtio-twin']]), fails);
    });
  }
});
