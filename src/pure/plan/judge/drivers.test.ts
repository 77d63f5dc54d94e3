import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

/** `OUTCOME: WORDS` of a VM with that device, on a host of which nothing is known. */
function planned(device: string): string {
  const text = `qemu-system-x86_64 -M q35 -nodefaults -device ${device}`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const [host] = new Planner([{ name: 'h', facts: NO_HOST_FACTS, devices: [], isWhole: false }]).plan(definition).hosts;
  assert.ok(host);
  return `${host.outcome}: ${[host.stopsWith?.message, ...host.errors.map(({ message }) => message)].join(', ')}`;
}

describe('plan of a device type', () => {
  test('fails for a name of VFIO’s that no QEMU has, in QEMU’s words', () => {
    const words = "'vfio-pcie' is not a valid device model name";
    assert.equal(planned('vfio-pcie,host=01:00.0'), `fails: ${words}, ${words}`);
    assert.match(planned('vfio-pci-base,host=01:00.0'), /^fails: 'vfio-pci-base' is not a valid device model name/);
  });

  test('is unknown for any other name that is not known, and for those of other architectures', () => {
    assert.equal(planned('pcie-rootport,id=rp1'), 'unknown: , no device pcie-rootport is known here, nor whether it is a PCI device');
    assert.match(planned('vfio-ap,sysfsdev=/sys/x'), /^unknown: /);
  });

  test('is fine for what QEMU has', () => {
    assert.equal(planned('pcie-root-port,id=rp1'), 'fits: ');
    assert.equal(planned('qemu-xhci'), 'fits: ');
    assert.equal(planned('virtio-serial'), 'fits: ');
  });
});
