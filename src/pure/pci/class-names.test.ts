import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nameClass } from './class-names.ts';

const VECTORS: [number, string | null, string | null, string | null][] = [
  [0x020000, 'Network controller', 'Ethernet controller', null],
  [0x010802, 'Mass storage controller', 'Non-Volatile memory controller', 'NVM Express'],
  [0x060401, 'Bridge', 'PCI bridge', 'Subtractive decode'],
  [0x0c0330, 'Serial bus controller', 'USB controller', 'XHCI'],
  [0x050210, 'Memory controller', 'CXL', 'CXL Memory Device (CXL 2.x)'],
  [0x120000, 'Processing accelerators', 'Processing accelerators', null],
  [0x060400, 'Bridge', 'PCI bridge', 'Normal decode'],
  [0x0604ff, 'Bridge', 'PCI bridge', null],
  [0x02ff00, 'Network controller', null, null],
  [0x130000, 'Non-Essential Instrumentation', null, null],
  [0x990000, null, null, null],
  [0xffffff, 'Unassigned class', null, null],
];

for (const [code, baseClass, subclass, programmingInterface] of VECTORS) {
  test(`nameClass names ${code.toString(16).padStart(6, '0')}`, () => {
    assert.deepEqual(nameClass(code), { baseClass, subclass, programmingInterface });
  });
}
