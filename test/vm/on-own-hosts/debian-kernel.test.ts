/** Debian 13's own kernel: no iommufd to ask, no flag for ATS, so that the answer is "unreported" and is said to be. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { assertPublished } from '../../fixtures/published-schemas.ts';
import { type AirlockRun, airlockInVm } from '../airlock-runs.ts';
import { missingBed } from '../bed.ts';
import { bootAhead } from '../boot-ahead.ts';
import { virtioNetWithAts } from '../devices.ts';
import { type HostVm, hostVm } from '../host-vm.ts';
import { packedAirlock } from '../packed-airlock.ts';
import { bindToVfio } from '../vfio.ts';

const skip = missingBed();
const booted =
  skip === false
    ? bootAhead(() => hostVm({ iommu: 'intel', kernel: 'debian', package: packedAirlock(), devices: [virtioNetWithAts] }))
    : null;

describe("airlock on Debian's kernel", { skip }, () => {
  let vm: HostVm;
  let address: string;
  const airlock = async (...words: string[]): Promise<AirlockRun> => {
    const [run] = await airlockInVm(vm, [words]);
    assert.ok(run);
    return run;
  };

  before(async () => {
    assert.ok(booted);
    vm = await booted();
    address = await vm.address('virtio-net');
  });
  after(() => vm?.close());

  it('is Linux 6.12 without iommufd', async () => {
    assert.match(vm.release, /^6\.12\.\d+\+deb13/);
    assert.equal((await vm.run('test -e /dev/iommu')).code, 1);
  });

  it('doctor fails for iommufd and VFIO, each with what mends it, and says that ATS is not reported', async () => {
    const { code, stdout, stderr } = await airlock('doctor', '--json');
    assert.deepEqual([code, stderr], [1, '']);
    assertPublished('doctor', stdout);
    const checks: { code: string; status: string; text: string; fix: string | null }[] = JSON.parse(stdout).checks;
    const told = new Map(checks.map(check => [check.code, [check.status, check.fix]]));
    assert.deepEqual(told.get('iommu.on'), ['pass', null]);
    assert.deepEqual(told.get('interrupts.isolated'), ['pass', null]);
    assert.deepEqual(told.get('iommufd.present'), ['fail', 'boot a kernel that is built with CONFIG_IOMMUFD']);
    assert.deepEqual(told.get('vfio.module'), ['fail', 'modprobe vfio-pci']);
    assert.deepEqual(told.get('kernel.ats-report'), ['warn', 'boot Linux 7.1 or newer']);
  });

  it('with vfio-pci only the legacy container opens a device, and the kernel reports nothing', async () => {
    await vm.output(['modprobe', 'vfio-pci']);
    await bindToVfio(vm, address);
    const [iommufd, legacy] = await Promise.all([airlock('probe', address), airlock('probe', address, '--backend', 'legacy', '--json')]);
    const wanted = 'wanted Linux 6.6 or newer with CONFIG_VFIO_DEVICE_CDEV, or --backend legacy';
    assert.deepEqual([iommufd.code, iommufd.stderr], [2, `airlock: Cannot open ${address}: no VFIO device file, ${wanted}\n`]);
    assert.deepEqual([legacy.code, legacy.stderr], [0, '']);
    assertPublished('probe', legacy.stdout);
    const { kernel, ats, hwInfo, path } = JSON.parse(legacy.stdout);
    assert.deepEqual([kernel, ats.answer, ats.code, hwInfo], [vm.release, 'unreported', 'legacy-container', null]);
    assert.match(path, /^\/dev\/vfio\/\d+$/);
  });

  it('view shows ATS with the note ats.shown.unreported; doctor warns, and fails where ATS is required', async () => {
    const [view, doctor] = await Promise.all([
      airlock('view', address, '--backend', 'legacy'),
      airlock('doctor', address, '--json', '--require', 'ats'),
    ]);
    assert.deepEqual([view.code, view.stderr], [0, '']);
    const text = view.stdout.replaceAll(/\s+/g, ' ');
    assert.match(text, /vfio's bytes through legacy profile airlock, .* host IOMMU: legacy, ATS unreported/);
    assert.match(text, / ATS \[100 v1\] shown vmm /);
    assert.match(text, / note: ATS is shown to the guest, but .* \(ats\.shown\.unreported\)/);
    assert.deepEqual([doctor.code, doctor.stderr], [1, '']);
    const checks: { code: string; status: string; fix: string | null }[] = JSON.parse(doctor.stdout).checks;
    const told = new Map(checks.map(check => [check.code, [check.status, check.fix]]));
    assert.deepEqual(told.get('iommufd.present'), ['warn', 'boot a kernel that is built with CONFIG_IOMMUFD']);
    assert.deepEqual(told.get('vfio.module'), ['pass', null]);
    assert.deepEqual(told.get('vfio.cdev')?.[0], 'warn');
    assert.deepEqual(told.get('device.driver'), ['pass', null]);
    assert.deepEqual(told.get('kernel.ats-report'), ['fail', 'boot Linux 7.1 or newer']);
    assert.equal(told.get('kernel.ats')?.[0], 'fail');
  });
});
