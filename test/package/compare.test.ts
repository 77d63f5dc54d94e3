/** `airlock compare` as a user runs it: exit codes, which side fails, and how far two inputs can be compared. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { airlock, type Ended, ROOT } from './airlock.ts';

const DEVICE = buildConfigSpace({
  ...{ vendorId: 0x1af4, deviceId: 0x1041, classCode: 0x020000, interruptPin: 1 },
  standard: [{ id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x38)}` }],
  extended: [
    { id: 0x0f, offset: 0x100, body: '20000000' },
    { id: 0x03, offset: 0x140, body: '0102030405060708' },
  ],
}).bytes;
const OTHER = DEVICE.map((byte, at) => (at === 0x144 ? 9 : byte));
const BRIDGE = DEVICE.map((byte, at) => (at === 0x0e ? 1 : byte));

const FILES: Readonly<Record<string, Uint8Array>> = {
  'all.bin': DEVICE,
  'other.bin': OTHER,
  'bridge.bin': BRIDGE,
  '256.bin': DEVICE.slice(0, 256),
  '64.bin': DEVICE.slice(0, 64),
};

const inputs = join(ROOT, '../shared/inputs');
const skip = existsSync(inputs) ? false : 'there are no inputs of people';

let folder = '';

function compare(...args: string[]): Ended {
  return airlock(['compare', ...args], '', folder);
}

describe('airlock compare', () => {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-compare-'));
    for (const [name, bytes] of Object.entries(FILES)) writeFileSync(join(folder, name), bytes);
  });

  after(() => rmSync(folder, { recursive: true }));

  it('says nothing where all is known and the same', () => {
    assert.deepEqual(compare('all.bin', 'all.bin', '--strict'), { status: 0, stdout: '', stderr: '' });
  });

  for (const part of ['64.bin', '256.bin'])
    for (const raw of [[], ['--raw']])
      it(`${[part, ...raw].join(' ')} is equal as far as it is known, and says how far`, () => {
        for (const pair of [
          [part, 'all.bin'],
          ['all.bin', part],
        ]) {
          const { status, stdout, stderr } = compare(...pair, ...raw);
          assert.deepEqual([status, stderr], [0, '']);
          assert.match(
            stdout.replace(/\s+/g, ' '),
            /same as far as known: \d+ bytes compared, 0-.* only (?:64|256) bytes of config space are known/,
          );
          assert.ok(stdout.split('\n').length < 16 && !stdout.includes('??'), stdout);
          assert.equal(compare(...pair, ...raw, '--strict').status, 1);
          assert.deepEqual(compare(...pair, ...raw, '--quiet'), { status: 0, stdout: '', stderr: '' });
          const json = JSON.parse(compare(...pair, ...raw, '--json').stdout) as { same: unknown; outcome: string; differences: unknown[] };
          assert.deepEqual([json.same, json.outcome, json.differences], [null, 'same-as-far-as-known', []]);
        }
      });

  it('ends with 1 where something that is known differs', () => {
    const { status, stdout } = compare('all.bin', 'other.bin');
    assert.equal(status, 1);
    assert.equal(
      stdout,
      'WHERE: A | B, of A (all.bin) and B (other.bin)\n0x140 DSN [140] serialNumber: 0x807060504030201 | 0x807060504030209\n',
    );
    assert.equal(compare('other.bin', '256.bin').status, 0, 'what differs is not known');
  });

  it('ends with 2 and names the side that fails to realize, or both', () => {
    const one = compare('all.bin', 'bridge.bin');
    assert.deepEqual([one.status, one.stdout], [2, '']);
    assert.match(one.stderr, /^airlock: Cannot compare: B \(bridge\.bin\) fails to realize: .+\n$/);
    const both = compare('all.bin', 'all.bin', '--ats', 'on', '--hw-caps', '0x8', '--json');
    assert.match(
      both.stderr,
      /^airlock: Cannot compare: A \(all\.bin\) fails to realize: .* kernel; B \(all\.bin\) fails to realize: .* kernel\n$/,
    );
    const json = JSON.parse(both.stdout) as { same: unknown; a: { outcome: string; error: { code: string } } };
    assert.deepEqual([both.status, json.same, json.a.outcome, json.a.error.code], [2, null, 'failed', 'ats.required.kernel-unsupported']);
  });

  it('takes every option of B after --b-', () => {
    const lines = (...args: string[]) => compare('all.bin', 'all.bin', ...args).stdout.split('\n');
    for (const args of [
      ['--b-ats', 'off'],
      ['--b-p', 'ats=off'],
      ['--b-property', 'ats=off'],
      ['--b-g', 'vfio-pci.ats=off'],
    ])
      assert.ok(lines(...args, '--hw-caps', '0x0').includes('0x100 ATS [100]: there | -'), args.join(' '));
    assert.ok(lines('--b-placement', 'conventional-bridge').includes('0x100 extended config space: there | -'));
    assert.equal(compare('all.bin', 'all.bin', '--placement', 'conventional-bridge').status, 0);
    const help = compare('--help').stdout;
    for (const name of ['machine', 'profile', 'kernel', 'bytes', 'viommu-pasid', 'slot', 'root', 'M', 'p', 'g', 's'])
      assert.match(help, new RegExp(`^ +--b-${name} `, 'm'));
  });

  it('of what people posted says how far, or why not', { skip }, () => {
    const input = (name: string) => join(inputs, `O-${name}.txt`);
    for (const part of ['navi10-64', 'navi10-cut320']) {
      const { status, stdout } = compare(input(part), input('navi10-ats-4k'), '--raw');
      assert.equal(status, 0, part);
      assert.match(stdout.replace(/\s+/g, ' '), /same as far as known: /);
    }
    const text = readFileSync(input('navi10-ats-4k'), 'utf8');
    writeFileSync(join(folder, 'navi10-256.txt'), text.slice(0, text.indexOf('\n100: ') + 1));
    const { status, stdout } = compare('navi10-256.txt', input('navi10-ats-4k'));
    assert.equal(status, 0);
    assert.ok(stdout.split('\n').length < 10, stdout);
  });
});
