import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STANDARD_CAPABILITIES } from '../../pure/pci/capabilities/index.ts';
import { ConfigSpace } from '../../pure/pci/config-space.ts';
import { ats } from '../../pure/pci/extended/ats.ts';
import { EXTENDED_CAPABILITIES } from '../../pure/pci/extended/index.ts';
import { srIov } from '../../pure/pci/extended/sr-iov.ts';
import { commonHeader, type0Header } from '../../pure/pci/header.ts';
import { registerPlaces } from './field-places.ts';

const EMPTY = new ConfigSpace(new Uint8Array(4096));

const textOf = ({ path, at, low, width }: { path: string; at: number; low: number; width: number }) =>
  `${at.toString(16)} ${path} [${low + width - 1}:${low}]`;

test('registerPlaces has each field of ATS at its bits, and the bits that no field covers', () => {
  const places = registerPlaces(ats.registers.pieces, EMPTY, 0x100);
  assert.deepEqual(
    places.map(({ path, at, size }) => [path, at, size]),
    [
      ['capability', 0x104, 2],
      ['control', 0x106, 2],
    ],
  );
  assert.deepEqual(places.flatMap(({ fields }) => fields).map(textOf), [
    '104 capability.invalidateQueueDepth [4:0]',
    '104 capability.pageAlignedRequest [5:5]',
    '104 capability.globalInvalidateSupported [6:6]',
    '104 capability.relaxedOrderingSupported [7:7]',
    '104 capability.reserved [15:8]',
    '106 control.smallestTranslationUnit [4:0]',
    '106 control.reserved [14:5]',
    '106 control.enable [15:15]',
  ]);
});

test('registerPlaces has the elements of a list as registers of their own', () => {
  const bars = registerPlaces(type0Header.pieces, EMPTY, 0).filter(({ path }) => path.startsWith('bars'));
  assert.deepEqual(
    bars.map(({ path, at, size }) => [path, at, size]),
    [0, 1, 2, 3, 4, 5].map(i => [`bars[${i}]`, 0x10 + 4 * i, 4]),
  );
  assert.ok(registerPlaces(srIov.registers.pieces, EMPTY, 0x200).some(({ path, at }) => path === 'vfBars[5]' && at === 0x238));
});

test('registerPlaces covers each bit of the common header once', () => {
  const bits = registerPlaces(commonHeader.pieces, EMPTY, 0).flatMap(({ fields }) =>
    fields.flatMap(({ at, low, width }) => Array.from({ length: width }, (_, i) => 8 * at + low + i)),
  );
  assert.deepEqual(
    bits.sort((a, b) => a - b),
    Array.from({ length: 128 }, (_, i) => i),
  );
});

test('registerPlaces ends for every capability over zeros, ones and a pattern, and stays in config space', () => {
  const spaces = [
    EMPTY,
    new ConfigSpace(new Uint8Array(4096).fill(0xff)),
    new ConfigSpace(Uint8Array.from({ length: 4096 }, (_, i) => i * 37)),
  ];
  for (const type of [...STANDARD_CAPABILITIES, ...EXTENDED_CAPABILITIES]) {
    for (const config of spaces) {
      for (const base of type.kind === 'standard' ? [0x40, 0xfc] : [0x100, 0xffc]) {
        for (const { at, size, fields } of registerPlaces(type.registers.pieces, config, base)) {
          assert.ok(at >= 0 && at < 4096, `${type.name} at ${at}`);
          assert.equal(
            fields.reduce((sum, { width }) => sum + width, 0),
            8 * size,
            type.name,
          );
        }
      }
    }
  }
});
