import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { NO_HOST_FACTS } from '../../facts/index.ts';
import { Planner, type PlanOptions } from '../plan.ts';
import type { VmPlan } from '../plan-report.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

const HOST = { name: 'h', facts: NO_HOST_FACTS, devices: [], isWhole: true };

function plan(words: string, options: PlanOptions = {}): VmPlan {
  const text = `qemu-system-x86_64 -M q35 -nodefaults -device pcie-root-port,id=rp1 ${words}`;
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  return new Planner([HOST], options).plan(definition);
}

/** What QEMU says of a device that a server has, with these members of JSON behind its driver. */
function refused(members: string): string | undefined {
  return plan(`-device '{"driver":"vfio-user-pci","bus":"rp1",${members}}'`).hosts[0]?.stopsWith?.message;
}

const SOCKET = '"socket":{"type":"unix","path":"/run/a.sock"}';

describe('plan of a vfio-user-pci', () => {
  test('takes what the server serves, and says in a note that it was not seen', () => {
    const { hosts, findings } = plan(`-device '{"driver":"vfio-user-pci","bus":"rp1","x-msg-timeout":60000,${SOCKET}}'`);
    const [device] = hosts[0]?.devices ?? [];
    assert.deepEqual([hosts[0]?.outcome, device?.outcome, device?.error, device?.backend], ['fits', 'realized', null, 'vfio-user']);
    assert.deepEqual(device?.place, { bus: 'rp1', address: '00.0', kind: 'root-port' });
    assert.equal(device?.properties['x-msg-timeout']?.value, '60000');
    assert.deepEqual(
      findings.map(({ severity, code }) => [severity, code]),
      [['note', 'device.served']],
    );
    assert.match(findings[0]?.message ?? '', /the server at \/run\/a\.sock/);
  });

  test('fails where its socket is none that QEMU takes, in QEMU’s words', () => {
    assert.equal(refused(SOCKET), undefined);
    assert.equal(refused('"socket":{"type":"unix","path":"/a","abstract":true}'), undefined);
    assert.equal(refused('"socket":"/a"'), "Invalid parameter type for 'socket', expected: object");
    assert.equal(refused('"socket":{"path":"/a"}'), "Parameter 'socket.type' is missing");
    assert.equal(refused('"socket":{"type":"unix"}'), "Parameter 'socket.path' is missing");
    assert.equal(refused('"socket":{"type":"tcp"}'), "Parameter 'type' does not accept value 'tcp'");
    assert.equal(refused('"socket":{"type":"fd","str":"3"}'), 'Unsupported socket type fd');
    assert.equal(refused('"socket":{"type":"unix","path":"/a","foo":1}'), "Parameter 'socket.foo' is unexpected");
    assert.equal(
      refused('"socket":{"type":"unix","path":"/a","tight":"x"}'),
      "Invalid parameter type for 'socket.tight', expected: boolean",
    );
    assert.match(refused('"x-send-queued":true') ?? '', /^No socket specified\n/);
    assert.match(plan('-device vfio-user-pci,socket=/a').hosts[0]?.stopsWith?.message ?? '', /expected: object$/);
  });

  test('fails for a property of vfio-pci that it does not have', () => {
    for (const property of ['host', 'iommufd', 'ats']) {
      assert.equal(refused(`"${property}":"x",${SOCKET}`), `Property 'vfio-user-pci.${property}' not found`);
    }
  });

  test('judges its place as that of any device', () => {
    const words = `-device '{"driver":"vfio-user-pci","bus":"rp9",${SOCKET}}'`;
    assert.equal(plan(words).hosts[0]?.stopsWith?.message, "Bus 'rp9' not found");
  });

  test('fails on a QEMU that has no such device', () => {
    const { hosts } = plan(`-device '{"driver":"vfio-user-pci",${SOCKET}}'`, { profile: 'qemu-10.0' });
    assert.equal(hosts[0]?.stopsWith?.message, "'vfio-user-pci' is not a valid device model name");
  });
});

test('plan takes no list of a virtio-iommu-pci but an empty one, as QEMU does', () => {
  const words = (list: string) => `-device '{"driver":"virtio-iommu-pci","reserved-regions":${list}}'`;
  assert.equal(plan(words('[]')).hosts[0]?.outcome, 'fits');
  assert.match(plan(words('["0xfee00000:0xfeefffff:1"]')).hosts[0]?.stopsWith?.message ?? '', /may not be set more than once$/);
  assert.equal(plan(words('"x"')).hosts[0]?.stopsWith?.message, "Invalid parameter type for 'reserved-regions', expected: array");
});
