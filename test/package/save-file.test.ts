/** `airlock decode` and `view` of a file that QEMU saved a VM to: whole, cut short at every boundary, with lengths that lie. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildConfigSpace } from '../../src/pure/pci/builder.ts';
import { encodeSaveFile } from '../fixtures/save-file.ts';
import { airlock } from './airlock.ts';

const config = buildConfigSpace({
  ...{ vendorId: 0x8086, deviceId: 0x10d3, classCode: 0x020000 },
  standard: [{ id: 0x10, offset: 0x40, body: `0200${'00'.repeat(0x38)}` }],
}).bytes;
const FILE = encodeSaveFile([{ name: '0000:00:02.0/e1000e', config, tail: 8 }]);

function refuses(bytes: Uint8Array, says: RegExp, command = 'decode'): void {
  const { status, stdout, stderr } = airlock([command, '-'], bytes);
  assert.deepEqual({ status, stdout, lines: stderr.split('\n').length }, { status: 2, stdout: '', lines: 2 }, stderr);
  assert.match(stderr, says);
}

/** The file with one byte that is another. */
function patched(at: number, ...bytes: readonly number[]): Uint8Array {
  const other = FILE.slice();
  other.set(bytes, at);
  return other;
}

describe('airlock with a save file', () => {
  it('shows its devices to decode and view', () => {
    const { status, stdout } = airlock(['decode', '-'], FILE);
    assert.equal(status, 0);
    assert.match(stdout, /^0000:00:02\.0 .*\[8086:10d3\]/);
    assert.match(airlock(['view', '-'], FILE).stdout, /^0000:00:02\.0 /);
  });

  it('names no device that is not in it', () => {
    const { status, stdout, stderr } = airlock(['view', '-', '-s', '1f.0'], FILE);
    assert.deepEqual([status, stdout, stderr.split('\n').length], [2, '', 2], stderr);
  });

  const description = FILE.lastIndexOf(0x7b);
  const cuts = [8, 9, 13, 24, 30, 60, FILE.lastIndexOf(0x7e) + 5, description, FILE.length - 100, FILE.length - 1];
  for (const command of ['decode', 'view']) {
    it(`${command} says of a file that is cut short what it lacks`, () => {
      for (const cut of cuts) refuses(FILE.slice(0, cut), /cut short|description/, command);
    });
  }

  it('refuses another version, and what ends behind the magic', () => {
    refuses(patched(7, 4), /./);
    refuses(FILE.slice(0, 4), /./);
  });

  it('ends in one line where a length lies', () => {
    const json = Buffer.from(FILE).lastIndexOf('{"configuration"');
    refuses(patched(json - 4, 0xff, 0xff, 0xff, 0xff), /./);
    refuses(patched(json - 4, 0, 0, 0, 0), /./);
    const text = Buffer.from(FILE).toString('latin1');
    for (const [from, to] of [
      ['"size":4096}', '"size":9e15}'],
      ['"size":4096}', '"size":-999}'],
      ['"array_len":8', '"array_len":9e15'.slice(0, 13)],
    ]) {
      const { status, stdout, stderr } = airlock(['decode', '-'], Buffer.from(text.replace(from ?? '', to ?? ''), 'latin1'));
      assert.equal(status === 0 || status === 2, true, stderr);
      assert.doesNotMatch(stdout + stderr, /\n\s+at |fault of airlock/);
    }
    const { status } = airlock(['decode', '-'], patched(9, 0xff, 0xff, 0xff, 0xff));
    assert.equal(status, 0, 'the name of the machine type is not what devices are found by');
  });
});
