/** The scripts of docs/guide/plan-many-vms.md, called as libvirt and a CI job call them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseReport, type ViewJson } from '../../src/pure/reports/index.ts';
import { airlock, ENVIRONMENT, MAIN, ROOT } from './airlock.ts';

const LONGEST = 120_000;
const capture = (name: string): string => join(ROOT, 'captures', `${name}.json`);
const [ATS, NO_ATS] = [capture('vm-intel-iotlb'), capture('vm-intel-no-iotlb')];
const DB1 = readFileSync(join(ROOT, 'examples/definitions/db1.xml'), 'utf8');

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-guides-'));
  // The command as it is on PATH of somebody who has installed the package.
  writeFileSync(join(folder, 'airlock'), `#!/bin/sh\nexec '${process.execPath}' '${MAIN}' "$@"\n`, { mode: 0o755 });
});
after(() => rmSync(folder, { recursive: true }));

function script(name: string, words: readonly string[], { input = '', ...env }: Readonly<Record<string, string>> = {}) {
  const { status, stdout, stderr } = spawnSync(join(ROOT, 'examples', name), words, {
    input,
    env: { ...ENVIRONMENT, AIRLOCK: join(folder, 'airlock'), ...env },
    encoding: 'utf8',
    timeout: LONGEST,
  });
  return { status, stdout, stderr };
}

describe('examples/libvirt-hook/qemu', () => {
  // What libvirt gives a hook: the name, the operation, the sub-operation, `-` for no extra word, the domain on standard input.
  const hook = (operation: readonly string[], env: Readonly<Record<string, string>>) =>
    script('libvirt-hook/qemu', ['db1', ...operation], env);
  const BEGIN = ['prepare', 'begin', '-'];
  const running = DB1.replace("<domain type='kvm'", "<domain type='kvm' id='1'");

  it('refuses a VM that would fail, in words on standard error', () => {
    const { status, stdout, stderr } = hook(BEGIN, { input: running, AIRLOCK_HOST: NO_ATS });
    assert.deepEqual([status, stdout], [1, ''], stderr);
    assert.match(stderr, /ua-nic0: vfio 0000:01:00\.0: vfio-pci: ATS requested but not supported by kernel/);
  });

  it('lets one that fits start, and says nothing', () => {
    assert.deepEqual(hook(BEGIN, { input: running, AIRLOCK_HOST: ATS }), { status: 0, stdout: '', stderr: '' });
  });

  it('asks nothing for other operations', () => {
    for (const operation of [
      ['start', 'begin', '-'],
      ['started', 'begin', '-'],
      ['stopped', 'end', '-'],
      ['release', 'end', '-'],
      ['migrate', 'begin', '-'],
      ['reconnect', 'begin', '-'],
    ]) {
      const env = { input: running, AIRLOCK: '/nonexistent' };
      assert.deepEqual(hook(operation, env), { status: 0, stdout: '', stderr: '' }, operation.join(' '));
    }
  });

  it('keeps no VM from its start where there is no answer', () => {
    const unread = hook(BEGIN, { input: '<domain', AIRLOCK_HOST: ATS });
    assert.deepEqual([unread.status, unread.stdout], [0, '']);
    assert.match(unread.stderr, /^airlock has no answer \(2\): airlock: Cannot read /);
    const missing = hook(BEGIN, { input: running, AIRLOCK: '/nonexistent' });
    assert.deepEqual([missing.status, missing.stdout], [0, '']);
    assert.match(missing.stderr, /^airlock has no answer \(127\): /);
  });
});

describe('examples/ci/plan-manifests', () => {
  it('annotates what is wrong at its line, and ends as --strict does', () => {
    const definitions = join(ROOT, 'examples/definitions');
    const { status, stdout } = script('ci/plan-manifests', [definitions, NO_ATS, ATS]);
    assert.equal(status, 1);
    const lines = stdout.split('\n').filter(line => line !== '');
    for (const line of lines) assert.match(line, /^::(?:error|warning|notice) [^:]*::\S/);
    const words = 'db1 on vm-intel-no-iotlb.json: ua-nic0: vfio 0000:01:00.0: vfio-pci: ATS requested but not supported by kernel';
    const start = `::error file=${join(definitions, 'db1.xml')},line=22,col=56::${words}`;
    assert.ok(
      lines.some(line => line.startsWith(start)),
      stdout,
    );
    assert.ok(!lines.some(line => line.includes('db1 on vm-intel-iotlb.json')), stdout);
  });

  it('says nothing where all fit', () => {
    const { status, stdout, stderr } = script('ci/plan-manifests', [join(ROOT, 'examples/fleet'), ATS]);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
  });

  it('ends with 2 where a file cannot be read, or too few words are given', () => {
    const broken = join(folder, 'broken');
    cpSync(join(ROOT, 'examples/fleet'), broken, { recursive: true });
    writeFileSync(join(broken, 'a.xml'), '<domain');
    const { status, stderr } = script('ci/plan-manifests', [broken, ATS]);
    assert.equal(status, 2);
    assert.match(stderr, /^airlock: Cannot read .*a\.xml/);
    assert.equal(script('ci/plan-manifests', [broken]).status, 2);
  });
});

describe('docs/guide/plan-many-vms.md', () => {
  it('pins a fleet: nothing is auto then, and the guest sees what it saw', () => {
    const fleet = join(folder, 'fleet');
    cpSync(join(ROOT, 'examples/fleet'), fleet, { recursive: true });
    const views = () => {
      const { vms } = parseReport('plan', airlock(['plan', fleet, '--host', NO_ATS, '--json']).stdout);
      return vms.map(({ name, hosts }) => ({ name, devices: hosts[0]?.devices ?? [] }));
    };
    const before = views();
    assert.equal(airlock(['plan', fleet, '--host', NO_ATS, '--in-place']).status, 0);
    const now = views();
    // Who decided is another, what is shown is the same.
    const capabilitiesOf = (view: ViewJson | null) => view?.capabilities.map(({ name, offset, status }) => [name, offset, status]);
    assert.deepEqual(
      now.map(({ name, devices }) => [name, ...devices.map(({ view }) => capabilitiesOf(view))]),
      before.map(({ name, devices }) => [name, ...devices.map(({ view }) => capabilitiesOf(view))]),
    );
    const values = now.flatMap(({ devices }) => devices.flatMap(({ properties }) => Object.values(properties).map(({ value }) => value)));
    assert.ok(values.length > 0 && !values.includes('auto'), values.join(' '));
    for (const file of readdirSync(fleet)) assert.match(readFileSync(join(fleet, file), 'utf8'), /-M pc-q35-10\.0 [\s\S]*,ats=o/);
  });
});

describe('airlock plan --device', () => {
  const plan = (device: string, ...words: readonly string[]) =>
    airlock(['plan', join(folder, 'card.args'), '--host', join(folder, 'card.json'), '--device', device, ...words]);
  before(() => {
    const host = JSON.parse(readFileSync(NO_ATS, 'utf8'));
    const [first] = host.devices;
    const group = { ...first.iommuGroup, members: ['0000:01:00.0', '0000:01:00.1', '0000:01:00.2'] };
    const card = [
      { ...first, iommuGroup: group, numaNode: 1 },
      { ...first, address: '0000:01:00.1', iommuGroup: group, numaNode: 1 },
      { ...first, address: '0000:01:00.2', iommuGroup: group, driver: 'snd_hda_intel', numaNode: 1 },
    ];
    writeFileSync(join(folder, 'card.json'), JSON.stringify({ ...host, devices: card }));
    const devices = [
      'pxb-pcie,id=pcie.1,bus_nr=8,numa_node=1',
      'pcie-root-port,id=rp1,bus=pcie.1,chassis=1',
      'vfio-pci,host=01:00.0,bus=rp1,id=a',
      'vfio-pci,host=01:00.1,id=b,bus=pcie.0,addr=8',
    ];
    writeFileSync(join(folder, 'card.args'), `qemu-system-x86_64 -M q35 -nodefaults ${devices.map(one => `-device ${one}`).join(' ')}\n`);
  });

  it('tells who shares the group, where the functions of the card stand, and the NUMA nodes', () => {
    const text = plan('a').stdout.replaceAll(/\n +/g, ' ');
    assert.match(text, /a on card\.json: 0000:01:00\.0, 1af4:1041; NUMA node: 1 /);
    assert.match(text, /in the guest: root-port; NUMA node: 1 /);
    assert.match(text, /group \d+: 0000:01:00\.0 \(vfio-pci\), 0000:01:00\.1 \(vfio-pci\), 0000:01:00\.2 \(snd_hda_intel\)/);
    assert.match(
      text,
      /card: 0000:01:00\.0 is a at rp1 00\.0, 0000:01:00\.1 is b at pcie\.0 08\.0, 0000:01:00\.2 \(snd_hda_intel\) is not in this VM/,
    );
    assert.match(text, /BARs: BAR 1 4 KiB, 32-bit; BAR 4 16 KiB, 64-bit, prefetchable/);
  });

  it('has the same in JSON', () => {
    const { vms } = parseReport('plan', plan('b', '--json').stdout);
    const [device] = vms[0]?.hosts[0]?.devices ?? [];
    assert.equal(device?.id, 'b');
    assert.deepEqual(
      device.hostFunction?.card.map(({ driver }) => driver),
      ['vfio-pci', 'vfio-pci', 'snd_hda_intel'],
    );
    assert.deepEqual([device.hostFunction?.numaNode, device.place?.numaNode], [1, null]);
  });
});
