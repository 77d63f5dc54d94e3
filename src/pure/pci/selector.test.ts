import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bdf } from './bdf.ts';
import { matchesIds, matchesSlot, parseIdSelector, parseSlotSelector, parseTypedAddress, SelectorError, selectorOf } from './selector.ts';

const DEVICES = ['0000:00:00.0', '0000:00:02.0', '0000:00:02.1', '0000:02:02.0', '0000:02:00.7', '0001:00:02.0', '10000:e1:00.0'].map(
  text => Bdf.parse(text),
);

const SLOTS: readonly (readonly [text: string, wanted: readonly string[]])[] = [
  ['0000:00:02.0', ['0000:00:02.0']],
  ['00:02.0', ['0000:00:02.0', '0001:00:02.0']],
  ['00:2.0', ['0000:00:02.0', '0001:00:02.0']],
  ['2.0', ['0000:00:02.0', '0000:02:02.0', '0001:00:02.0']],
  ['00:02', ['0000:00:02.0', '0000:00:02.1', '0001:00:02.0']],
  ['0:', ['0000:00:00.0', '0000:00:02.0', '0000:00:02.1', '0001:00:02.0']],
  ['.7', ['0000:02:00.7']],
  ['1::', ['0001:00:02.0']],
  ['10000::', ['10000:e1:00.0']],
  ['*:02:*.*', ['0000:02:02.0', '0000:02:00.7']],
  ['00:02:0', ['0000:02:00.7']],
  ['E1:', ['10000:e1:00.0']],
];

for (const [text, wanted] of SLOTS) {
  test(`parseSlotSelector takes ${text}`, () => {
    const selector = parseSlotSelector(text);
    assert.deepEqual(
      DEVICES.filter(bdf => matchesSlot(selector, bdf)).map(bdf => bdf.text),
      wanted,
    );
  });
}

test('parseSlotSelector takes all where all is left out', () => {
  for (const text of ['', ':', '.', '*', '::', '*:*:*.*']) {
    const selector = parseSlotSelector(text);
    assert.ok(DEVICES.every(bdf => matchesSlot(selector, bdf)));
  }
});

test('parseSlotSelector refuses what is no filter', () => {
  for (const text of ['20', '100:0', '00:02.8', '0:0:0:2.0', '2.0.0', 'eth0', '00:02.0 ', '-', '1ffffffff::', '0x']) {
    assert.throws(() => parseSlotSelector(text), SelectorError, text);
  }
});

test('selectorOf selects its function alone', () => {
  for (const bdf of DEVICES)
    assert.deepEqual(
      DEVICES.filter(other => matchesSlot(selectorOf(bdf), other)),
      [bdf],
    );
});

const DISPLAY = { vendorId: 0x10de, deviceId: 0x2204, classCode: 0x030200 };

const IDS: readonly (readonly [text: string, fits: boolean])[] = [
  ['10de:', true],
  ['10DE:2204', true],
  ['010de:*', true],
  [':2204', true],
  [':', true],
  ['*:*', true],
  ['::0302', true],
  ['::302', true],
  ['::03xx', true],
  ['::xX02', true],
  ['::0302:00', true],
  ['::0302:*', true],
  ['8086:', false],
  ['10de:2205', false],
  ['::03', false],
  ['::0300', false],
  ['::0302:1', false],
  ['::x2', false],
];

for (const [text, fits] of IDS) test(`parseIdSelector takes ${text}`, () => assert.equal(matchesIds(parseIdSelector(text), DISPLAY), fits));

test('parseIdSelector refuses what is no filter', () => {
  for (const text of ['', '10de', '10000:', ':zz', '::030000', '::0302:100', '::0302:xx', '1:2:3:4:5', '::g']) {
    assert.throws(() => parseIdSelector(text), SelectorError, text);
  }
});

const TYPED: readonly (readonly [text: string, wanted: string | undefined])[] = [
  ['0000:3b:00.1', '0000:3b:00.1'],
  ['3b:00.1', '0000:3b:00.1'],
  ['0:2.0', '0000:00:02.0'],
  ['0:0:2.0', '0000:00:02.0'],
  ['10000:E1:0.0', '10000:e1:00.0'],
  ['pci_0000_3b_00_1', '0000:3b:00.1'],
  ['pci_10000_e1_1f_7', '10000:e1:1f.7'],
  ['/sys/bus/pci/devices/0000:3b:00.1/', '0000:3b:00.1'],
  ['2.0', undefined],
  ['3b:00', undefined],
  ['3b:20.0', undefined],
  ['3b:00.8', undefined],
  ['*:00.0', undefined],
  ['pci_0000_3b_00_8', undefined],
  ['eth0', undefined],
  ['', undefined],
];

for (const [text, wanted] of TYPED)
  test(`parseTypedAddress of "${text}" is ${wanted}`, () => assert.equal(parseTypedAddress(text)?.text, wanted));

test('filters of any text are a selector or a SelectorError', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'0123afFx:.* _pcié\u001b') }), text => {
      for (const parse of [parseSlotSelector, parseIdSelector]) {
        try {
          parse(text);
        } catch (error) {
          assert.ok(error instanceof SelectorError, String(error));
        }
      }
      parseTypedAddress(text);
    }),
  );
});
