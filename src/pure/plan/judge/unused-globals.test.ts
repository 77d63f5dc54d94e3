import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

function told(words: string, program = 'qemu-system-x86_64 -M q35'): string[] {
  const text = `${program} -nodefaults ${words}`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const { findings } = new Planner([{ name: 'h', facts: NO_HOST_FACTS, devices: [], isWhole: false }]).plan(definition);
  return findings.filter(({ code }) => code.startsWith('global.')).map(({ severity, message }) => `${severity}: ${message}`);
}

const ARM = 'qemu-system-aarch64 -M virt';

describe('plan of a value for all devices of a driver', () => {
  test('warns in QEMU’s words where the VM has none, each time that it is given', () => {
    assert.deepEqual(told('-global vfio-pci-nohotplug.ats=off -global driver=vfio-pci-nohotplug,property=ats,value=on -device vfio-pci'), [
      'warning: global vfio-pci-nohotplug.ats=off not used',
      'warning: global vfio-pci-nohotplug.ats=on not used',
    ]);
    assert.deepEqual(told('-global amd-iommu.x=1 -global intel-iommu.aw-bits=48 -device intel-iommu'), [
      'warning: global amd-iommu.x=1 not used',
    ]);
    assert.deepEqual(told('-global arm-smmuv3.ats=on', ARM), ['warning: global arm-smmuv3.ats=on not used']);
  });

  test('warns where QEMU has no such type for that guest', () => {
    assert.deepEqual(told('-global vfio_pci.ats=off -global vfio-pcie.ats=off -global arm-smmuv3.ats=on'), [
      'warning: global vfio_pci.ats has invalid class name',
      'warning: global vfio-pcie.ats has invalid class name',
      'warning: global arm-smmuv3.ats has invalid class name',
    ]);
    assert.deepEqual(told('-global intel-iommu.aw-bits=48', ARM), ['warning: global intel-iommu.aw-bits has invalid class name']);
  });

  test('says nothing of one that is used, may be plugged in later, or is the machine’s', () => {
    assert.deepEqual(told('-global vfio-pci-nohotplug.ats=off -device vfio-pci-nohotplug'), []);
    assert.deepEqual(told('-global virtio-iommu-pci.aw-bits=48 -device virtio-iommu'), []);
    assert.deepEqual(told('-global vfio-pci.ats=off -global vfio-pci-device.ats=off -global pci-device.rombar=0'), []);
    assert.deepEqual(told('-global arm-smmuv3.ats=on', `${ARM},iommu=smmuv3`), []);
    assert.deepEqual(told('-global ICH9-LPC.disable_s3=1 -global e1000e.x=1 -global made-up.x=1'), []);
  });

  test('says nothing of a definition that was not wholly read', () => {
    assert.deepEqual(told('-readconfig vm.cfg -global vfio-pci-nohotplug.ats=off'), []);
  });
});
