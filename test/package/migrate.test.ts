/** airlock migrate: shipped captures as hosts, what it prints, its exit codes, and error texts of QEMU, libvirt and KubeVirt made plain. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseReport } from '../../src/pure/reports/index.ts';
import { ROOT, airlock as run } from './airlock.ts';

const airlock = (...words: readonly string[]) => run(['migrate', ...words]);
const example = (name: string): string => join(ROOT, 'examples/definitions', name);
const capture = (name: string): string => join(ROOT, 'captures', `${name}.json`);
const [ATS, NO_ATS] = [capture('vm-intel-iotlb'), capture('vm-intel-no-iotlb')];
const between = (from: string, to: string): readonly string[] => ['--from', from, '--to', to];

const BAD_BYTE = 'get_pci_config_device: Bad config data: i=0x104 read: 1 device: 11 cmask: ff wmask: 0 w1cmask:0';
const REFUSED =
  "load of migration failed: Invalid argument: error while loading state for instance 0x0 of device '0000:00:01.0:00.0/vfio': Failed to load element of type pci config for config";
const BLOCKER = '0000:3b:00.0: VFIO migration is not supported in kernel';

/** A text as it is found, and the codes that it means. */
const TEXTS: readonly (readonly [text: string, ...codes: string[]])[] = [
  [BAD_BYTE, 'config.refused'],
  [BAD_BYTE.replace('get_pci', 'load_pci'), 'config.refused'],
  [`${BAD_BYTE}\n${REFUSED}`, 'config.refused', 'device.refused'],
  [`qemu-system-x86_64: ${BAD_BYTE}\nqemu-system-x86_64: ${REFUSED}`, 'config.refused', 'device.refused'],
  [`2026-11-29T01:02:03.000004Z qemu-kvm: ${BAD_BYTE}`, 'config.refused'],
  ["Machine type received is 'pc-q35-11.1' and local is 'pc-q35-11.0'", 'machine.differs'],
  ["Machine type received is 'pc-q35-rhel9.6.0' and local is 'pc-q35-10.0+pve1'", 'machine.differs'],
  ['Unknown ramblock "0000:00:01.0:00.0/e1000e.rom", cannot accept migration', 'ramblock.unknown'],
  ["Unknown section or instance '0000:00:01.0:00.0/virtio-rng' 0. Make sure that your", 'section.unknown'],
  ["Unknown section or instance 'iommu-intel' 0. Make sure that your", 'section.unknown'],
  ['Size mismatch: 0000:00:01.0/x.rom: 0x40000 != 0x20000', 'size.differs'],
  ['ERROR: Cannot migrate while device properties (subsys/subsys_ven) differ', 'subsystem.differs'],
  [`ERROR: Cannot migrate while device properties (subsys/subsys_ven) differqemu-kvm: ${REFUSED}`, 'subsystem.differs', 'device.refused'],
  ['0000:3b:00.0: Migration is disabled for VFIO device', 'migration.disabled'],
  [BLOCKER, 'migration.kernel-unsupported'],
  ['0000:3b:00.0: VFIO migration init failed: migration is not supported in kernel', 'migration.kernel-unsupported'],
  ["0000:3b:00.0: VFIO device doesn't support device and IOMMU dirty tracking", 'migration.dirty-tracking'],
  [
    '0000:3b:00.0: Migration is currently not supported with large memory VM due to dirty tracking limitation in backend',
    'migration.large-memory',
  ],
  ['Multiple VFIO devices migration is supported only if all of them support P2P migration', 'migration.p2p'],
  ['0000:3b:00.0: Migration is currently not supported with vIOMMU enabled', 'migration.viommu'],
  ['10000:e1:00.0: Migration is currently not supported with vIOMMU enabled', 'migration.viommu'],
  ['0000:3b:00.0: VFIO migration is not supported with postcopy migration', 'migration.postcopy'],
  ['0000:3b:00.0: VFIO migration is not supported with background snapshot', 'migration.postcopy'],
  ['Migration not supported with SMMUv3 accelerator mode enabled', 'migration.smmuv3-accel'],
  ["State blocked by non-migratable device 'amd-iommu'", 'migration.unmigratable'],
  ["error: Requested operation is not valid: cannot migrate a domain with <hostdev mode='subsystem' type='pci'>", 'libvirt.hostdev'],
  ["error: Requested operation is not valid: cannot migrate a domain with <interface type='hostdev'>", 'libvirt.hostdev'],
  [`error: Requested operation is not valid: cannot migrate domain: ${BLOCKER}`, 'migration.kernel-unsupported'],
  ['error: unsupported configuration: Target domain IOMMU device aw_bits value 48 does not match source 39', 'libvirt.differs'],
  ['error: unsupported configuration: Target domain IOMMU device caching mode on does not match source off', 'libvirt.differs'],
  [`error: operation failed: job 'migration in' failed: ${REFUSED}`, 'device.refused'],
  [
    `virt-launcher: {"level":"error","msg":"Live migration failed. error: internal error: QEMU unexpectedly closed the monitor: ${BAD_BYTE}\\n${REFUSED}"}`,
    'config.refused',
    'device.refused',
  ],
  [
    `VirtualMachineInstance cannot be migrated: virError(Code=55, Message='cannot migrate domain: ${BLOCKER}')`,
    'migration.kernel-unsupported',
  ],
];

describe('airlock migrate', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-migrate-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, text: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('tells blockers, then each device with what loads without a word, in 80 columns', () => {
    const { status, stdout, stderr } = airlock(example('web1.args'), ...between(ATS, NO_ATS));
    assert.deepEqual([status, stderr], [1, '']);
    assert.match(
      stdout,
      /^web1: vm-intel-iotlb\.json → vm-intel-no-iotlb\.json: fails\n {2}blocked: 0000:01:00\.0: VFIO migration init failed/,
    );
    assert.match(stdout, /^ {2}nic0: 0000:01:00\.0 → 0000:01:00\.0, guest path 0000:00:01\.0:00\.0: loads$/m);
    assert.match(stdout, /^ {4}loads without a word: 100: ATS \[100\] on the source, no capability on the$/m);
    assert.match(stdout, /^ {2}warning: nic0: ats=auto came to on on the source and to off on the$/m);
    assert.deepEqual(
      stdout.split('\n').filter(line => line.length > 80),
      [],
    );
  });

  it('names the byte that QEMU refuses, with its lines, by field on both sides', () => {
    const other = readFileSync(NO_ATS, 'utf8');
    const changed = write('other.json', other.replaceAll(/"f41a4110([0-9a-f]{8})01/g, '"f41a4110$102'));
    assert.notEqual(readFileSync(changed, 'utf8'), other);
    const { vms } = parseReport('migrate', airlock(example('web1.args'), ...between(NO_ATS, changed), '--json').stdout);
    const [device] = vms[0]?.devices ?? [];
    assert.equal(device?.outcome, 'refused', device?.unknown ?? '');
    assert.deepEqual(
      [
        device?.refused?.at,
        device?.refused?.read,
        device?.refused?.device,
        device?.refused?.source.fields,
        device?.refused?.destination.fields,
      ],
      ['0x008', '0x01', '0x02', ['common.revisionId = 1'], ['common.revisionId = 2']],
    );
    assert.match(device?.refused?.lines[0] ?? '', /Bad config data: i=0x8 read: 1 device: 2 cmask: ff wmask: 0 w1cmask:0$/);
    const { stdout } = airlock(example('web1.args'), ...between(NO_ATS, changed));
    assert.match(stdout, /^ {4}source {7}header: common\.revisionId = 1\n {4}destination {2}header: common\.revisionId = 2$/m);
  });

  it('gives a document that its schema takes, for a folder and standard input', () => {
    const all = airlock(join(ROOT, 'examples/definitions'), ...between(ATS, NO_ATS), '--json');
    const { vms, unread } = parseReport('migrate', all.stdout);
    assert.deepEqual([all.status, unread, vms.map(({ name }) => name).sort()], [1, 0, ['db1', 'db2', 'gpu1', 'web1', 'web2']]);
    const piped = run(['migrate', '-', ...between(ATS, ATS), '--json'], readFileSync(example('web1.args')));
    assert.deepEqual(
      parseReport('migrate', piped.stdout).vms.map(({ name, devices }) => [name, devices[0]?.outcome]),
      [['web1', 'loads']],
    );
  });

  it('ends with 0 where nothing is known to stop it, and under --strict with 1', () => {
    const candidates = [example('web.yaml'), ...between(ATS, ATS)];
    assert.equal(airlock(...candidates).status, 0);
    assert.equal(airlock(...candidates, '--strict').status, 1);
    const none = write('none.args', 'qemu-system-x86_64 -name none -M pc-q35-11.1 -nodefaults\n');
    const { status, stdout } = airlock(none, ...between(ATS, ATS), '--strict');
    assert.equal(status, 0);
    assert.match(stdout, /: migrates\n {2}no device of the host\n$/);
  });

  it('compares the machine types that each side resolves', () => {
    const machines = ['--machine', 'pc-q35-11.1', '--to-machine', 'pc-q35-11.0'];
    const { vms } = parseReport('migrate', airlock(example('web1.args'), ...between(ATS, ATS), ...machines, '--json').stdout);
    assert.deepEqual(
      vms[0]?.errors.map(({ code }) => code),
      ['machine.differs'],
    );
  });

  it('does not guess about a device that the destination has not', () => {
    const absent = write('absent.args', readFileSync(example('web1.args'), 'utf8').replace('01:00.0', '7f:00.0'));
    const { vms } = parseReport('migrate', airlock(absent, ...between(ATS, ATS), '--json').stdout);
    assert.equal(vms[0]?.outcome, 'unknown');
    assert.equal(vms[0]?.devices[0]?.outcome, 'unknown');
    assert.match(vms[0]?.devices[0]?.unknown ?? '', /^on the source: /);
  });

  it('goes on behind a definition that cannot be read, and ends with 2', () => {
    const mixed = join(folder, 'mixed');
    mkdirSync(mixed);
    write('mixed/a.xml', '<domain type="kvm"><name>a</name>');
    write('mixed/b.args', readFileSync(example('web1.args')));
    const { status, stdout, stderr } = airlock(mixed, ...between(ATS, ATS));
    assert.equal(status, 2);
    assert.match(stdout, /^web1: /);
    assert.match(stderr, /^airlock: Cannot read [^\n]*a\.xml[^\n]*\n$/);
  });

  it('prints nothing that a terminal would obey, and no line wider than the terminal for a long name', () => {
    const name = `${'n'.repeat(300)}\u001b[2J`;
    const hostile = write('hostile.args', `qemu-system-x86_64 -name '${name}' -M q35 -nodefaults -device 'vfio-pci,host=01:00.0'\n`);
    const { stdout, stderr } = airlock(hostile, ...between(ATS, ATS));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stdout + stderr, /[\u0000-\u0008\u000b-\u001f\u007f]/);
    const decoded = airlock('--decode', `State blocked by non-migratable device 'a\u001b[2J\u009b${'z'.repeat(90)}'`);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(decoded.stdout + decoded.stderr, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/);
  });

  it('makes error texts plain, from the command line, a file and standard input', () => {
    const text = TEXTS.map(([own]) => own).join('\n\n');
    const codes = TEXTS.flatMap(([, ...own]) => own);
    const errors = ({ stdout }: { readonly stdout: string }) => parseReport('migrate-decode', stdout).errors.map(({ code }) => code);
    assert.deepEqual(errors(airlock('--decode', `@${write('error.txt', text)}`, '--json')), codes);
    assert.deepEqual(errors(run(['migrate', '--decode', '-', '--json'], text)), codes);
    const { status, stdout } = airlock('--decode', `${BAD_BYTE}\n${REFUSED}`);
    assert.equal(status, 0);
    assert.match(stdout, /At config offset 0x104 the source's guest read 0x01, and the destination's\s+device has 0x11/);
    assert.match(stdout, /It is of the device at guest path 0000:00:01\.0:00\.0\/vfio\./);
    assert.deepEqual(
      stdout.split('\n').filter(line => line.length > 80),
      [],
    );
  });

  it('tells the cause beside the words where both hosts are given', () => {
    const { stdout } = airlock('--decode', BLOCKER, example('web1.args'), ...between(ATS, NO_ATS), '--json');
    const { errors, vms } = parseReport('migrate-decode', stdout);
    assert.deepEqual([errors[0]?.code, vms[0]?.blockers[0]?.code], ['migration.kernel-unsupported', 'migration.kernel-unsupported']);
  });

  it('says so where nothing in a text is known', () => {
    for (const text of ['x', '\u0000\u001b'.slice(1), 'Bad config data: i=', '9'.repeat(400)]) {
      const { status, stdout } = airlock('--decode', text);
      assert.deepEqual(
        [status, stdout],
        [1, 'no line of the text is known as an error of a migration or of the start of a VM with a device of the host\n'],
        text,
      );
    }
  });

  const web1 = example('web1.args');
  const WRONG: readonly (readonly [words: readonly string[], says: RegExp])[] = [
    [[web1], /airlock migrate needs both hosts: --from CAPTURE --to CAPTURE/],
    [[web1, '--from', ATS], /airlock migrate needs both hosts/],
    [[web1, '--to', ATS], /airlock migrate needs both hosts/],
    [between(ATS, ATS), /airlock migrate needs a definition: a file, a folder, or - for standard input/],
    [['missing.xml', ...between(ATS, ATS)], /Cannot read missing\.xml: no such file or directory/],
    [[web1, ...between('missing.json', ATS)], /Cannot read missing\.json: no such file or directory/],
    [[web1, ...between(ATS, 'package.json')], /Cannot read package\.json: not a capture/],
    [[web1, ...between(ATS, ATS), '--only', 'nobody'], /--only nobody: no VM is called so: there are web1$/m],
    [[web1, ...between(ATS, ATS), '--to-profile', 'x'], /--to-profile/],
    [[web1, '--decode', 'x'], /with --decode a definition needs both hosts/],
    [['--decode', '@missing.txt'], /Cannot read missing\.txt: no such file or directory/],
  ];
  for (const [words, says] of WRONG) {
    it(`ends with 2 and one line: ${words.join(' ').replaceAll(ROOT, '')}`, () => {
      const { status, stdout, stderr } = airlock(...words);
      assert.deepEqual({ status, stdout, lines: stderr.split('\n').length }, { status: 2, stdout: '', lines: 2 }, stderr);
      assert.match(stderr, says);
    });
  }
});
