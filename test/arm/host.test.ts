/** What Airlock says of an Arm host and of its devices, beside what the host's kernel says. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { airlockInVm } from '../vm/airlock-runs.ts';
import { answerOf, expectedOf, foundIn, type Reference, reference } from '../vm/probe-answers.ts';
import { armProgram, missingArmBed } from './bed.ts';
import { type SharedArmHost, shareArmHost } from './shared-arm-host.ts';

const skip = missingArmBed();
const sharing = skip === false ? shareArmHost() : null;

/** Of each function: address, IDs, driver, group and its members, as sysfs has them; one line each. */
const SYSFS = `
name() { [ ! -e "$1" ] || basename "$(readlink "$1")"; }
cd /sys/bus/pci/devices; for at in *; do
  echo "$at $(cat $at/vendor) $(cat $at/device) $(name $at/driver),$(name $at/iommu_group),$(ls -m $at/iommu_group/devices | tr -d ' \\n' | tr , +)"
done`;

/**
 * Digits of the hardware's bytes but for the ROM's address (30h), which firmware here leaves unassigned: the kernel writes one when it is asked
 * for the ROM's region, and probe.c asks before it reads these bytes, airlock after.
 */
const withoutRomAddress = (digits: string): string => `${digits.slice(0, 0x60)}00000000${digits.slice(0x68)}`;

interface Listed {
  readonly bdf: string;
  readonly vendorId: string;
  readonly deviceId: string;
  readonly driver: string | null;
  readonly iommuGroup: { readonly number: number; readonly members?: readonly string[] } | null;
  readonly kernelAts: { readonly answer: string };
}

describe('airlock on an Arm host', { skip }, () => {
  let host: SharedArmHost;
  before(async () => {
    assert.ok(sharing);
    host = await sharing.get();
    await host.vm.copyIn(armProgram(join(import.meta.dirname, '../vm/probe.c')), '/usr/local/bin/probe');
  });
  after(() => sharing?.release());

  it('the host is Linux 7.3 on arm64 with KVM, behind an SMMUv3', async () => {
    const { vm } = host;
    assert.match(vm.release, /^7\.3\.\d+-airlock$/);
    assert.equal((await vm.output('uname -m; test -c /dev/kvm; ls /sys/class/iommu')).split('\n')[1], 'smmu3.0x0000000009050000');
  });

  it('airlock probe --json equals what probe.c reports, for every device, and the bytes are those of the emulated SMMUv3', async () => {
    const { vm, addresses } = host;
    const all = Object.values(addresses);
    const runs = await airlockInVm(
      vm,
      all.map(address => ['probe', address, '--json']),
    );
    const references: Reference[] = [];
    for (const address of all) references.push(await reference(vm, address, '--bound'));
    for (const [index, expected] of references.entries()) {
      const answer = answerOf(runs[index]);
      assert.deepEqual(
        foundIn({ ...answer, config: { ...answer.config, hardware: withoutRomAddress(answer.config.hardware) } }),
        expectedOf({ ...expected, hardware: withoutRomAddress(expected.hardware) }),
        all[index],
      );
      assert.equal(answer.ats.answer, 'unsupported');
      assert.deepEqual([expected.hwInfo?.dataType, expected.hwInfo?.capabilities, expected.hwInfo?.maxPasidLog2], [2, '0x8', 0]);
      // flags, reserved, IDR0 to IDR5, IIDR, AIDR
      const words = Array.from({ length: 10 }, (_, at) => Buffer.from(expected.hwInfo?.data ?? '', 'hex').readUInt32LE(4 * at));
      const [flags, , idr0, idr1, , idr3, , idr5, , aidr] = words;
      assert.deepEqual(
        { flags, idr0, idr1, idr3, idr5, aidr },
        { flags: 0, idr0: 0x0d44101b, idr1: 0x02730010, idr3: 0x1414, idr5: 0x74, aidr: 1 },
      );
    }
  });

  it('airlock probe --backend legacy --json equals what probe.c reports through the group', async () => {
    const { vm, addresses } = host;
    const address = addresses.disk;
    const expected = await reference(vm, address, '--legacy');
    const [run] = await airlockInVm(vm, [['probe', address, '--backend', 'legacy', '--json']]);
    const answer = answerOf(run);
    assert.deepEqual(foundIn(answer), expectedOf(expected));
    assert.equal(answer.ats.answer, 'unreported');
  });

  it('airlock devices --json has the functions, drivers and groups of sysfs', async () => {
    const { vm, addresses } = host;
    const [{ stdout, stderr, code }] = await airlockInVm(vm, [['devices', '--json']]);
    assert.deepEqual([stderr, code], ['', 0]);
    const devices: readonly Listed[] = JSON.parse(stdout).devices;
    const lines = (await vm.output(SYSFS)).trim().split('\n');
    assert.deepEqual(
      devices.map(({ bdf, vendorId, deviceId, driver, iommuGroup }) => {
        return `${bdf} ${vendorId} ${deviceId} ${driver ?? ''},${iommuGroup?.number ?? ''}`;
      }),
      lines.map(line => line.split(',').slice(0, 2).join(',')),
    );
    const answers = new Map(devices.map(({ bdf, kernelAts }) => [bdf, kernelAts.answer]));
    for (const address of Object.values(addresses)) assert.equal(answers.get(address), 'unsupported');
  });

  it('airlock doctor finds the host and a device of it ready', async () => {
    const { vm, addresses } = host;
    const [{ stdout, stderr, code }] = await airlockInVm(vm, [['doctor', addresses.disk, '--json']]);
    assert.deepEqual([stderr, code], ['', 0]);
    const { checks, counts, kernel } = JSON.parse(stdout);
    assert.equal(kernel, vm.release);
    assert.deepEqual([counts.fail, counts.unknown], [0, 0], JSON.stringify(checks, null, 1));
  });
});
