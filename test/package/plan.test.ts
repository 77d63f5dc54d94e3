/** airlock plan: definitions of every format that has an example, on shipped captures, with what may be wrong with them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseReport } from '../../src/pure/reports/index.ts';
import { airlock as run } from './airlock.ts';

const airlock = (...words: readonly string[]) => run(words);

const root = resolve(import.meta.dirname, '../..');
const example = (name: string): string => join(root, 'examples/definitions', name);
const host = (name: string): readonly string[] => ['--host', join(root, 'captures', `${name}.json`)];
const NO_ATS = host('vm-intel-no-iotlb');
const ATS = host('vm-intel-iotlb');

describe('airlock plan', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-plan-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('ends with 0 where all fit, with 1 where one fails, and under --strict for warnings too', () => {
    assert.equal(airlock('plan', example('web1.args'), ...NO_ATS).status, 0);
    assert.equal(airlock('plan', example('web1.args'), ...NO_ATS, '--strict').status, 1);
    assert.equal(airlock('plan', example('web1.args'), ...ATS, '--strict').status, 0);
    const { status, stdout } = airlock('plan', example('db1.xml'), ...NO_ATS);
    assert.equal(status, 1);
    assert.match(stdout, /vfio 0000:01:00\.0: vfio-pci: ATS requested but not supported by\n {4}kernel \(.*db1\.xml:22:56\)/);
  });

  it('ends with 2 where no input holds a VM, also where its format is not the one that is asked for', () => {
    const network = write('pool.xml', "<network><name>pool</name><forward mode='hostdev'><pf dev='eth0'/></forward></network>");
    for (const words of [[], ['--json'], ['--pin'], ['--change', 'ats=off']]) {
      const { status, stderr } = airlock('plan', network, ...ATS, ...words);
      assert.deepEqual([status, stderr], [2, `airlock: no VM was found in ${network}\n`], words.join(' '));
    }
    assert.equal(airlock('plan', network, example('web1.args'), ...ATS).status, 0);
    for (const format of ['kubevirt', 'incus', 'proxmox', 'qemu']) {
      const { status, stderr } = airlock('plan', example('db1.xml'), ...ATS, '--format', format);
      assert.equal(status, 2, format);
      assert.match(stderr, /^airlock: Cannot read /, format);
    }
  });

  it('gives a document that its schema takes', () => {
    const { stdout } = airlock('plan', join(root, 'examples/definitions'), ...NO_ATS, ...ATS, '--json');
    const { vms, unread } = parseReport('plan', stdout);
    assert.equal(unread, 0);
    assert.deepEqual(
      vms.map(({ name, source, hosts }) => [name, source.format, ...hosts.map(({ outcome }) => outcome)]),
      [
        ['db1', 'libvirt', 'fails', 'fits'],
        ['db2', 'libvirt', 'fits', 'fits'],
        ['gpu1', 'qemu', 'fails', 'fails'],
        ['web2', 'kubevirt', 'fits', 'fits'],
        ['web1', 'qemu', 'fits', 'fits'],
      ],
    );
    assert.equal(vms[4]?.hosts[0]?.devices[0]?.view?.outcome, 'realized');
  });

  it('goes on behind a definition that cannot be read, and ends with 2', () => {
    mkdirSync(join(folder, 'mixed'));
    write('mixed/a.xml', '<domain type="kvm"><name>a</name>');
    write('mixed/b.txt', 'nothing of the kind');
    write('mixed/web1.args', readFileSync(example('web1.args'), 'utf8'));
    const { status, stdout, stderr } = airlock('plan', join(folder, 'mixed'), ...ATS);
    assert.equal(status, 2);
    assert.match(stdout, /^web1: qemu/m);
    assert.match(stderr, /^airlock: Cannot read .*a\.xml/m);
    assert.match(stderr, /^airlock: note: left out, no definition of a VM: .*b\.txt/m);
    assert.doesNotMatch(stderr, /\n\s+at /);
  });

  it('takes a command line behind --, whose words are not its own options', () => {
    const words = ['--', 'qemu-system-x86_64', '-nodefaults', '-M', 'q35', '-device', 'vfio-pci,host=01:00.0,addr=1f.2'];
    const { status, stdout } = airlock('plan', ...ATS, ...words);
    assert.equal(status, 1);
    assert.match(stdout, /PCI: slot 31 function 2 not available for vfio-pci, in use by\s+ich9-ahci/);
  });

  it('tells only what a change changes', () => {
    const change = (...words: readonly string[]) => airlock('plan', example('web1.args'), ...ATS, ...words, '--json');
    const same = parseReport('plan-change', change('--change', 'machine=pc-q35-10.1').stdout);
    assert.deepEqual([same.summary.pairs, same.changed], [1, []]);
    const [, other = ''] = NO_ATS;
    const lost = parseReport('plan-change', change('--change', `host=${other}`).stdout);
    assert.deepEqual(
      lost.changed[0]?.changes.map(({ id, code }) => `${id} ${code}`),
      ['nic0 ats-lost', 'nic0 bytes-differ', 'nic0 words'],
    );
    const ends = change('--change', `host=${other}`, '--change', 'ats=on');
    assert.equal(ends.status, 1);
    assert.equal(parseReport('plan-change', ends.stdout).summary.startNoMore, 1);
  });

  it('shows under ATS what the guest sees beside the property', () => {
    const nic = (options: string): string =>
      airlock('plan', ...ATS, '--', 'qemu-system-x86_64', '-nodefaults', '-M', 'q35', '-device', `vfio-pci,id=n,${options}`).stdout;
    assert.match(nic('host=03:00.0,ats=on'), / realized +on → off +legacy /);
    assert.match(nic('host=01:00.0,ats=on'), / realized +on +legacy /);
    assert.match(nic('host=01:00.0'), / realized +auto → on +legacy /);
    const cloud = '{"payload": {"kernel": "/k"}, "devices": [{"path": "/sys/bus/pci/devices/0000:01:00.0/", "id": "n"}]}';
    assert.match(airlock('plan', write('cloud.json', cloud), ...ATS).stdout, / realized +on +legacy /);
  });

  it('tells what another kernel changes: what it has, and what it reports or may report', () => {
    const change = (where: readonly string[], kernel: string) =>
      airlock('plan', example('web1.args'), ...where, '--change', `kernel=${kernel}`);
    assert.match(change(NO_ATS, '6.18.0').stdout, /^web1 on .*: nic0: guest gets ATS$/m);
    const ends = change(NO_ATS, '5.15.0');
    assert.equal(ends.status, 1);
    assert.match(ends.stdout, /: starts no more: \/dev\/iommu does not exist .*Linux 6\.2 or newer/s);
    const capture = readFileSync(ATS[1] ?? '', 'utf8').replaceAll(/"kernel": "7[^"]*"/g, '"kernel": "6.12.0"');
    const old = ['--host', write('old.json', capture)];
    const may = change(old, '7.3.0');
    assert.equal(may.status, 0);
    assert.match(may.stdout, /^1 VM on 1 host: 0 start no more, 0 lose ATS, 1 not known any more, /);
    assert.match(may.stdout, /guest may lose ATS: Linux 7\.1 and\s+newer report/);
    assert.equal(airlock('plan', example('web1.args'), ...old, '--change', 'kernel=7.3.0', '--strict').status, 1);
  });

  it('pins what AUTO and an alias became, in place too, and a second time changes nothing', () => {
    const text = readFileSync(example('web1.args'), 'utf8');
    const wanted = text.replace('-M q35', '-M pc-q35-11.1').replace(/iommufd0\n$/, 'iommufd0,ats=off\n');
    assert.equal(airlock('plan', example('web1.args'), ...NO_ATS, '--pin').stdout, wanted);
    const path = write('web1.args', text);
    assert.equal(airlock('plan', path, ...NO_ATS, '--in-place').status, 0);
    assert.equal(readFileSync(path, 'utf8'), wanted);
    assert.equal(airlock('plan', path, ...NO_ATS, '--pin').stdout, wanted);
  });

  it('fails on a device that a whole capture lacks, and does not know of it from any other', () => {
    const capture = JSON.parse(readFileSync(ATS[1] ?? '', 'utf8')) as Record<string, unknown>;
    const words = ['--', 'qemu-system-x86_64', '-nodefaults', '-M', 'q35', '-device', 'vfio-pci,host=05:00.0,id=nic'];
    const told = [true, false, undefined].map(whole => {
      const { status, stdout } = airlock('plan', '--host', write('host.json', JSON.stringify({ ...capture, whole })), '--json', ...words);
      const [on] = parseReport('plan', stdout).vms[0]?.hosts ?? [];
      return [status, on?.whole, on?.outcome, on?.devices[0]?.error?.code];
    });
    assert.deepEqual(told, [
      [1, true, 'fails', 'host.device-absent'],
      [0, false, 'unknown', 'host.device-not-captured'],
      [0, null, 'unknown', 'host.device-not-captured'],
    ]);
  });

  it('tells with --author whether a device is the same card, and where that card is now', () => {
    const capture = JSON.parse(readFileSync(ATS[1] ?? '', 'utf8')) as { devices: { address: string }[] };
    const [first, second] = capture.devices.map(({ address }) => address);
    const swapped = capture.devices.map(one => {
      const address = one.address === first ? second : one.address === second ? first : one.address;
      return { ...one, address };
    });
    const other = write('swapped.json', JSON.stringify({ ...capture, devices: swapped, whole: true }));
    const same = airlock('plan', example('web1.args'), ...ATS, '--author', ATS[1] ?? '', '--strict');
    assert.equal(same.status, 0);
    assert.match(same.stdout, /^ {2}nic0: the same card as the author's: /m);
    for (const [file, mend] of [
      ['web1.args', `host=${second}`],
      ['db1.xml', `<address domain='0x0000' bus='0x03' slot='0x00' function='0x0'/>`],
    ] as const) {
      const [on] =
        parseReport('plan', airlock('plan', example(file), '--host', other, '--author', ATS[1] ?? '', '--json').stdout).vms[0]?.hosts ?? [];
      const [device] = on?.devices ?? [];
      assert.deepEqual([device?.card?.answer, device?.card?.foundAt], ['other', { address: second, by: 'ids' }]);
      const told = device?.warnings.find(({ code }) => code === 'device.other-card');
      assert.ok(told?.message.startsWith(`${first} of swapped.json is not the card that vm-intel-iotlb.json has there: `), told?.message);
      assert.equal(told?.mend, `${mend}, where swapped.json has that card, by its ids, which no other device there has`);
    }
    assert.equal(airlock('plan', example('web1.args'), '--host', other, '--author', ATS[1] ?? '', '--strict').status, 1);
  });

  it('prints nothing of a definition that a terminal would obey', () => {
    const path = write(
      'evil.args',
      'qemu-system-x86_64 -name "e\u001b[2Jvil" -nodefaults -M q35 -device "vfio-pci,host=01:00.0,id=a\u0007"\n',
    );
    const { stdout, stderr } = airlock('plan', path, ...ATS);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f]/);
  });

  const WRONG: readonly (readonly [words: readonly string[], says: string])[] = [
    [[], 'airlock plan needs a definition: a file, a folder, --pid PID, or -- and a command line of QEMU'],
    [['missing.xml'], 'Cannot read missing.xml: no such file or directory'],
    [[example('web1.args'), '--only', 'web9'], '--only web9: no VM is called so: there are web1'],
    [[example('web1.args'), '--device', 'nic9'], '--device nic9: web1 has no such device: it has nic0'],
    [
      [example('web1.args'), '--change', 'moon=1'],
      '--change does not take "moon=1": wanted NAME=VALUE with a name of kernel, vmm, machine, ats, backend, host',
    ],
    [[example('web1.args'), '--change', 'ats=maybe'], '--change ats does not take "maybe": wanted on, off, auto'],
    [[example('web1.args'), '--pid', 'x'], '--pid does not take "x": wanted the number of a process'],
    [[example('db1.xml'), '--pin'], 'Cannot pin db1: it does not start on vm-intel-no-iotlb.json; airlock plan says why'],
  ];
  for (const [words, says] of WRONG) {
    it(`ends with 2 and one line: ${words.slice(-2).join(' ').replace(root, '')}`, () => {
      const { status, stdout, stderr } = airlock('plan', ...words, ...NO_ATS);
      assert.deepEqual({ status, stdout, stderr: stderr.split('\n').length }, { status: 2, stdout: '', stderr: 2 }, stderr);
      assert.ok(stderr.startsWith(`airlock: ${says}`), stderr);
    });
  }
});
