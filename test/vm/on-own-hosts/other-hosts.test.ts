/** Host VMs of other kinds boot, and those that fail say why. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { missingBed } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { virtioNetWithAts, xhci } from '../devices.ts';
import { type HostVm, HostVmError, hostVm } from '../host-vm.ts';
import type { Iommu } from '../qemu-command.ts';
import { runProbe } from '../run-probe.ts';
import { bindToVfio } from '../vfio.ts';

const skip = missingBed();

/** Its time passes beside the other tests; the last describe asks how it ended. */
let hanging: Promise<HostVm> | undefined;

describe('hostVm with another IOMMU', { skip }, () => {
  before(() => {
    const kernelArguments = ['init=/bin/sleep', 'loglevel=7', '--', '987'];
    hanging = hostVm({ iommu: 'none', devices: [], kernelArguments, bootSeconds: 45 });
    hanging.catch(() => {});
  });

  // Without interrupt remapping that the kernel trusts, the binding needs this.
  const unsafe = ['iommufd.allow_unsafe_interrupts=1'];
  const rows: [Iommu, string[], number, string][] = [
    ['intel-scalable', [], 1, '0x0'],
    ['virtio', unsafe, 0, '0x8'],
  ];
  for (const [iommu, kernelArguments, type, capabilities] of rows) {
    const booted = skip === false ? bootAhead(() => hostVm({ iommu, kernelArguments, devices: [virtioNetWithAts] })) : null;
    it(`${iommu}: HW_INFO type ${type}, capabilities ${capabilities}`, async () => {
      assert.ok(booted);
      await using vm = await booted();
      const address = await vm.address('virtio-net');
      await bindToVfio(vm, address);
      const { hwInfo } = await runProbe(vm, address);
      assert.deepEqual([hwInfo.dataType, hwInfo.capabilities], [type, capabilities]);
    });
  }
});

// Not a network card: QEMU warns of one without a peer.
const bootedWithout = skip === false ? bootAhead(() => hostVm({ iommu: 'none', devices: [xhci] })) : null;

describe('hostVm without an IOMMU', { skip }, () => {
  let vm: HostVm;
  before(async () => {
    assert.ok(bootedWithout);
    vm = await bootedWithout();
  });
  after(() => vm?.close());

  it('vfio-pci does not take the device', async () => {
    await assert.rejects(bindToVfio(vm, await vm.address('xhci')), /^Error: Cannot give 0000:01:00\.0 to vfio-pci: no driver has it$/);
  });

  it('shows its console where the kernel panics', async () => {
    await assert.rejects(vm.run('echo c >/proc/sysrq-trigger; sleep 100'), (error: unknown) => {
      assert.ok(error instanceof HostVmError);
      assert.match(error.message, /^The host VM ended: QEMU exited with 0\nLast lines of its console:\n.*Kernel panic - not syncing/s);
      return true;
    });
  });
});

describe('hostVm that fails', { skip }, () => {
  it('shows its console where the VM does not boot in time', async () => {
    assert.ok(hanging);
    await assert.rejects(
      hanging,
      /^HostVmError: The host VM did not boot within 45 s\nLast lines of its console:\n.*Run \/bin\/sleep as init process/s,
    );
  });

  it('says what QEMU says where it refuses its arguments', async () => {
    const refused = hostVm({ iommu: 'none', devices: [{ name: 'x', device: 'no-such-device' }] });
    await assert.rejects(
      refused,
      /^HostVmError: The host VM ended: QEMU exited with 1\nQEMU: .*'no-such-device' is not a valid device model name/,
    );
  });
});
