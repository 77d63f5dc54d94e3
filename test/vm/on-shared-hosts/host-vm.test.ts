/** The test bed itself: a VM boots, commands come back exactly, what hangs is ended, and the kernel says what it must about ATS. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { missingBed, probeProgram } from '../bed.ts';
import { standardDevices } from '../devices.ts';
import { CommandTimeoutError, type HostVm } from '../host-vm.ts';
import { installPackage } from '../package.ts';
import { runProbe } from '../run-probe.ts';
import { shareHosts, spareDevice } from '../shared-hosts.ts';
import { bindToVfio, setUnsafeInterrupts } from '../vfio.ts';
import { waitUntil } from '../wait-until.ts';

const skip = missingBed();
// Each for a describe of its own.
const hosts = skip === false ? shareHosts('standard') : null;
const others = skip === false ? shareHosts() : null;

describe('hostVm', { skip }, () => {
  let vm: HostVm;

  before(async () => {
    assert.ok(hosts);
    ({ vm } = await hosts.standard());
  });
  after(() => hosts?.release());

  it('boots Linux 7.3 with Node 20 and QEMU 11.1', async () => {
    assert.match(vm.release, /^7\.3\.\d+-airlock$/);
    assert.match(await vm.output('node --version'), /^v20\./);
    assert.match(await vm.output('qemu-system-x86_64 --version'), /^QEMU emulator version 11\.1\./);
  });

  it('has every standard device where address() says', async () => {
    const classes = { 'virtio-net': '0200', igb: '0200', e1000e: '0200', nvme: '0108', xhci: '0c03', vmxnet3: '0200', cxl: '0502' };
    for (const { name } of standardDevices) {
      const line = await vm.output(['lspci', '-Dn', '-s', await vm.address(name)]);
      assert.equal(line.split(' ')[1], `${classes[name as keyof typeof classes]}:`, name);
    }
  });

  it('run() gives stdout, stderr and the exit code as they are', async () => {
    const result = await vm.run('printf "a\\nb"; printf "c\\0d" >&2; exit 7');
    assert.deepEqual([result.stdout, result.stderr, result.code], ['a\nb', 'c\0d', 7]);
  });

  it('run() carries every byte value in and out', async () => {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => (index * 7) & 0xff);
    const { bytes: out, code } = await vm.run(['cat'], { stdin: bytes });
    assert.equal(code, 0);
    assert.deepEqual(new Uint8Array(out.stdout), bytes);
  });

  it('run() passes an argument list without a shell', async () => {
    assert.equal((await vm.run(['printf', '%s|', '$HOME', 'a b'])).stdout, '$HOME|a b|');
  });

  it('run() gives 127 for a program that is not there and 128 + signal for one that is killed', async () => {
    assert.equal((await vm.run(['no-such-program'])).code, 127);
    assert.equal((await vm.run('kill -TERM $$')).code, 143);
  });

  it('run() ends a command that hangs, with its children, and the VM lives on', async () => {
    const hanging = vm.run('echo begun; sleep 987 & sleep 987', { timeoutSeconds: 2 });
    await assert.rejects(hanging, (error: unknown) => error instanceof CommandTimeoutError && error.result.stdout === 'begun\n');
    assert.equal((await vm.run('cat /proc/[0-9]*/cmdline | tr "\\0" " " | grep -c "^sleep 987\\|sleep 987 $" || true')).stdout.trim(), '0');
  });

  it('run() serves several commands at once', async () => {
    const results = await Promise.all(['1', '2', '3'].map(word => vm.output(['echo', word])));
    assert.deepEqual(results, ['1\n', '2\n', '3\n']);
  });

  it('copyIn() and copyOut() keep bytes and mode', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-copy-'));
    try {
      const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
      writeFileSync(join(folder, 'in'), bytes, { mode: 0o750 });
      await vm.copyIn(join(folder, 'in'), '/root/copied');
      assert.equal((await vm.output('stat -c %a:%s /root/copied')).trim(), '750:256');
      await vm.copyOut('/root/copied', join(folder, 'out'));
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, 'out'))), bytes);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('installPackage() puts the commands of an npm package into the PATH', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'airlock-pack-'));
    try {
      const manifest = { name: 'greeter', version: '1.2.3', bin: { greet: 'greet.js' } };
      writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
      const script = "#!/usr/bin/env node\nconsole.log('hello', process.argv[2], 'from node', process.version);\n";
      writeFileSync(join(folder, 'greet.js'), script);
      execFileSync('npm', ['pack', '--silent'], { cwd: folder, stdio: 'ignore' });
      await installPackage(vm, join(folder, 'greeter-1.2.3.tgz'));
      assert.match(await vm.output(['greet', 'you']), /^hello you from node v20\./);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('the kernel says that ATS may be used where the IOMMU has a device IOTLB', async () => {
    const address = await vm.address('virtio-net');
    await bindToVfio(vm, address);
    const { hwInfo, config } = await runProbe(vm, address);
    assert.deepEqual([hwInfo.dataType, hwInfo.capabilities], [1, '0x0']);
    assert.equal(config.length, 2 * 4096);
    assert.equal(config.slice(2 * 0x100, 2 * 0x104), '0f000100');
  });

  it('monitor() takes a device out of the running VM', async () => {
    const address = await vm.address(spareDevice.name);
    await vm.monitor('device_del', { id: spareDevice.name });
    await waitUntil(vm, `[ ! -e /sys/bus/pci/devices/${address} ]`);
    await assert.rejects(vm.monitor('device_del', { id: 'nothing' }), /DeviceNotFound: Device 'nothing' not found/);
  });
});

describe('hostVm with another IOMMU, shared', { skip }, () => {
  after(() => others?.release());

  it('intel-no-iotlb: HW_INFO type 1, capabilities 0x8', async () => {
    assert.ok(others);
    const { vm, addresses } = await others.get('intel-no-iotlb');
    const { hwInfo } = await runProbe(vm, addresses['virtio-net']);
    assert.deepEqual([hwInfo.dataType, hwInfo.capabilities], [1, '0x8']);
  });

  it('amd: binding to iommufd is refused where interrupts are not isolated; HW_INFO type 4, capabilities 0x8 once the risk is taken', async () => {
    assert.ok(others);
    const { vm, addresses } = await others.get('amd');
    const address = addresses['virtio-net'];
    await vm.copyIn(probeProgram(), '/usr/local/bin/probe');
    // As the kernel boots without an argument.
    await setUnsafeInterrupts(vm, false);
    const { stdout, code } = await vm.run(['probe', address]).finally(() => setUnsafeInterrupts(vm, true));
    assert.deepEqual(JSON.parse(stdout), { error: { call: 'VFIO_DEVICE_BIND_IOMMUFD', errno: 1, name: 'EPERM' } });
    assert.equal(code, 1);
    const { hwInfo } = await runProbe(vm, address);
    assert.deepEqual([hwInfo.dataType, hwInfo.capabilities], [4, '0x8']);
  });
});
