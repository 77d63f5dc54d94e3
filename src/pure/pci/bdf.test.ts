import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bdf, BdfError } from './bdf.ts';

const DOMAINS = [0, 1, 0xffff, 0x10000, 0x10001, 0xffffffff];

test('Bdf survives text and number for every bus, device and function', () => {
  let last = -1;
  for (const domain of DOMAINS) {
    for (let id = 0; id < 0x10000; id++) {
      const bdf = new Bdf(domain, id >> 8, (id >> 3) & 0x1f, id & 7);
      if (bdf.routingId !== id || !Bdf.parse(bdf.text).equals(bdf) || !Bdf.unpack(bdf.number).equals(bdf) || bdf.number <= last) {
        assert.fail(`${domain} ${id} became ${bdf.text}`);
      }
      last = bdf.number;
    }
  }
});

const VALID: [string, string][] = [
  ['0000:01:00.0', '0000:01:00.0'],
  ['01:00.0', '0000:01:00.0'],
  ['FFFF:FF:1F.7', 'ffff:ff:1f.7'],
  ['10000:e1:00.0', '10000:e1:00.0'],
  ['ABCD1234:00:02.3', 'abcd1234:00:02.3'],
  ['00000001:00:02.3', '0001:00:02.3'],
  ['/sys/bus/pci/devices/0000:01:00.0', '0000:01:00.0'],
  ['/sys/bus/pci/devices/0000:01:00.0/', '0000:01:00.0'],
  ['/sys/devices/pci0000:00/0000:00:01.0/0000:01:00.0', '0000:01:00.0'],
];

for (const [text, wanted] of VALID) {
  test(`Bdf.parse reads ${text}`, () => assert.equal(Bdf.parse(text).text, wanted));
}

const INVALID = [
  '',
  '/',
  '0',
  '00:00',
  '1:0.0',
  '00:20.0',
  '00:00.8',
  '00:00.00',
  '000:00:00.0',
  '123456789:00:00.0',
  '0000:00:00:0',
  ' 00:00.0',
  '00:00.0 ',
  '0000:00:00.0\n',
  'gg:00.0',
  '/sys/bus/pci/devices/0000:01:00.0/config',
  'pci/0000:01:00.0',
];

for (const text of INVALID) {
  test(`Bdf.parse refuses ${JSON.stringify(text)} and says what it wants`, () => {
    assert.throws(
      () => Bdf.parse(text),
      (error: unknown) => {
        assert(error instanceof BdfError);
        assert.equal(error.text, text);
        assert.equal(error.message, `not a PCI address: ${JSON.stringify(text)}: wanted DDDD:BB:DD.F, such as 0000:3b:00.1`);
        return true;
      },
    );
  });
}

test('Bdf refuses numbers out of range by name', () => {
  assert.throws(() => new Bdf(0, 0, 32, 0), { name: 'RangeError', message: 'PCI device 32 is out of range: wanted 0 to 0x1f' });
  assert.throws(() => new Bdf(0, 256, 0, 0), { message: 'PCI bus 256 is out of range: wanted 0 to 0xff' });
  assert.throws(() => new Bdf(-1, 0, 0, 0), RangeError);
  assert.throws(() => new Bdf(0, 0, 0, 8), RangeError);
  assert.throws(() => new Bdf(0, 0.5, 0, 0), RangeError);
  assert.throws(() => Bdf.unpack(2 ** 48), RangeError);
  assert.throws(() => Bdf.unpack(-1), RangeError);
});

test('Bdf is immutable, prints itself and sorts', () => {
  const bdf = Bdf.parse('0000:3b:00.1');
  assert(Object.isFrozen(bdf));
  assert.equal(`${bdf} ${JSON.stringify({ bdf })} ${bdf.shortText}`, '0000:3b:00.1 {"bdf":"0000:3b:00.1"} 3b:00.1');
  const sorted = ['0001:00:00.0', '0000:01:00.0', '0000:00:1f.7'].map(Bdf.parse).sort((a, b) => a.compare(b));
  assert.deepEqual(sorted.map(String), ['0000:00:1f.7', '0000:01:00.0', '0001:00:00.0']);
});
