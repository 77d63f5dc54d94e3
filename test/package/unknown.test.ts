/** `airlock view` of a device of which a part is known: unknown is never absent, in text, JSON, evidence, exit codes and saved bytes. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { airlock, type Ended, ROOT } from './airlock.ts';
import { temporaryFiles } from './temporary-files.ts';

const INPUTS = join(ROOT, '../shared/inputs');
const skip = existsSync(INPUTS) ? false : 'there are no inputs of other people here';
const input = (name: string) => join(INPUTS, `O-${name}.txt`);

/** A function with ATS at 140h, of which the tests take parts. */
const DEVICE = buildConfigSpace({
  ...{ vendorId: 0x1af4, deviceId: 0x1041, classCode: 0x020000, interruptPin: 1 },
  standard: [
    { id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x38)}` },
    { id: 0x01, offset: 0x80, body: '030000000000' },
  ],
  extended: [
    { id: 0x01, offset: 0x100, body: '00'.repeat(0x28) },
    { id: 0x0f, offset: 0x140, body: '20000000' },
  ],
}).bytes;

/** The function as `lspci -xxxx` prints it, without some rows. */
function dump(...without: readonly number[]): string {
  const rows = Array.from({ length: 256 }, (_, row) => row).filter(row => !without.includes(row));
  const text = (row: number) => Array.from(DEVICE.subarray(16 * row, 16 * row + 16), byte => byte.toString(16).padStart(2, '0')).join(' ');
  return `02:00.0 Ethernet controller\n${rows.map(row => `${(16 * row).toString(16).padStart(2, '0')}: ${text(row)}\n`).join('')}`;
}

interface Unknown {
  readonly list: string;
  readonly from: string;
  readonly to: string;
  readonly code: string;
  readonly text: string;
}

interface View {
  readonly outcome: string;
  readonly error: { readonly code: string } | null;
  readonly warnings: readonly { readonly level: string; readonly code: string }[];
  readonly capabilities: readonly { readonly name: string; readonly status: string }[];
  readonly unknown: readonly Unknown[];
}

const REFUSED = ['--ats', 'on', '--hw-caps', '0x8'];

function viewOf(path: string, ...args: readonly string[]): { view: View; status: number | null } {
  const { stdout, stderr, status } = airlock(['view', path, '--json', '--no-bytes', ...args]);
  assert.notEqual(stdout, '', stderr);
  const [view] = (JSON.parse(stdout) as { devices: View[] }).devices;
  assert.ok(view !== undefined);
  return { view, status };
}

const codes = ({ warnings }: View) => warnings.filter(({ level }) => level === 'warning').map(({ code }) => code);
const places = ({ unknown }: View) => unknown.map(({ list, from, to, code }) => `${list} ${from}-${to} ${code}`);

describe('airlock view of a device known in part', () => {
  const file = temporaryFiles('airlock-unknown-');

  const EXTENDED = 'extended 0x100-0xfff extended.unknown';
  for (const [length, list] of [
    [64, ['standard 0x40-0xff standard.unknown', EXTENDED]],
    [256, [EXTENDED]],
  ] as const) {
    it(`of ${length} bytes: the outcome is unknown where it rests on them, exit 0, and 1 under --strict`, () => {
      const path = file(`${length}.bin`, DEVICE.slice(0, length));
      const { view, status } = viewOf(path, ...REFUSED);
      assert.deepEqual([view.outcome, view.error, status], ['unknown', null, 0]);
      assert.deepEqual(codes(view), ['ats.unknown', 'outcome.unknown']);
      assert.deepEqual(places(view), list);
      assert.equal(viewOf(path, ...REFUSED, '--strict').status, 1);
    });
  }

  it('of all bytes: realize fails, and nothing is unknown', () => {
    const { view, status } = viewOf(file('all.bin', DEVICE), ...REFUSED);
    assert.deepEqual([view.outcome, view.error?.code, status, view.unknown], ['failed', 'ats.required.kernel-unsupported', 1, []]);
  });

  it('says up to where each list is known, in a last row', () => {
    const { stdout, status } = airlock(['view', file('256.bin', DEVICE.slice(0, 256))]);
    assert.equal(status, 0);
    const words = stdout.replaceAll(/\s+/g, ' ');
    assert.ok(words.includes('? [100…] unknown only 256 bytes of config space are known (lspci -xxxx as root gives all)'), stdout);
    assert.ok(words.includes('whether the device has ATS is not known'), stdout);
    assert.ok(!stdout.includes('ats.absent'));
  });

  it('--explain says that it is not known', () => {
    const { stdout } = airlock(['view', file('256.bin', DEVICE.slice(0, 256)), '--explain']);
    assert.match(stdout, /Does the guest see ATS\? That is not known\./);
    assert.match(stdout, /\? device capability +whether the device has ATS is not known/);
    assert.match(stdout, /\? result +whether the guest sees ATS is not known/);
  });

  it('drops no capability in silence where rows are left out', () => {
    // The rows of PM and of ATS.
    const { view, status } = viewOf(file('rows.txt', dump(0x08, 0x14)));
    assert.equal(status, 0);
    assert.deepEqual(places(view), ['standard 0x80-0x8f standard.unknown', 'extended 0x140-0x14f extended.unknown']);
    assert.deepEqual(codes(view), ['ats.unknown', 'outcome.unknown']);
    const body = viewOf(file('body.txt', dump(0x11))).view;
    assert.deepEqual([places(body), body.outcome, codes(body)], [['body 0x110-0x11f body.unknown'], 'realized', []]);
  });

  it('--write refuses to save bytes that are not known, and says what is not in a short file', () => {
    const rows = file('rows.txt', dump(0x11));
    const out = join(dirname(rows), 'guest.bin');
    const holes: Ended = airlock(['view', rows, '--write', out]);
    assert.equal(holes.status, 1);
    assert.match(
      holes.stderr,
      /nothing written to .*guest\.bin: the byte at 0x110 of the guest's view is not known, since of the device bytes 110 to 11f are not known/,
    );
    assert.equal(existsSync(out), false);
    const short = airlock(['view', file('256.bin', DEVICE.slice(0, 256)), '--write', out]);
    assert.equal(short.status, 0);
    assert.match(short.stderr, /256 bytes written to .*guest\.bin: only 256 bytes of config space are known/);
    assert.equal(readFileSync(out).length, 256);
  });

  it('the inputs of people have the answers that are right', { skip }, () => {
    for (const name of ['navi10-64', 'navi10-cut320', 'nic-256']) {
      const { view, status } = viewOf(input(name), ...REFUSED);
      assert.deepEqual([view.outcome, status], ['unknown', 0], name);
      assert.ok(codes(view).includes('ats.unknown'), name);
      assert.ok(view.unknown.length > 0, name);
    }
    const { view, status } = viewOf(input('navi10-ats-4k'), ...REFUSED);
    assert.deepEqual([view.outcome, view.error?.code, status], ['failed', 'ats.required.kernel-unsupported', 1]);
    assert.deepEqual(view.unknown, []);
    const { stdout } = airlock(['view', input('navi10-ats-4k'), '--hw-caps', '0x8']);
    assert.match(stdout, /ATS \[2b0 v1\] +hidden +vmm/);
    const port = viewOf(input('root-port-rclink')).view;
    assert.deepEqual([port.outcome, port.error?.code], ['failed', 'kernel.header-type-refused']);
  });

  it('the list of O-acp-cut272 ends before the cut: it has no ATS', { skip }, () => {
    const { stdout } = airlock(['view', input('acp-cut272'), '--jsonl', '--no-bytes', '--ats', 'on']);
    const views = stdout
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as View);
    const known = views.find(view => view.capabilities.length > 0);
    assert.ok(known !== undefined);
    assert.ok(codes(known).includes('ats.absent'));
    assert.deepEqual(places(known), ['body 0x110-0xfff body.unknown']);
  });

  it('the kernel hides a debug port', { skip }, () => {
    const { stdout } = airlock(['view', input('ehci-debugport')]);
    assert.match(stdout, /Debug Port \[58\] +hidden +kernel/);
  });
});
