import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostOf, planOf } from '../../../../../test/fixtures/mends.ts';
import type { PlanHost } from '../host/plan-host.ts';

const cloud = (platform: string, ...devices: string[]): string =>
  `cloud-hypervisor --kernel /k --platform vfio_p2p_dma=off${platform} ${devices.map(device => `--device path=/sys/bus/pci/devices/${device}`).join(' ')}`;
const NIC = '0000:01:00.0';

/** `OUTCOME: WORDS` of what stops the VM first. */
function told(platform: string, host: PlanHost, devices: readonly string[] = [NIC]): string {
  const { outcome, stopsWith } = planOf(cloud(platform, ...devices), 'cloud-hypervisor', host);
  return `${outcome}: ${stopsWith?.message ?? ''}`;
}

const LEGACY = '';
const IOMMUFD = ',iommufd=on';

test('judgeAttachment has the words of Cloud Hypervisor for what its host lacks', () => {
  assert.equal(
    told(IOMMUFD, hostOf({ facts: { iommufd: 'none' } })),
    'fails: Cannot create iommufd: failed to open /dev/iommufd: No such file or directory (os error 2)',
  );
  assert.equal(
    told(LEGACY, hostOf({ facts: { vfioContainer: 'none' } })),
    'fails: Cannot create a VFIO device: failed to open /dev/vfio/vfio container: No such file or directory (os error 2)',
  );
  // The container is opened before the device is looked for.
  assert.equal(
    told(LEGACY, hostOf({ facts: { vfioContainer: 'none' } }), ['0000:77:00.0']),
    'fails: Cannot create a VFIO device: failed to open /dev/vfio/vfio container: No such file or directory (os error 2)',
  );
});

test('judgeAttachment has the words of Cloud Hypervisor for a device that is not there, or has no VFIO driver', () => {
  const unbound = hostOf({ assignment: { driver: 'none', cdev: 'none' } });
  assert.equal(told(LEGACY, hostOf(), ['0000:77:00.0']), 'fails: Cannot create a VFIO device: invalid file path');
  assert.equal(told(IOMMUFD, hostOf(), ['0000:77:00.0']), "fails: Cannot create a VFIO device: invalid 'vfio_dev' folder");
  assert.equal(
    told(LEGACY, unbound),
    'fails: Cannot create a VFIO device: failed to open /dev/vfio/7 group: No such file or directory (os error 2)',
  );
  assert.equal(told(IOMMUFD, unbound), "fails: Cannot create a VFIO device: invalid 'vfio_dev' folder");
  assert.equal(told(IOMMUFD, hostOf({ assignment: { cdev: 'none' } })), "fails: Cannot create a VFIO device: invalid 'vfio_dev' folder");
  const ungrouped = hostOf({ assignment: { iommuGroup: 'none' } });
  assert.equal(told(LEGACY, ungrouped), 'fails: Cannot create a VFIO device: invalid file path');
});

test('judgeAttachment has the words of Cloud Hypervisor for a group that is not viable', () => {
  const shared = {
    number: 7,
    type: 'DMA',
    members: [NIC, '0000:02:00.0'],
    file: { path: '/dev/vfio/7', mode: null, uid: null, gid: null },
  };
  const { devices, ...host } = hostOf({ assignment: { iommuGroup: shared } });
  const [first, second] = devices;
  assert.ok(first && second?.assignment);
  const blocked = { ...host, devices: [first, { ...second, assignment: { ...second.assignment, driver: { name: 'nvme' } } }] };
  assert.equal(told(LEGACY, blocked), 'fails: Cannot create a VFIO device: group is not viable');
  assert.equal(
    told(IOMMUFD, blocked),
    'fails: Cannot create a VFIO device: failed to bind the vfio device to the specified iommufd: Operation not permitted (os error 1)',
  );
});

test('judgeAttachment knows what becomes of a device that Cloud Hypervisor has twice by iommufd alone', () => {
  // Two spellings of one path.
  const twice = [NIC, `${NIC}/`];
  assert.equal(
    told(IOMMUFD, hostOf(), twice),
    'fails: Cannot create a VFIO device: failed to bind the vfio device to the specified iommufd: Invalid argument (os error 22)',
  );
  const { outcome, devices } = planOf(cloud(LEGACY, ...twice), 'cloud-hypervisor', hostOf());
  assert.equal(outcome, 'unknown');
  assert.equal(devices[1]?.error?.message, `${NIC} is given to this VM twice, and what Cloud Hypervisor 53 makes of that is not known`);
});

test('judgeAttachment has QEMU’s words for QEMU', () => {
  const plan = planOf('qemu-system-x86_64 -M q35 -nodefaults -device vfio-pci,host=77:00.0', 'qemu', hostOf());
  const { message } = plan.stopsWith ?? assert.fail();
  assert.equal(message, 'vfio /sys/bus/pci/devices/0000:77:00.0: no such host device: No such file or directory');
});
