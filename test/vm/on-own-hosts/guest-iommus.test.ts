/** What QEMU 11.1.3 and 10.0 do with a guest's IOMMU on a host whose IOMMU takes addresses of 39 bits: the rows of iommu-rows.ts for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../bed.ts';
import { virtioNetWithAts } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { INSTALLED, type InnerProgram } from '../inner-qemu.ts';
import { IOMMU_ROWS } from '../iommu-rows.ts';
import { runIommuRow } from '../run-iommu-row.ts';
import { mountQemu10, qemu10Disk } from '../unpacked-qemu-10.ts';
import { bindToVfio } from '../vfio.ts';

describe('QEMU on a host of 39 bits', { skip: missingBed() }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-guest-iommus-'));
  let vm: HostVm;
  let address: string;
  let older: InnerProgram;
  before(async () => {
    const qemuArguments = ['-global', 'intel-iommu.aw-bits=39', ...qemu10Disk(folder)];
    vm = await hostVm({ iommu: 'intel', devices: [virtioNetWithAts], qemuArguments });
    address = await vm.address(virtioNetWithAts.name);
    await bindToVfio(vm, address);
    older = await mountQemu10(vm);
  });
  after(async () => {
    await vm?.close();
    rmSync(folder, { recursive: true });
  });

  for (const row of IOMMU_ROWS) {
    const { title, qemu = '11.1', host, fails } = row;
    if (host !== 'intel-39') continue;
    it(title, async () => assert.equal(await runIommuRow(vm, row, [address], qemu === '11.1' ? INSTALLED : older), fails));
  }
});
