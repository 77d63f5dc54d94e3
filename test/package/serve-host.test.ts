/** airlock serve of a device of this machine: what is said where there is none, or the options do not fit. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { airlock } from './airlock.ts';

const CASES: readonly (readonly [string, string | RegExp])[] = [
  ['ff:1f.7 --socket x', 'Cannot read 0000:ff:1f.7: this machine has no such PCI function'],
  ['ff:1f.7 --bind --socket x', 'Cannot read 0000:ff:1f.7: this machine has no such PCI function'],
  ['ff:1f.7 ff:1f.7 --socket x', 'airlock serve takes each device once, not 0000:ff:1f.7 twice'],
  ['ff:1f.7 package.json --socket x', 'airlock serve takes devices of this machine or one file, not both: 0000:ff:1f.7 and package.json'],
  ['ff:1f.7 -s 01:00.0 --socket x', '-s chooses a device of a file, and 0000:ff:1f.7 is one of this machine'],
  ['ff:1f.7 --socket x --device-fd two', /^--device-fd does not take "two": wanted the number of a descriptor/],
  ['ff:1f.7 --socket x --iommu-fd 9 --backend legacy', /^--device-fd and --iommu-fd are for --backend iommufd/],
  ['ff:1f.7 --socket x --device-fd 9 --iommu-fd 9', /^--device-fd and --iommu-fd are one descriptor/],
  ['ff:1f.7 ff:1f.6 --socket x --iommu-fd 9', '--device-fd and --iommu-fd are for one device'],
  ['package.json --socket x --bind', '--bind is for a device of this machine, and package.json is a file'],
];

describe('airlock serve of a device of this machine, with wrong input', () => {
  for (const [args, says] of CASES) {
    it(`${args}: one line`, () => {
      const { status, stderr } = airlock(['serve', ...args.split(' ')]);
      assert.equal(status, 2, stderr);
      const [line = '', ...rest] = stderr.split('\n');
      assert.deepEqual(rest, [''], stderr);
      if (typeof says === 'string') assert.equal(line, `airlock: ${says}`);
      else assert.match(line.replace(/^airlock: /, ''), says);
    });
  }
});
