import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import type { ProfileName } from '../../profiles/index.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

/** `OUTCOME: WORDS`, on a host of which nothing is known; the words are what ends QEMU or, where nothing does, the first error. */
function planned(words: string, program = 'qemu-system-x86_64', profile?: ProfileName): string {
  const text = `${program} -nodefaults ${words}`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const host = { name: 'h', facts: NO_HOST_FACTS, devices: [], isWhole: false };
  const [plan] = new Planner([host], profile === undefined ? {} : { profile }).plan(definition).hosts;
  return `${plan?.outcome}: ${plan?.stopsWith?.message ?? plan?.errors[0]?.message ?? ''}`;
}

const DEVICE = '-device vfio-pci,host=01:00.0';
const ARM = 'qemu-system-aarch64';

describe('plan of a machine of which QEMU has more than is known here', () => {
  test('fails in QEMU’s words where it has no PCI bus', () => {
    const words = "fails: No 'PCI' bus found for device 'vfio-pci'";
    for (const machine of ['microvm', 'none', 'isapc', 'microvm,pcie=off'])
      assert.equal(planned(`-M ${machine} ${DEVICE}`), words, machine);
    assert.equal(planned(`-M none ${DEVICE}`, ARM), words);
    assert.equal(planned(`-M microvm ${DEVICE},ats=maybe`), words);
  });

  test('is unknown where it has one, and where its buses are not known', () => {
    const unknown = (machine: string) => `unknown: what machine type ${machine} does is not known here`;
    assert.equal(planned(`-M microvm,pcie=on ${DEVICE}`), unknown('microvm'));
    assert.equal(planned('-M microvm -device virtio-net-device'), unknown('microvm'));
    assert.equal(planned(`-M sbsa-ref ${DEVICE}`, ARM), unknown('sbsa-ref'));
    assert.equal(
      planned(`-M s390-ccw-virtio ${DEVICE}`, 'qemu-system-s390x'),
      'unknown: no machine type for guests of s390x is known here',
    );
    assert.equal(planned(DEVICE, 'qemu-system-riscv64'), 'unknown: no machine type for guests of riscv64 is known here');
    assert.equal(planned(`-M virt ${DEVICE}`, ARM, 'qemu-10.0'), 'unknown: no machine type for guests of aarch64 is known here');
  });

  test('fails for what QEMU has not, or has for other guests', () => {
    for (const machine of ['pc-q35-99.0', 'microv', 'sbsa-ref', 'virt']) {
      assert.equal(planned(`-M ${machine} ${DEVICE}`), `fails: unsupported machine type: "${machine}"`);
    }
    assert.equal(planned(DEVICE, ARM), 'fails: No machine specified, and there is no default');
  });
});
