/** A device that gives all ones for its config space: every command says that it does not answer, by one stable code. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { PROFILE_NAMES } from '../fixtures/profile-names.ts';
import { airlock } from './airlock.ts';

const ONES = Array.from({ length: 16 }, () => 'ff').join(' ');
const dump = (rows: number): string =>
  `10000:00:00.0 PCI bridge (rev ff)\n${Array.from({ length: rows }, (_, i) => `${(16 * i).toString(16).padStart(2, '0')}: ${ONES}\n`).join('')}`;
const capture = (virtualFunction: object) => ({
  schemaVersion: 2,
  format: 'airlock-capture',
  host: {},
  devices: [{ address: '0000:01:00.0', config: 'ff'.repeat(256), vfio: 'ff'.repeat(256), ...virtualFunction }],
});

const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'left-out.txt': `10000:00:00.0 PCI bridge (rev ff)\n00: ${ONES}\n...\nf0: ${ONES}\n`,
  'x.txt': dump(4),
  'xxx.txt': dump(16),
  'xxxx.txt': dump(256),
  'raw-64': new Uint8Array(64).fill(0xff),
  'raw-256': new Uint8Array(256).fill(0xff),
  'raw-4096': new Uint8Array(4096).fill(0xff),
  'capture.json': JSON.stringify(capture({})),
  'function.json': JSON.stringify(capture({ virtualFunction: { vendorId: '0x8086', deviceId: '0x1520' } })),
};

const WORDS = /the device does not answer: its header reads as all ones \(powered down, link down or gone\) \(device\.no-answer\)/;

describe('airlock with a device that does not answer', () => {
  let folder = '';
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-ones-'));
    for (const [name, content] of Object.entries(FILES)) writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, 'other.txt'), dump(16).replace('ff ff ff ff', '86 80 34 12'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const run = (...args: string[]) => {
    const { status, stdout, stderr } = airlock(args, '', folder);
    return { status, text: `${stdout}${stderr}`.replace(/\n\s+/g, ' '), stdout };
  };

  for (const name of Object.keys(FILES)) {
    it(`says so of ${name}`, () => {
      for (const profile of PROFILE_NAMES) {
        const view = run('view', name, '--profile', profile);
        assert.equal(view.status, 1);
        assert.match(view.text, WORDS);
        assert.match(view.stdout, /\(no answer: all of the header reads as ones\)\n/);
      }
      const [device] = JSON.parse(run('view', name, '--json').stdout).devices as [{ outcome: string; error: { code: string } }];
      assert.deepEqual([device.outcome, device.error.code], ['failed', 'device.no-answer']);
      const decode = run('decode', name, '-v');
      assert.match(decode.text, WORDS);
      assert.match(decode.stdout, /\t!!! Unknown header type 7f\n\tInterrupt: pin \? routed to IRQ 255\n/);
      assert.match(run('decode', name, '--json').stdout, /"code":"device\.no-answer"/);
      for (const raw of [[], ['--raw']]) {
        const compare = run('compare', name, name, ...raw);
        assert.equal(compare.status, 2, compare.text);
        assert.match(compare.text, /does not answer/);
      }
      const socket = join(folder, 's.sock');
      for (const profile of ['airlock', 'raw']) {
        const serve = run('serve', name, '--socket', socket, '--profile', profile);
        assert.notEqual(serve.status, 0);
        assert.match(serve.text, /the device does not answer/);
      }
    });
  }

  it('says so of vfio bytes too', () => {
    const view = run('view', 'capture.json', '--bytes', 'vfio');
    assert.equal(view.status, 1);
    assert.match(view.text, WORDS);
  });

  it('does not say so of a virtual function, whose ids alone are all ones, nor of a header that is not known', () => {
    const own = `ffffffff${'00'.repeat(60)}`;
    writeFileSync(
      join(folder, 'vf.json'),
      JSON.stringify(capture({ config: own, virtualFunction: { vendorId: '0x8086', deviceId: '0x1520' } })),
    );
    writeFileSync(join(folder, 'ids.json'), JSON.stringify(capture({ config: `ffffffff${'??'.repeat(60)}` })));
    for (const name of ['vf.json', 'ids.json', 'other.txt']) assert.doesNotMatch(run('view', name).text, /does not answer/, name);
  });
});
