/** Every JSON output of the built command, real as it prints it, against the schema that the package publishes for it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PROFILES } from '../../src/pure/guest-view/index.ts';
import { deviceFolder, functionTree, newRoot, READY_HOST, type Tree, writeTree } from '../fixtures/host-tree.ts';
import { assertLinesPublished, assertPublished } from '../fixtures/published-schemas.ts';
import { airlock, ROOT } from './airlock.ts';

const CAPTURES = readdirSync(join(ROOT, 'captures')).map(name => join('captures', name));
const GPU = ['captures/synthetic-vtd-no-ats.json', '-s', '01:00.0'] as const;

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-reports-'));
});
after(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Runs `airlock ARGS --json`, whatever the exit code, and holds its output against the schema. */
function check(name: Parameters<typeof assertPublished>[0], ...args: readonly string[]): void {
  const { stdout, stderr } = airlock([...args, '--json']);
  assert.notEqual(stdout, '', stderr);
  assertPublished(name, stdout, args.join(' '));
}

/** The device as `lspci -xxxx` prints it. */
const dumpOf = (...device: readonly string[]): string => airlock(['decode', ...device, '-x']).stdout;
const rowsOf = (dump: string): string[] => dump.split('\n').filter(line => /^[0-9a-f]{2,3}: /.test(line));
const headOf = (dump: string): string => dump.split('\n')[0] ?? '';
const firstBytes = (dump: string, bytes: number): string => [headOf(dump), ...rowsOf(dump).slice(0, bytes / 16), ''].join('\n');

/** What is known of a device by halves, or is doubtful. */
function doubtful(): string[] {
  const dump = dumpOf(...GPU);
  const rows = rowsOf(dump);
  const gap = [headOf(dump), ...rows.filter((_, i) => i % 7 !== 4), ''].join('\n');
  const contradictory = [headOf(dump), ...rows, `100: ${'ff '.repeat(16).trim()}`, ''].join('\n');
  const unread = [headOf(dump), ...rows, `0000${rows[2]?.replace(': ', ' ')}`, ''].join('\n');
  return [
    file('whole.txt', dump),
    file('first-64.txt', firstBytes(dump, 64)),
    file('first-256.txt', firstBytes(dump, 256)),
    file('gap.txt', gap),
    file('contradictory.txt', contradictory),
    file('unread.txt', unread),
    file('raw-64.bin', new Uint8Array(64).fill(0x10)),
    file(
      'noise.bin',
      Uint8Array.from({ length: 4096 }, (_, i) => (i * 73) % 251),
    ),
    file('no-answer.bin', new Uint8Array(4096).fill(0xff)),
    file('zeros.bin', new Uint8Array(256)),
  ];
}

describe('the published schemas of view and decode', () => {
  for (const capture of CAPTURES) {
    it(`hold for ${capture}`, () => {
      check('view', 'view', capture);
      check('decode', 'decode', capture);
      assertLinesPublished('view-line', airlock(['view', capture, '--jsonl', '--no-bytes']).stdout);
    });
  }

  for (const { name: profile, traits } of Object.values(PROFILES)) {
    it(`hold under profile ${profile}, on each place`, () => {
      for (const placement of traits.placements) check('view', 'view', ...GPU, '--profile', profile, '--placement', placement);
    });
  }

  it('hold for a device that fails to realize, and where the outcome is not known', () => {
    const { stdout } = airlock(['view', ...GPU, '--ats', 'on', '--json']);
    assert.equal(JSON.parse(stdout).devices[0].outcome, 'failed');
    check('view', 'view', ...GPU, '--ats', 'on');
    const part = file('part.txt', firstBytes(dumpOf(...GPU), 256));
    const refused = ['view', part, '--ats', 'on', '--hw-caps', '0x8'];
    assert.equal(JSON.parse(airlock([...refused, '--json']).stdout).devices[0].outcome, 'unknown');
    check('view', ...refused);
  });

  it('hold for options that change regions, properties and messages', () => {
    for (const words of [
      ['x-msix-relocation=bar2', 'rombar=0'],
      ['multifunction=on', 'romfile=/x', 'x-pci-vendor-id=0x1234'],
      ['x-no-mmap=on', 'x-balloon-allowed=on', 'bootindex=3'],
    ])
      check('view', 'view', ...GPU, ...words.flatMap(word => ['-p', word]));
    check('view', 'view', ...GPU, '--machine', 'pc-q35-10.0', '--global', 'vfio-pci.ats=off');
  });

  it('hold for a part of a device, gaps, doubtful rows, noise and silence', () => {
    const codes = new Set<string>();
    for (const path of doubtful()) {
      const { stdout } = airlock(['view', path, '--json']);
      assertPublished('view', stdout, path);
      for (const { code } of JSON.parse(stdout).devices[0].warnings) codes.add(code);
      assertLinesPublished('decode-line', airlock(['decode', path, '--jsonl']).stdout, path);
    }
    for (const code of ['input.rows-unread', 'input.rows-contradict', 'ats.unknown']) assert.ok(codes.has(code), [...codes].join(' '));
  });
});

describe('the published schema of compare', () => {
  it('holds for equal, different, failing, partly known and incomparable devices, and for bytes as they are', () => {
    const whole = file('a.txt', dumpOf(...GPU));
    const part = file('b.txt', firstBytes(dumpOf(...GPU), 64));
    const silent = file('c.bin', new Uint8Array(4096).fill(0xff));
    check('compare', 'compare', whole, whole);
    check('compare', 'compare', GPU[0], GPU[0], '-s', '01:00.0', '--b-ats', 'on');
    check('compare', 'compare', whole, whole, '--b-profile', 'qemu-10.0');
    check('compare', 'compare', whole, part);
    check('compare', 'compare', whole, silent);
    check('compare', 'compare', whole, file('d.txt', dumpOf(GPU[0], '-s', '02:00.0')), '--raw');
    check('compare', 'compare', part, file('e.txt', `${headOf(dumpOf(...GPU))}\n100: 00\n`));
  });
});

describe('the published schemas of devices and doctor', () => {
  const A = '0000:01:00.0';
  const B = '0000:01:00.1';
  const C = '0000:02:00.0';
  const DEVICES: readonly Tree[] = [
    functionTree({ address: A, driver: 'vfio-pci', group: 1, extended: [0x0f], files: { 'vfio-dev/vfio3/dev': '511:3\n' } }),
    functionTree({ address: B, driver: 'igb', group: 1, configLength: 64, files: { numa_node: '1\n' } }),
    functionTree({ address: C, files: { revision: '' } }),
  ];
  let root = '';
  before(() => {
    root = newRoot();
    writeTree(root, READY_HOST, ...DEVICES);
  });
  after(() => rmSync(root, { recursive: true }));

  it('hold for a host that is ready, and each of its devices', () => {
    check('devices', 'devices', '--root', root);
    check('devices', 'devices', '-s', '3f:00.0', '-s', '01:00', '--root', root);
    check('doctor', 'doctor', '--root', root);
    check('doctor', 'doctor', '--require', 'iommufd,ats', '--root', root);
    for (const address of [A, B, C]) check('doctor', 'doctor', address, '--require', 'ats,pasid', '--root', root);
    check('view', 'view', A, '--root', root);
    check('decode', 'decode', B, '--root', root);
  });

  it('hold for a copy of a part of a host', () => {
    for (const path of ['dev', `${deviceFolder(B)}/config`, 'proc']) rmSync(join(root, path), { recursive: true, force: true });
    check('devices', 'devices', '--root', root);
    for (const address of [A, B, C]) check('doctor', 'doctor', address, '--root', root);
    rmSync(join(root, 'sys/kernel'), { recursive: true, force: true });
    check('devices', 'devices', '--root', root);
    check('doctor', 'doctor', '--root', root);
  });
});

describe('the published schemas of machines and properties', () => {
  it('hold for every profile that has them, as a whole and for one', () => {
    for (const profile of ['airlock', 'qemu-11.1', 'qemu-10.0']) {
      check('machines', 'machines', '--profile', profile);
      check('properties', 'properties', '--profile', profile);
      check('properties', 'properties', 'host', '--profile', profile);
      check('properties', 'properties', '--driver', 'vfio-pci-nohotplug', '--profile', profile);
    }
    check('machines', 'machines', 'q35');
    check('properties', 'properties', '--driver', 'arm-smmuv3');
  });
});
