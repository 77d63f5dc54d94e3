import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deviceFacts } from '../facts/index.ts';
import { BUILT_IN_NAMES, buildConfigSpace, ConfigSpace } from '../pci/index.ts';
import { formatDeviceTitle } from './device-title.ts';

const { bytes } = buildConfigSpace({ vendorId: 0x1002, deviceId: 0x731f, classCode: 0x030000, revisionId: 0xca });

/** What is known of the header, as ranges of bytes, and the title. */
const CASES: readonly (readonly [name: string, known: readonly (readonly [from: number, to: number])[], title: string])[] = [
  ['all', [[0, 64]], 'VGA compatible controller [0300]: Device [1002:731f] (rev ca)'],
  [
    'no programming interface',
    [
      [0, 9],
      [10, 64],
    ],
    'VGA compatible controller [0300]: Device [1002:731f] (rev ca)',
  ],
  [
    'no revision',
    [
      [0, 8],
      [9, 64],
    ],
    'VGA compatible controller [0300]: Device [1002:731f]',
  ],
  ['the class alone', [[10, 12]], 'VGA compatible controller [0300]: ids not known'],
  ['the ids alone', [[0, 4]], '(header not known)'],
  ['half of the class', [[0, 11]], '(header not known)'],
];

for (const [name, known, title] of CASES)
  test(`formatDeviceTitle says what is known of a header: ${name}`, () => {
    const map = new Uint8Array(bytes.length);
    for (const [from, to] of known) map.fill(1, from, to);
    assert.equal(formatDeviceTitle(deviceFacts(new ConfigSpace(bytes, map)), BUILT_IN_NAMES), title);
  });
