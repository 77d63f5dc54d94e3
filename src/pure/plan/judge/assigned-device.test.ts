/** What is said of a device by the moment at which QEMU gives it up, and what becomes of an AUTO of the IOMMU in front of it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { captureDevices, captureHostFacts, parseCapture } from '../../capture/index.ts';
import { type HostPlan, NO_CONTEXT, plan, readDefinitions } from '../index.ts';

function planText(name: string, text: string): HostPlan {
  const capture = parseCapture(readFileSync(new URL(`../../../../captures/${name}.json`, import.meta.url), 'utf8'));
  const host = { name: 'a', facts: captureHostFacts(capture), devices: [...captureDevices(capture)], isWhole: false };
  return plan(readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions, [host]).vms[0]?.hosts[0] ?? assert.fail();
}

function planOf(words: string): HostPlan {
  const text = `qemu-system-x86_64 -M q35 -nodefaults -object iommufd,id=i0 ${words} -device pcie-root-port,id=rp1,chassis=1 -device vfio-pci,host=01:00.0,bus=rp1,iommufd=i0`;
  return planText('vm-intel-no-iotlb', text);
}

const codes = ({ devices: [device] }: HostPlan) => device?.warnings.map(({ code }) => code);

test('judgeNamed warns of ATS where QEMU comes as far as asking the kernel', () => {
  assert.deepEqual(codes(planOf('-accel tcg')), ['ats.masked.kernel-unsupported']);
  const refused = planOf('-accel tcg -device intel-iommu');
  assert.equal(refused.devices[0]?.outcome, 'failed');
  assert.deepEqual(codes(refused), []);
});

for (const [accelerator, eim] of [
  ['tcg', 'off'],
  ['kvm', 'on'],
] as const) {
  test(`an AUTO of eim becomes ${eim} with ${accelerator}`, () => {
    const [iommu] = planOf(`-accel ${accelerator} -device intel-iommu,caching-mode=on,intremap=on`).iommus;
    assert.deepEqual([iommu?.properties.intremap?.resolved, iommu?.properties.eim?.resolved], ['on', eim]);
  });
}

test('judgeDevice asks the IOMMU for a place before it asks which device of the host it is', () => {
  const text =
    'qemu-system-aarch64 -M virt -accel kvm -cpu host -bios fw -nodefaults -object iommufd,id=i0 -device pxb-pcie,id=px,bus_nr=8,bus=pcie.0 ' +
    '-device arm-smmuv3,primary-bus=px,accel=on -device pcie-root-port,bus=px,id=rp1,chassis=1 -device vfio-pci,bus=rp1';
  const words = (own: string) => planText('vm-arm-smmuv3', `${text}${own}`).stopsWith?.message.split('\n')[0];
  assert.equal(words(''), 'vfio-pci endpoint devices without an iommufd backend not allowed when using arm-smmuv3,accel=on');
  assert.equal(words(',iommufd=i0'), 'No provided host device');
});
