import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGlobalAssignment, parsePropertyAssignment } from './property-assignment.ts';

test('parsePropertyAssignment splits at the first equals sign', () => {
  assert.deepEqual(parsePropertyAssignment('ats=on'), { name: 'ats', value: 'on' });
  assert.deepEqual(parsePropertyAssignment('sysfsdev=/a=b'), { name: 'sysfsdev', value: '/a=b' });
  assert.deepEqual(parsePropertyAssignment('ats='), { name: 'ats', value: '' });
});

test('parsePropertyAssignment refuses a text without a name or a value', () => {
  for (const text of ['', 'ats', '=on']) {
    assert.throws(() => parsePropertyAssignment(text), { code: 'property.syntax', message: `expected NAME=VALUE, got "${text}"` });
  }
});

test('parseGlobalAssignment splits at the first dot and the first equals sign after it', () => {
  assert.deepEqual(parseGlobalAssignment('vfio-pci.ats=on'), { driver: 'vfio-pci', name: 'ats', value: 'on' });
  assert.deepEqual(parseGlobalAssignment('vfio-pci.a.b=c=d,\ne'), { driver: 'vfio-pci', name: 'a.b', value: 'c=d,\ne' });
  assert.deepEqual(parseGlobalAssignment('vfio-pci.ats='), { driver: 'vfio-pci', name: 'ats', value: '' });
});

test('parseGlobalAssignment refuses other texts in the words of QEMU', () => {
  const vectors: [text: string, words: string][] = [
    ['', "options 'driver', 'property', and 'value' are required"],
    ['vfio-pci', "Invalid parameter 'vfio-pci'"],
    ['vfio-pci.ats', "Invalid parameter 'vfio-pci.ats'"],
    ['.ats=on', "Invalid parameter '.ats'"],
    ['vfio-pci.=on', "Invalid parameter 'vfio-pci.'"],
    ['ats=on', "Invalid parameter 'ats'"],
    [`${'d'.repeat(64)}.p=1`, `Invalid parameter '${'d'.repeat(64)}.p'`],
  ];
  for (const [text, words] of vectors) assert.throws(() => parseGlobalAssignment(text), { code: 'property.syntax', message: words }, text);
});
