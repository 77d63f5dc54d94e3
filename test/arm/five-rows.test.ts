/** The rows that `ats` was asked to fulfil which a kernel behind an SMMUv3 can show: its answer here is always that ATS is not supported. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { airlockInVm } from '../vm/airlock-runs.ts';
import { type AtsOutcome, formatCoverTable, outcomeInBytes } from '../vm/on-shared-hosts/cover-table.ts';
import { missingArmBed } from './bed.ts';
import { readGuestConfig } from './guest-config.ts';
import { shareArmHost } from './shared-arm-host.ts';

const skip = missingArmBed();
const host = skip === false ? shareArmHost() : null;

const MASKED = 'warning: vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked';
const ROWS: readonly (readonly [ats: string, expected: AtsOutcome, words: readonly string[]])[] = [
  ['off', 'masked', []],
  ['auto', 'masked', [MASKED]],
  ['on', 'realize fails', ['vfio ADDRESS: vfio-pci: ATS requested but not supported by kernel']],
];
const MACHINES = ['virt-11.1', 'virt-11.0'];

describe('ats on an Arm host', { skip }, () => {
  after(() => host?.release());

  for (const machine of MACHINES) {
    it(`${machine}: it is to the guest of QEMU and of Airlock what it was asked to be`, async t => {
      assert.ok(host);
      const { vm, addresses } = await host.get();
      const address = addresses['virtio-net'];
      const runs = ROWS.map(([ats]) => ['view', address, '--json', '--ats', ats, '--profile', 'qemu-11.1', '--machine', machine]);
      const views = await airlockInVm(vm, runs);
      const rows = [];
      for (const [index, [ats, expected, words]] of ROWS.entries()) {
        const { guest, messages } = await readGuestConfig(vm, { address, machine, properties: [`ats=${ats}`] });
        assert.deepEqual(
          messages,
          words.map(line => line.replace('ADDRESS', address)),
        );
        const { code, stdout } = views[index];
        const [device] = JSON.parse(stdout).devices;
        assert.equal(code, device.outcome === 'realized' ? 0 : 1);
        const ours = device.guest === null ? null : Buffer.from(device.guest, 'hex');
        // Byte for byte, where QEMU shows a device at all.
        if (guest !== null) assert.equal(device.guest, Buffer.from(guest).toString('hex'));
        rows.push({ ats, kernelSays: '0x8, not supported', expected, qemu: outcomeInBytes(guest), airlock: outcomeInBytes(ours) });
      }
      for (const line of formatCoverTable(rows)) t.diagnostic(line);
      for (const { ats, expected, qemu, airlock } of rows) assert.deepEqual([qemu, airlock], [expected, expected], `ats=${ats}`);
    });
  }
});
