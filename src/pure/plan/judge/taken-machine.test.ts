import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device, host } from '../../../../test/fixtures/plan-on-host.ts';
import { Planner } from '../plan.ts';
import { NO_CONTEXT, readDefinitions } from '../readers/index.ts';

test('plan takes a distribution’s machine type for the one that it is told, and notes it', () => {
  const text = 'qemu-system-x86_64 -M pc-q35-noble -nodefaults -device intel-iommu -device vfio-pci,host=01:00.0,bus=pcie.0';
  const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
  assert.ok(definition);
  const on = [host([device('0000:01:00.0', { hostIommu: null })])];
  const planned = (machinesTaken: Readonly<Record<string, string>>) => new Planner(on, { machinesTaken }).plan(definition);
  assert.equal(planned({ 'pc-q35-jammy': 'pc-q35-6.2' }).hosts[0]?.outcome, 'unknown');
  const { machine, hosts, findings } = planned({ 'pc-q35-noble': 'pc-q35-8.2' });
  assert.deepEqual([machine, hosts[0]?.devices[0]?.place?.bus], ['pc-q35-8.2', 'pcie.0']);
  // Of a row that this type has.
  assert.equal(hosts[0]?.iommus[0]?.properties['aw-bits']?.value, '39');
  assert.deepEqual(
    findings.map(({ severity, code, message }) => [
      severity,
      code,
      /^the machine type pc-q35-noble is taken for pc-q35-8\.2/.test(message),
    ]),
    [['note', 'machine.taken', true]],
  );
  assert.equal(planned({ 'pc-q35-noble': 'pc-q35-nosuch' }).hosts[0]?.stopsWith?.code, 'machine.unknown');
});
