/** devices, doctor, bind and unbind on a made host: exit codes, JSON, words, and that nothing calls into the kernel. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deviceFolder, functionTree, newRoot, READY_HOST, type Tree, writeTree } from '../fixtures/host-tree.ts';
import { airlock, ROOT } from './airlock.ts';

const A = '0000:01:00.0';
const B = '0000:01:00.1';
const READY = { address: A, driver: 'vfio-pci', group: 1, extended: [0x0f], files: { 'vfio-dev/vfio3/dev': '511:3\n' } };

let root = '';
beforeEach(() => {
  root = newRoot();
});
afterEach(() => rmSync(root, { recursive: true }));

const host = (...trees: readonly Tree[]): void => writeTree(root, READY_HOST, ...trees);
const run = (...args: string[]) => airlock([...args, '--root', root]);
const isWide = (line: string): boolean => line.length > 80;

describe('airlock devices', () => {
  it('lists every device, within 80 columns', () => {
    host(functionTree(READY), functionTree({ address: B, driver: 'igb', group: 1 }));
    const { status, stdout, stderr } = run('devices');
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^0000:01:00\.0 Ethernet controller \[0200\]: Device \[8086:10c9\] \(rev 01\)\n/);
    assert.match(stdout, /group 1 not viable: 0000:01:00\.1 is\n {4}bound to igb/);
    assert.match(stdout, /kernel on ATS: unknown \(in use by igb\)/);
    assert.deepEqual(stdout.split('\n').filter(isWide), []);
  });

  it('--json has the schema’s version and one object a device', () => {
    host(functionTree(READY), functionTree({ address: B }));
    const { schemaVersion, devices } = JSON.parse(run('devices', '--json').stdout);
    assert.equal(schemaVersion, 1);
    assert.deepEqual(
      devices.map(({ bdf }: { bdf: string }) => bdf),
      [A, B],
    );
    assert.deepEqual(devices[0].kernelAts.code, 'other-tree');
    assert.deepEqual(devices[0].capabilities, { ats: 'yes', pasid: 'no', pri: 'no', unknownBecause: null });
    assert.equal(devices[1].iommuGroup, null);
  });

  it('-s and -d choose, with parts of ids left out', () => {
    host(functionTree(READY), functionTree({ address: B, files: { vendor: '0x10de\n', device: '0x1234\n', class: '0x030200\n' } }));
    const chosen = (...args: string[]) =>
      JSON.parse(run('devices', '--json', ...args).stdout).devices.map(({ bdf }: { bdf: string }) => bdf);
    assert.deepEqual(chosen('-s', '01:00.1'), [B]);
    const ids: readonly (readonly [string, readonly string[]])[] = [
      ['10de:', [B]],
      [':10c9', [A]],
      ['*:1234', [B]],
      ['8086:10C9', [A]],
      ['::0302', [B]],
      [':', [A, B]],
    ];
    for (const [text, found] of ids) assert.deepEqual(chosen('-d', text), found, text);
    assert.deepEqual(chosen('-s', '01:00.1', '-d', '8086:'), []);
    for (const slot of ['1:0.1', '0.1', '.1', 'pci_0000_01_00_1', '0:1:0.1', '*:*.1']) assert.deepEqual(chosen('-s', slot), [B], slot);
    assert.deepEqual(chosen('-s', '.0', '-s', '.1'), [A, B]);
    assert.deepEqual(chosen('-d', '::0200', '-d', '::03xx'), [A, B]);
  });

  it('says what it cannot list', () => {
    host(functionTree(READY));
    const none = run('devices', '-d', '1af4:');
    assert.deepEqual([none.status, none.stdout, none.stderr], [0, '', 'airlock: no device of this host is one that was asked for\n']);
    const wrong: readonly (readonly [args: readonly string[], words: RegExp])[] = [
      [['devices', '-s', '02:00.0'], /Cannot find -s 02:00\.0: this host has no such device/],
      [['devices', '-s', 'x'], /--slot: device "x" is none/],
      [['devices', '-d', '12345:'], /--device: vendor "12345" is none: wanted 0 to ffff/],
      [['devices', '-d', '8086'], /--device: "8086" names no ids: wanted VENDOR:DEVICE/],
      [['devices', 'x'], /takes no operand, not "x"/],
    ];
    for (const [args, words] of wrong) {
      const { status, stdout, stderr } = run(...args);
      assert.deepEqual([status, stdout], [2, ''], args.join(' '));
      assert.match(stderr, words);
    }
  });

  it('ends with 2 for a tree without sys, and for a host without PCI', () => {
    assert.match(run('devices').stderr, /it has no folder sys; wanted a file system tree/);
    writeTree(root, { 'sys/class/net/lo/mtu': '1' });
    const { status, stderr } = run('devices');
    assert.equal(status, 2);
    assert.match(stderr, /there is no .*\/sys\/bus\/pci\/devices; wanted a host with PCI/);
  });
});

describe('airlock doctor', () => {
  it('ends with 0 for a host that lacks nothing, within 80 columns', () => {
    host(functionTree(READY));
    const { status, stdout, stderr } = run('doctor', A);
    assert.deepEqual([status, stderr], [0, '']);
    assert.match(stdout, /^PASS {4}iommu\.on {14}one IOMMU: dmar0 \(intel-vtd\)$/m);
    assert.match(stdout, /, 0 failed, /);
    assert.deepEqual(stdout.split('\n').filter(isWide), []);
  });

  it('ends with 1 for a failure, and says what mends it', () => {
    host(functionTree({ ...READY, driver: 'igb' }));
    const { status, stdout } = run('doctor', A);
    assert.equal(status, 1);
    assert.match(stdout, /^FAIL {4}device\.driver .*\n.*\n {30}mend: sudo airlock bind 0000:01:00\.0$/m);
    assert.equal(run('doctor').status, 0);
  });

  it('--require makes what is not shown to be so a failure', () => {
    host({ 'proc/sys/kernel/osrelease': '6.12.1\n' });
    assert.equal(run('doctor').status, 0);
    assert.equal(run('doctor', '--require', 'iommufd').status, 0);
    assert.equal(run('doctor', '--require', 'iommufd,ats').status, 1);
    assert.equal(run('doctor', '--require', 'iommufd', '--require', 'ats').status, 1);
  });

  it('--json has the checks and how it ended', () => {
    host(functionTree({ ...READY, driver: 'igb' }));
    const report = JSON.parse(run('doctor', A, '--json', '--require', 'ats').stdout);
    assert.deepEqual(
      [report.schemaVersion, report.kernel, report.device, report.required, report.outcome],
      [1, '7.3.4', A, ['ats'], 'failed'],
    );
    const check = report.checks.find(({ code }: { code: string }) => code === 'device.driver');
    assert.deepEqual(check, {
      code: 'device.driver',
      status: 'fail',
      text: '0000:01:00.0 is in use by igb; wanted a VFIO driver',
      fix: 'sudo airlock bind 0000:01:00.0',
      isCommand: true,
    });
  });

  it('takes the one device that fits where parts of its address are left out', () => {
    host(functionTree(READY), functionTree({ address: B, group: 2 }));
    assert.equal(JSON.parse(run('doctor', '0.1', '--json').stdout).device, B);
    assert.equal(JSON.parse(run('doctor', '01:.0', '--json').stdout).device, A);
    const several = run('doctor', '01:');
    assert.deepEqual([several.status, several.stderr], [2, `airlock: 01: names 2 devices, wanted one: ${A}, ${B}\n`]);
    assert.match(run('doctor', '1f.0').stderr, /Cannot find 1f\.0: this host has no such device/);
  });

  it('ends with 2 for usage and for a device that is not there', () => {
    host();
    const wrong: readonly (readonly [args: readonly string[], words: RegExp])[] = [
      [['--require', 'x'], /--require does not take "x": wanted iommufd, ats, pasid/],
      [['--require', 'pasid'], /--require pasid needs a device/],
      [['zz'], /not a PCI address: "zz"/],
      [[A], /there is no .*\/sys\/bus\/pci\/devices/],
      [[A, B], /takes one device, not also "0000:01:00\.1"/],
    ];
    for (const [args, words] of wrong) {
      const { status, stderr } = run('doctor', ...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, words);
    }
  });

  it('loads no package that calls into the kernel, nor does devices', () => {
    host(functionTree(READY));
    const hook = `data:text/javascript,import{Module}from'node:module';const load=Module._load;
      Module._load=function(name,...rest){if(/koffi/.test(name))throw new Error('koffi was loaded');return load.call(this,name,...rest)}`;
    for (const args of [['devices'], ['doctor'], ['doctor', A]]) {
      const words = ['--import', hook, join(ROOT, 'dist/cli/main.js'), ...args, '--root', root];
      const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
      assert.deepEqual([status, stderr], [0, ''], args.join(' '));
    }
  });
});

describe('airlock bind and unbind', () => {
  const override = (address: string): string => readFileSync(join(root, deviceFolder(address), 'driver_override'), 'utf8').trim();

  it('bind leaves everything as it was where the kernel does not follow', () => {
    host(functionTree({ address: A, driver: 'igb', group: 1, files: { driver_override: 'igb\n' } }));
    const { status, stdout, stderr } = run('bind', A);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, /^airlock: note: no \/lib\/modules\/7\.3\.4\/modules\.alias: no variant driver was looked for$/m);
    assert.match(stderr, /^airlock: note: driver_override of 0000:01:00\.0 was igb; unbind will not set it again$/m);
    assert.match(stderr, /^airlock: Cannot bind 0000:01:00\.0 to vfio-pci: the kernel left it with igb; everything is as it was$/m);
    assert.equal(override(A), 'igb');
  });

  it('bind refuses what the host needs, with a code, before it touches anything', () => {
    const net: Tree = {
      [`${deviceFolder(A)}/net/eth0/operstate`]: 'up\n',
      [`${deviceFolder(A)}/net/eth0/device`]: { link: '../..' },
      'sys/class/net/eth0': { link: `../../../${deviceFolder(A)}/net/eth0` },
    };
    host(functionTree({ address: A, driver: 'igb', group: 1, files: { boot_vga: '1\n' } }), net, {
      'sys/class/tty/console/active': 'tty0\n',
    });
    const { status, stderr } = run('bind', A);
    assert.equal(status, 1);
    assert.match(stderr, /^airlock: refused: .* carries the console \(tty0\).* \(carries\.console\)$/m);
    assert.match(stderr, /^airlock: refused: .* carries the only network that is up \(eth0\).* \(carries\.only-network\)$/m);
    assert.equal(override(A), '(null)');
    assert.equal(readFileSync(join(root, 'sys/bus/pci/drivers/igb/unbind'), 'utf8'), '');
  });

  it('bind --group needs --yes for more than one device', () => {
    host(functionTree({ address: A, driver: 'igb', group: 1 }), functionTree({ address: B, driver: 'nvme', group: 1 }));
    const { status, stderr } = run('bind', A, '--group');
    assert.equal(status, 2);
    assert.match(
      stderr,
      /Group 1: this takes 2 devices from the host: 0000:01:00\.0 \(igb\), 0000:01:00\.1 \(nvme\); --yes agrees to that/,
    );
    const agreed = run('bind', A, '--group', '--yes');
    assert.equal(agreed.status, 1);
    assert.match(agreed.stderr, /everything is as it was$/m);
    // An empty line is how it is cleared; a kernel shows it as (null) again.
    assert.deepEqual([override(A), override(B)], ['', '(null)']);
  });

  it('bind leaves alone what has a VFIO driver, and says who still blocks its group', () => {
    host(functionTree(READY), functionTree({ address: B, driver: 'nvme', group: 1 }));
    const { status, stdout, stderr } = run('bind', A);
    assert.deepEqual([status, stdout], [0, '0000:01:00.0: has vfio-pci already\n']);
    assert.equal(stderr, 'airlock: warning: group 1 is not viable yet: 0000:01:00.1 is bound to nvme\n');
  });

  it('bind refuses a driver that is none of VFIO’s, and one that is not loaded in another tree', () => {
    host(functionTree({ address: A, driver: 'igb', group: 1 }));
    assert.match(run('bind', A, '--driver', 'e1000').stderr, /Cannot bind to e1000: it is no VFIO driver; wanted vfio-pci or a variant/);
    const { status, stderr } = run('bind', A, '--driver', 'mlx5_vfio_pci');
    assert.equal(status, 1);
    assert.match(stderr, /Cannot load mlx5_vfio_pci: .* is another tree; wanted it loaded already/);
  });

  it('unbind leaves everything as it was where the kernel does not follow', () => {
    host(functionTree({ ...READY, files: { ...READY.files, driver_override: 'vfio-pci\n' } }));
    const { status, stderr } = run('unbind', A);
    assert.equal(status, 1);
    assert.match(
      stderr,
      /^airlock: Cannot return 0000:01:00\.0 to the host: the kernel gave it to vfio-pci, .*; everything is as it was$/m,
    );
    assert.equal(override(A), 'vfio-pci');
  });

  it('unbind refuses a device that a process holds, and leaves alone what the host has', () => {
    host(functionTree(READY), functionTree({ address: B, driver: 'igb' }), {
      'proc/77/fd/9': { link: '/dev/vfio/devices/vfio3' },
      'proc/77/comm': 'qemu-system-x86\n',
    });
    const held = run('unbind', A);
    assert.equal(held.status, 1);
    assert.match(
      held.stderr,
      /refused: 0000:01:00\.0 or its group is held by process 77 \(qemu-system-x86\); wanted it ended \(kind\.held\)/,
    );
    const { status, stdout } = run('unbind', B);
    assert.deepEqual([status, stdout], [0, '0000:01:00.1: has igb already\n']);
  });

  it('both end with 2 for usage and for a device that is not there', () => {
    host(functionTree(READY));
    for (const name of ['bind', 'unbind']) {
      for (const args of [[], ['x'], [A, B], ['02:00.0'], [A, '--strange']]) {
        const { status, stdout, stderr } = run(name, ...args);
        assert.deepEqual([status, stdout], [2, ''], `${name} ${args.join(' ')}`);
        assert.match(stderr, /^airlock: [^\n]+\n$/);
      }
    }
  });
});
