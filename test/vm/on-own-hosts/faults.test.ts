/** What goes wrong with real devices on a real kernel: each fault gives clear words and its exit code, and leaves nothing open. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AirlockRun, airlockInVm, airlockOnceInVm } from '../airlock-runs.ts';
import { missingBed } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { e1000e, igb, pair, SECOND_OF_PAIR, virtioNetWithAts, vmxnet3, xhci } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { putProgram } from '../put-program.ts';
import { bindToVfio } from '../vfio.ts';
import { waitUntil } from '../wait-until.ts';
import type { HolderReport, Told } from './device-holder.ts';

const skip = missingBed();
const timeoutSeconds = 120;

const devices = [virtioNetWithAts, e1000e, igb, vmxnet3, xhci, pair];
const booted =
  skip === false ? bootAhead(() => hostVm({ iommu: 'intel', package: packedAirlock(), devices, qemuArguments: SECOND_OF_PAIR })) : null;

const asUser = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', '--inh-caps=-all'];

/** The function to take away when this file of it is about to be read. */
interface Removal {
  readonly address: string;
  readonly at: string;
}

/** Runs the command; one that leaves a device open says so. */
async function airlock(vm: HostVm, words: readonly string[], removal?: Removal): Promise<AirlockRun> {
  const environment: Record<string, string> =
    removal === undefined ? {} : { AIRLOCK_REMOVE: removal.address, AIRLOCK_REMOVE_AT: removal.at };
  const [run] = await airlockInVm(vm, [{ words, environment }], ['--require', '/opt/fault-watch.cjs']);
  assert.ok(run);
  return run;
}

/** The command refused with exactly this line: no other word, so no stack and nothing left open. */
function assertRefused({ code, stdout, stderr }: AirlockRun, message: string): void {
  assert.deepEqual({ code, stdout, stderr }, { code: 2, stdout: '', stderr: `airlock: ${message}\n` });
}

/** Checks of `doctor --json` by their codes. */
function checksOf(result: AirlockRun): Map<string, { status: string; text: string; fix: string | null }> {
  const { checks } = JSON.parse(result.stdout);
  return new Map(checks.map((check: { code: string }) => [check.code, check]));
}

describe('faults', { skip }, () => {
  let vm: HostVm;
  const at: Record<string, string> = {};

  before(async () => {
    assert.ok(booted);
    vm = await booted();
    await putProgram(vm, join(import.meta.dirname, 'fault-watch.ts'), '/opt/fault-watch.cjs');
    // Beside koffi.
    await putProgram(vm, join(import.meta.dirname, 'device-holder.ts'), '/opt/package/device-holder.mjs');
    for (const { name } of devices) at[name] = (await vm.address(name)).slice(0, 12);
    for (const name of ['virtio-net', 'igb', 'vmxnet3', 'pair']) await bindToVfio(vm, at[name] ?? '');
  });
  after(() => vm?.close());

  it('group not viable: names who blocks it, through either backend, and blames nothing else', async () => {
    const address = at.pair ?? '';
    const blocker = address.replace(/0$/, '1');
    const [command, iommufd, legacy, doctor, group] = await Promise.all([
      vm.run(['airlock', 'probe', address], { timeoutSeconds }),
      airlock(vm, ['probe', address]),
      airlock(vm, ['probe', address, '--backend', 'legacy']),
      airlock(vm, ['doctor', address, '--json']),
      vm.output(['readlink', `/sys/bus/pci/devices/${address}/iommu_group`]),
    ]);
    const message =
      `Cannot open ${address}: group ${group.trim().split('/').at(-1)} is not viable, the host has ${blocker} (nvme), ` +
      `wanted a VFIO driver or none: airlock bind ${address} --group --yes`;
    for (const run of [command, iommufd]) assertRefused(run, message);
    assertRefused(legacy, message);
    assert.deepEqual([doctor.code, doctor.stderr], [1, '']);
    const failed = [...checksOf(doctor)].filter(([, { status }]) => status === 'fail').map(([code]) => code);
    assert.deepEqual(failed, ['group.viable']);
  });

  it('iommufd missing: probe and doctor say so, and what mends it', async () => {
    await vm.output('mv /dev/iommu /dev/iommu.away');
    try {
      const address = at['virtio-net'] ?? '';
      const [probe, doctor] = await Promise.all([
        airlock(vm, ['probe', address]),
        airlock(vm, ['doctor', '--require', 'iommufd', '--json']),
      ]);
      assertRefused(probe, 'Cannot open /dev/iommu: ENOENT, the kernel has no iommufd (CONFIG_IOMMUFD), or its module is not loaded');
      assert.deepEqual([doctor.code, doctor.stderr], [1, '']);
      const { status, fix } = checksOf(doctor).get('iommufd.present') ?? {};
      assert.deepEqual([status, fix], ['fail', 'modprobe iommufd']);
    } finally {
      await vm.output('mv /dev/iommu.away /dev/iommu');
    }
  });

  it('permission denied: probe says what to do, and view gives what sysfs gives', async () => {
    const address = at['virtio-net'] ?? '';
    const commands = [
      ['probe', address],
      ['probe', address, '--backend', 'legacy'],
      ['view', address],
    ];
    const [probe, legacy, view] = await airlockOnceInVm(vm, asUser, commands);
    assert.ok(probe && legacy && view);
    const denied = 'EACCES, the user may not open it: run as root, or let the user open it with setfacl (airlock doctor names the command)';
    assertRefused(probe, `Cannot open /dev/iommu: ${denied}`);
    const group = (await vm.output(['readlink', `/sys/bus/pci/devices/${address}/iommu_group`])).trim().split('/').at(-1);
    assertRefused(legacy, `Cannot open /dev/vfio/${group}: ${denied}`);
    assert.deepEqual([view.code, view.stderr], [0, '']);
    const text = view.stdout.replaceAll(/\s+/g, ' ');
    assert.match(text, /live device: 64 bytes of the hardware from sysfs \(the others, up to 4096, are root's: not known\)/);
    assert.match(text, /host IOMMU: no report \(not root\)/);
  });

  it('a device that vanishes between two reads of sysfs is left out of a list, and is an error where it was asked for', async () => {
    const removal = (name: string, file: string) => ({ address: at[name] ?? '', at: file });
    const [devices, view] = await Promise.all([
      airlock(vm, ['devices', '--json'], removal('xhci', 'config')),
      airlock(vm, ['view', at.e1000e ?? ''], removal('e1000e', 'resource')),
    ]);
    assert.deepEqual([devices.code, devices.stderr], [0, 'removed before its config was read\n']);
    const listed: string[] = JSON.parse(devices.stdout).devices.map(({ bdf }: { bdf: string }) => bdf);
    assert.ok(listed.includes(at.igb ?? '') && listed.includes(at.pair ?? ''), 'the devices after it are listed');
    assert.ok(!listed.includes(at.xhci ?? ''));
    const words = `airlock: Cannot read ${at.e1000e}: this machine has no such PCI function\n`;
    assert.deepEqual([view.code, view.stdout, view.stderr], [2, '', `removed before its resource was read\n${words}`]);
  });

  describe('a device that a process holds', () => {
    const held: Record<string, Promise<string>> = {};

    function hold(name: string, backend: string): void {
      const folder = `/run/held-${name}`;
      const program = ['node', '/opt/package/device-holder.mjs', at[name] ?? '', backend, folder];
      held[name] = vm.output(['sh', '-c', `mkdir ${folder}; exec "$@"`, 'sh', ...program], { timeoutSeconds: 300 });
      // Whether it ended well is asked at the end.
      held[name].catch(() => {});
    }

    before(async () => {
      hold('igb', 'iommufd');
      hold('vmxnet3', 'legacy');
      await waitUntil(vm, '[ -e /run/held-igb/open ] && [ -e /run/held-vmxnet3/open ]', timeoutSeconds);
    });

    it('busy: either backend says that a process holds it, whichever backend that process uses', async () => {
      const [file, group] = await Promise.all([
        vm.output(['ls', `/sys/bus/pci/devices/${at.igb}/vfio-dev`, `/sys/bus/pci/devices/${at.vmxnet3}/vfio-dev`]),
        vm.output(['readlink', `/sys/bus/pci/devices/${at.igb}/iommu_group`, `/sys/bus/pci/devices/${at.vmxnet3}/iommu_group`]),
      ]);
      const [igbFile, vmxnet3File] = file.match(/^vfio\d+$/gm) ?? [];
      const [igbGroup, vmxnet3Group] = group.match(/\d+$/gm) ?? [];
      const results = await Promise.all(
        [at.igb, at.vmxnet3].flatMap(address =>
          ['iommufd', 'legacy'].map(name => airlock(vm, ['probe', address ?? '', '--backend', name])),
        ),
      );
      const words = [
        `Cannot bind /dev/vfio/devices/${igbFile} to /dev/iommu: EINVAL, the device is open already, perhaps in another process`,
        `Cannot open /dev/vfio/${igbGroup}: EBUSY, another process holds the group`,
        `Cannot bind /dev/vfio/devices/${vmxnet3File} to /dev/iommu: EBUSY, another process holds the device, or its group`,
        `Cannot open /dev/vfio/${vmxnet3Group}: EBUSY, another process holds the group`,
      ];
      for (const [i, result] of results.entries()) assertRefused(result, words[i] ?? '');
    });

    /** Takes the device out of the running machine: the kernel begins, and waits for the process that holds it. One at a time. */
    async function unplug(name: string): Promise<void> {
      await vm.output('dmesg --clear');
      await vm.monitor('device_del', { id: name });
      await waitUntil(vm, `dmesg | grep -q '${at[name]}: .*blocked until released by user'`, timeoutSeconds);
    }

    /** Lets the holder make its calls and end; the device is gone then. */
    async function release(name: string): Promise<HolderReport> {
      await vm.output(['touch', `/run/held-${name}/go`]);
      const report: HolderReport = JSON.parse((await held[name]) ?? '');
      await waitUntil(vm, `[ ! -e /sys/bus/pci/devices/${at[name]} ]`, timeoutSeconds);
      return report;
    }

    const plain = ({ id, write, report }: Told) => [id, write, report];
    const FOUR_BYTES = /^\d+(?:,\d+){3}$/;
    const again = 'EAGAIN, the device is in use elsewhere, or being taken away';

    it('unplugged while open through iommufd: calls answer or say why not, others wait for nothing, the device is gone after', async () => {
      await unplug('igb');
      const view = await airlock(vm, ['view', at.igb ?? '']);
      assert.deepEqual([view.code, view.stderr], [0, '']);
      // The kernel has taken its driver off already.
      assert.match(view.stdout, /no report \(no driver\)/);
      const { before: first, after: then, left, again: reopened } = await release('igb');
      assert.deepEqual([...plain(first), first.reset], ['10c98086', 'undefined', 'unsupported', 'undefined']);
      assert.deepEqual(plain(then), plain(first));
      assert.match(then.bar, FOUR_BYTES);
      assert.match(then.reset, new RegExp(`^SyscallError: Cannot reset /dev/vfio/devices/vfio\\d+: ${again}$`));
      assert.match(reopened, /^DeviceClosedError: Cannot open \/dev\/vfio\/devices\/vfio\d+: E\w+, /);
      assert.equal(left, 0);
      assertRefused(await airlock(vm, ['probe', at.igb ?? '']), `Cannot read ${at.igb}: this machine has no such PCI function`);
    });

    it('unplugged while open through a legacy container: the same', async () => {
      await unplug('vmxnet3');
      const devices = await airlock(vm, ['devices', '-s', at.vmxnet3 ?? '']);
      assert.deepEqual([devices.code, devices.stderr], [0, '']);
      assert.match(devices.stdout, /kernel on ATS: unknown \(no driver\)/);
      const { before: first, after: then, left, again: reopened } = await release('vmxnet3');
      assert.deepEqual([...plain(first), first.reset], ['7b015ad', 'undefined', 'unreported', 'undefined']);
      assert.deepEqual([...plain(then), then.reset], [...plain(first), `SyscallError: Cannot reset ${at.vmxnet3}: ${again}`]);
      assert.match(then.bar, FOUR_BYTES);
      // The device goes, and then its group, at any point between the three calls that open it.
      assert.match(reopened, /^DeviceClosedError: Cannot (?:open|read the status of|open \S+ of) \/dev\/vfio\/\d+: E\w+, /);
      assert.equal(left, 0);
    });
  });
});
