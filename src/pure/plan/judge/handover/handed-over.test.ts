/** What QEMU and the kernel refuse of the ways in which a device is named and handed over. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device, host, planOn } from '../../../../../test/fixtures/plan-on-host.ts';
import type { AssignmentFacts } from '../../../facts/index.ts';
import type { PlanHost } from '../host/plan-host.ts';

const PORT = '-device pcie-root-port,id=rp,chassis=1';
const IOMMUFD = '-object iommufd,id=i0';
const NIC = 'vfio-pci,host=01:00.0,bus=rp,id=nic';
const A = '0000:01:00.0';
const B = '0000:02:00.0';

test('plan refuses a descriptor without an iommufd object, which QEMU 11.1.3 ends of without a word, and one that is no number', () => {
  const stopsWith = (words: string) => {
    const stop = planOn(host([device(A)]), `${IOMMUFD} ${PORT} ${words}`).stopsWith;
    return [stop?.stage, stop?.code, stop?.message];
  };
  const words = 'Use FD passing only with iommufd backend (QEMU 11.1.3 ends with a segmentation fault before it says so)';
  const refused = ['vmm', 'backend.descriptor-legacy', words];
  assert.deepEqual(stopsWith(`-device ${NIC},fd=99`), refused);
  assert.deepEqual(stopsWith('-device vfio-pci,bus=rp,fd=99'), refused);
  assert.deepEqual(stopsWith('-global vfio-pci.fd=99 -device vfio-pci-nohotplug,bus=rp'), refused);
  assert.deepEqual(stopsWith('-device vfio-pci,bus=rp,fd=99,iommufd=i0'), [undefined, undefined, undefined]);
  const noNumber = "Could not parse object fd nic:Invalid file descriptor number 'nic'";
  assert.deepEqual(stopsWith('-device vfio-pci,bus=rp,fd=nic,iommufd=i0'), ['vmm', 'backend.descriptor', noNumber]);
});

test('plan knows which functions the kernel takes a token for', () => {
  const told = (sriov: AssignmentFacts['sriov'], words: string): string => {
    const { outcome, stopsWith, devices } = planOn(host([device(A, { sriov })]), `${IOMMUFD} ${PORT} -device ${NIC},ats=off,${words}`);
    return `${outcome}: ${stopsWith?.message ?? devices[0]?.error?.code ?? ''}`;
  };
  const token = 'vf-token=b0a1b0a1-0000-4000-8000-000000000001';
  const plain = { totalVfs: 'none', physicalFunction: 'none', virtualFunctions: [] } as const;
  const refused =
    `fails: vfio ${A}: error getting device from group 7: Invalid argument\n` +
    'Verify all devices in group 7 are bound to vfio-<bus> or pci-stub and not already in use';
  assert.equal(told(plain, token), refused);
  assert.equal(told(plain, 'vf-token=auto'), refused);
  assert.equal(told(plain, 'vf-token=00000000-0000-0000-0000-000000000000'), 'fits: ');
  assert.equal(told(plain, `${token},iommufd=i0`), 'fits: ');
  assert.equal(told({ ...plain, totalVfs: 8 }, token), 'fits: ');
  assert.equal(told({ ...plain, physicalFunction: B }, token), 'unknown: device.vf-token-unknown');
  assert.equal(told(null, token), 'unknown: device.vf-token-unknown');
});

test('plan refuses a path that leads to no device where the host is known to have none there, as QEMU 11.1.3 does', () => {
  const told = (where: PlanHost, path: string) => {
    const { outcome, stopsWith, devices } = planOn(where, `${PORT} -device vfio-pci,bus=rp,sysfsdev=${path}`);
    return `${outcome}: ${stopsWith?.message ?? devices[0]?.error?.code ?? ''}`;
  };
  const here = (isThere: boolean | null): PlanHost => ({ ...host([device(A)]), hasFile: () => isThere });
  const absent = (path: string) => `fails: vfio ${path}: no such host device: No such file or directory`;
  assert.equal(told(here(false), '/nowhere'), absent('/nowhere'));
  assert.equal(told(here(true), '/dev/card'), 'unknown: host.late');
  assert.equal(told(here(null), '/nowhere'), 'unknown: host.late');
  assert.equal(told(here(false), 'nowhere'), 'unknown: host.late', 'nobody knows where it is looked for');
  assert.equal(told(host([device(A)]), '/nowhere'), 'unknown: host.late');
  const inKernel = '/sys/bus/pci/devices/nic';
  assert.equal(told(host([device(A)]), inKernel), absent(inKernel));
  assert.equal(told(host([device(A)], {}, false), inKernel), 'unknown: host.late');
});

test('plan fails an IOMMU of the guest that does not get its place', () => {
  const iommuOf = (words: string) => {
    const { outcome, iommus } = planOn(host([device(A)]), words);
    return [outcome, iommus[0]?.outcome, iommus[0]?.error?.message];
  };
  assert.deepEqual(iommuOf('-device virtio-iommu-pci,bus=nosuch'), ['fails', 'failed', "Bus 'nosuch' not found"]);
  assert.deepEqual(iommuOf(`${PORT} -device virtio-iommu-pci,bus=rp`), [
    'fails',
    'failed',
    'virtio-iommu-pci must be plugged on the root bus',
  ]);
});
