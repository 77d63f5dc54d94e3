import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PropertyError } from '../property-error.ts';
import type { PropertyType, PropertyValue } from '../property-type.ts';
import { int32, rangedInteger, uint8, uint16, uint32, uint64 } from './integer.ts';
import { pciHostAddress, pciSlotAddress } from './pci-address.ts';
import { size } from './size.ts';
import { readOnlyType, textType, uuid } from './text.ts';
import { bool, oasMode, offAutoPciBar, onOffAuto, ssidSizeMode } from './words.ts';

const clique = rangedInteger(uint8, 0, 15);

test('PropertyType.parse decodes every spelling that QEMU accepts', () => {
  const vectors: [type: PropertyType, text: string, value: PropertyValue][] = [
    [uint8, '255', 255],
    [uint8, '0xFf', 255],
    [uint8, '010', 8],
    [uint8, '0b101', 5],
    [uint8, ' \t\n+7', 7],
    [uint8, '-0', 0],
    [uint16, '0xffff', 65535],
    [uint32, '4294967295', 4294967295],
    [uint32, '-18446744073709551615', 1],
    [uint64, '18446744073709551615', 2n ** 64n - 1n],
    [uint64, '-1', 2n ** 64n - 1n],
    [int32, '-0x80000000', -(2 ** 31)],
    [int32, '2147483647', 2 ** 31 - 1],
    [clique, '15', 15],
    [bool, 'on', true],
    [bool, 'yes', true],
    [bool, 'true', true],
    [bool, 'y', true],
    [bool, 'off', false],
    [bool, 'no', false],
    [bool, 'false', false],
    [bool, 'n', false],
    [onOffAuto, 'auto', 'auto'],
    [offAutoPciBar, 'bar5', 'bar5'],
    [oasMode, '48', '48'],
    [ssidSizeMode, '20', '20'],
    [size, '4k', 4096n],
    [size, '010', 10n],
    [size, '0x10b', 0x10bn],
    [size, ' +1.5M', 1572864n],
    [size, '.5k', 512n],
    [size, '1.', 1n],
    [size, '0e', 0n],
    [size, '1.7k', 1741n],
    [size, '15E', 15n << 60n],
    [pciHostAddress, '00:02.0', '0000:00:02.0'],
    [pciHostAddress, 'FFFF:FF:1F.7', 'ffff:ff:1f.7'],
    [pciHostAddress, '0x1:0:0.07', '0001:00:00.7'],
    [pciHostAddress, '-ffffffffffffffff: 2. 3', '0000:01:02.3'],
    [pciSlotAddress, '6', 0x30],
    [pciSlotAddress, '1f.7', 0xff],
    [pciSlotAddress, '6.0x', 0x30],
    [pciSlotAddress, '100000006. 1', 0x31],
    [uuid, 'auto', 'auto'],
    [uuid, '12345678-1234-1234-1234-123456789ABC', '12345678-1234-1234-1234-123456789abc'],
    [textType('str'), 'anything, at all', 'anything, at all'],
    [textType('str'), '', ''],
    [textType('link<iommufd>'), 'iommufd0', 'iommufd0'],
    [textType('link<iommufd>'), '', null],
  ];
  for (const [type, text, value] of vectors) assert.equal(type.parse(text, 'p'), value, `${type.name} ${text}`);
});

test('PropertyType.parse refuses a wrong value in the words of QEMU', () => {
  const vectors: [type: PropertyType, texts: string[], words: (text: string) => string][] = [
    [uint8, ['', '08', '0x', '1 ', '4k', '1.5', 'on', '0b2', '18446744073709551616'], () => "Parameter 'p' expects integer"],
    [uint8, ['256', '-1', '0x100', '18446744073709551615'], () => "Parameter 'p' expects uint8_t"],
    [uint16, ['65536'], () => "Parameter 'p' expects uint16_t"],
    [uint32, ['4294967296', '-9223372036854775809'], () => "Parameter 'p' expects uint32_t"],
    [int32, ['2147483648', '-2147483649'], () => "Parameter 'p' expects int32_t"],
    [int32, ['9223372036854775808'], () => "Parameter 'p' expects integer"],
    [uint64, ['18446744073709551616', 'x'], () => "Parameter 'p' expects integer"],
    [clique, ['16', '255'], () => 'Property p: valid range 0-15'],
    [bool, ['', 'ON', '1', 'maybe', ' on'], () => "Parameter 'p' expects 'on' or 'off'"],
    [onOffAuto, ['', 'ON', 'yes', 'on '], text => `Parameter 'p' does not accept value '${text}'`],
    [size, ['', '-1', '1.5', '1.5B', '16E', '4kb', '0x10k', '1e3', '.', 'inf', '18446744073709551616'], () => "Parameter 'p' expects size"],
    [
      pciHostAddress,
      ['', 'zz', '10000:00:02.0', '00:20.0', '00:1f.8', '00:02', '1:2:3:4.5', '00:02.0x0'],
      text => `Property 'd.p' doesn't take value '${text}'`,
    ],
    [pciSlotAddress, ['', '20', '1.8', '6x', '6.', '-1', '6 .0'], text => `Property 'd.p' doesn't take value '${text}'`],
    [uuid, ['', 'AUTO', '123456781234123412341234567890ab'], text => `Property 'd.p' doesn't take value '${text}'`],
    [readOnlyType('busnr'), ['1'], () => "Property 'd.p' is not writable"],
  ];
  for (const [type, texts, words] of vectors) {
    for (const text of texts)
      assert.throws(() => type.parse(text, 'p', 'd'), { name: 'PropertyError', message: words(text), property: 'p' }, text);
  }
});

test('PropertyType.parse of a word type names the words nearest to a wrong one', () => {
  const nearest = (type: PropertyType, text: string) => {
    try {
      type.parse(text, 'p');
    } catch (error) {
      if (error instanceof PropertyError) return error.nearest;
    }
    return assert.fail(`${type.name} accepts ${text}`);
  };
  assert.deepEqual(nearest(onOffAuto, 'ON'), ['on']);
  assert.deepEqual(nearest(onOffAuto, 'atuo'), ['auto']);
  assert.deepEqual(nearest(bool, 'True'), ['true']);
  assert.deepEqual(nearest(onOffAuto, 'sometimes'), []);
});

test('PropertyType.parse ends on any text with a value that its own format spells, or a PropertyError', () => {
  const types = [uint8, uint16, uint32, uint64, int32, bool, onOffAuto, size, pciHostAddress, pciSlotAddress, uuid];
  const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'017aefxXbkM.:+- '), maxLength: 12 }));
  fc.assert(
    fc.property(fc.constantFrom(...types), text, (type, input) => {
      try {
        const value = type.parse(input, 'p');
        assert.equal(type.parse(type.format(value), 'p'), value);
      } catch (error) {
        assert.ok(error instanceof PropertyError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test('PropertyType.parse reads a million digits at once, whichever way it decides', () => {
  const digits = '1'.repeat(1_000_000);
  const zeros = '0'.repeat(1_000_000);
  for (const text of [digits, `0x${digits}`, `0b${digits}`, `0${digits}`, `-${digits}`]) {
    assert.throws(() => uint64.parse(text, 'p'), { message: "Parameter 'p' expects integer" });
    assert.throws(() => size.parse(text, 'p'), { message: "Parameter 'p' expects size" });
  }
  assert.equal(uint8.parse(`${zeros}17`, 'p'), 15);
  assert.equal(size.parse(`${zeros}17k`, 'p'), 17408n);
  assert.throws(() => pciHostAddress.parse(`${digits}:00.0`, 'p'), PropertyError);
  assert.equal(pciHostAddress.parse(`${zeros}:00.0`, 'p'), '0000:00:00.0');
});

test('uint16 accepts each of its values in decimal, hexadecimal and octal', () => {
  for (let value = 0; value <= 0xffff; value++) {
    const spellings = [String(value), `0x${value.toString(16)}`, `0${value.toString(8)}`];
    if (spellings.some(text => uint16.parse(text, 'p') !== value)) assert.fail(`${value}`);
  }
});

test('PropertyType.format spells values as options do', () => {
  const vectors: [type: PropertyType, value: PropertyValue, text: string][] = [
    [bool, true, 'on'],
    [bool, false, 'off'],
    [onOffAuto, 'auto', 'auto'],
    [size, 4096n, '4096'],
    [int32, -1, '-1'],
    [pciSlotAddress, 0x31, '06.1'],
    [pciSlotAddress, -1, '-1'],
    [uint8, null, ''],
    [bool, null, ''],
    [pciHostAddress, null, ''],
  ];
  for (const [type, value, text] of vectors) assert.equal(type.format(value), text);
});
