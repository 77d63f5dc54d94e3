/** `airlock decode` of a device that is known in part: what is not known is told, in text and JSON. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { airlock, ENVIRONMENT, MAIN } from './airlock.ts';

const DEVICE = buildConfigSpace({
  ...{ vendorId: 0x1af4, deviceId: 0x1041, classCode: 0x020000 },
  standard: [{ id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x38)}` }],
  extended: [{ id: 0x38, offset: 0x100, body: '00'.repeat(12) }],
}).bytes;

function decode(length: number, ...args: string[]): string {
  const { status, stdout, stderr } = airlock(['decode', '-', ...args], DEVICE.slice(0, length));
  assert.deepEqual([status, stderr], [0, '']);
  return stdout;
}

describe('airlock decode', () => {
  it('says up to where a device is known', () => {
    assert.match(decode(256, '-v'), /\n\tunknown: 100-fff: only 256 bytes of config space are known [^\n]*\n\t {2}as root gives all\)\n/);
    assert.match(decode(64, '-v'), /\n\tunknown: 40-fff: only 64 bytes/);
    assert.doesNotMatch(decode(4096, '-v'), /\tunknown: /);
    const places = (length: number) =>
      (JSON.parse(decode(length, '--json')) as { devices: { unknown: { list: string; from: string }[] }[] }).devices[0]?.unknown.map(
        ({ list, from }) => [list, from],
      );
    assert.deepEqual(places(256), [['extended', '0x100']]);
    assert.deepEqual(places(4096), []);
  });

  it('names a capability as view and compare do', () => {
    assert.match(decode(4096, '-v'), /Capabilities: \[100 v1\] Scalable I\/O Virtualization <\?>\n/);
    assert.match(decode(4096, '--jsonl'), /"name":"SIOV","title":"Scalable I\/O Virtualization"/);
    assert.match(airlock(['view', '-'], DEVICE).stdout, /^ {2}SIOV \[100 v1\] +hidden/m);
  });

  it('warns once of a file of names that the user chose and that is none', () => {
    const dump = ['00:01.0 x', '00:02.0 x'].map(line => `${line}\n00: f4 1a 41 10${' 00'.repeat(12)}\n\n`).join('');
    const told = (ids: string) => {
      const options = { input: dump, env: { ...ENVIRONMENT, AIRLOCK_PCI_IDS: ids }, encoding: 'utf8', timeout: 60_000 } as const;
      const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'decode', '-'], options);
      assert.equal(status, 0, stderr);
      assert.match(stdout, /^0000:00:01\.0 .*1af4:1041]\n0000:00:02\.0 .*1af4:1041]\n$/);
      return stderr;
    };
    const missing = join(import.meta.dirname, 'no-such.ids');
    const warning = 'airlock: warning: AIRLOCK_PCI_IDS gives no names: ';
    assert.equal(told(missing), `${warning}${missing}: no such file or directory\n`);
    assert.equal(told(import.meta.dirname), `${warning}${import.meta.dirname}: it is a directory, wanted a file\n`);
    assert.equal(told(import.meta.filename), `${warning}${import.meta.filename}: it is no pci.ids\n`);
    assert.equal(told('/dev/null'), '');
  });
});
