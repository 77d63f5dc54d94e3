import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeviceFacts, deviceFacts } from '../../../facts/index.ts';
import { Bdf } from '../../../pci/bdf.ts';
import { buildConfigSpace } from '../../../pci/builder.ts';
import { ConfigSpace } from '../../../pci/config-space.ts';
import { Cards, compareCard } from './card.ts';

interface Given {
  readonly deviceId?: number;
  /** 16 digits as they stand in the bytes; none without. */
  readonly serial?: string;
  /** Bytes that are known. */
  readonly known?: number;
  /** Whether the serial number was taken out. */
  readonly isRedacted?: boolean;
}

function device(address: string, { deviceId = 1, serial, known = 4096, isRedacted = false }: Given = {}): DeviceFacts {
  const config = buildConfigSpace({
    vendorId: 0x1234,
    deviceId,
    classCode: 0x020000,
    standard: [{ id: 0x10, body: '0200'.padEnd(116, '0') }],
    extended: [{ id: 0x0f, body: '00000000' }, ...(serial === undefined ? [] : [{ id: 0x03, body: serial }])],
  });
  const { bytes } = config;
  const hidden = (at: number) => at >= known || (isRedacted && at >= 0x10c && at < 0x114);
  const mask = Uint8Array.from(bytes, (_, at) => Number(!hidden(at)));
  return deviceFacts(mask.includes(0) ? new ConfigSpace(bytes, mask) : config, { bdf: Bdf.parse(address), origin: 'capture' });
}

const A = '0000:01:00.0';
const B = '0000:02:00.0';
const [ONE, TWO] = ['0102030405060708', '1112131415161718'];

const compare = (author: readonly DeviceFacts[], host: readonly DeviceFacts[], isWhole = true) =>
  compareCard(A, new Cards(author), new Cards(host), isWhole);

test('compareCard knows a card by its serial number and its ids, and by its ids alone where it has no number', () => {
  const told = (given: Given) => {
    const { answer, by, differences } = compare([device(A, given)], [device(A, given)]);
    return [answer, by, differences.length];
  };
  assert.deepEqual(told({ serial: ONE }), ['same', 'serial', 0]);
  assert.deepEqual(told({}), ['same', 'ids', 0]);
  assert.deepEqual(told({ serial: '0'.repeat(16) }), ['same', 'ids', 0], 'a number that nobody programmed');
  assert.deepEqual(told({ serial: 'f'.repeat(16) }), ['same', 'ids', 0]);
});

test('compareCard names what differs, in lspci form for a serial number', () => {
  const ids = compare([device(A)], [device(A, { deviceId: 2 })]);
  assert.deepEqual([ids.answer, ids.differences], ['other', [{ field: 'deviceId', author: '0x0001', host: '0x0002' }]]);
  const numbers = compare([device(A, { serial: ONE })], [device(A, { serial: TWO })]);
  assert.deepEqual(numbers.differences, [{ field: 'serialNumber', author: '08-07-06-05-04-03-02-01', host: '18-17-16-15-14-13-12-11' }]);
  assert.deepEqual(compare([device(A, { serial: ONE })], [device(A)]).differences, [
    { field: 'serialNumber', author: '08-07-06-05-04-03-02-01', host: 'none' },
  ]);
});

test('compareCard does not know what one side does not know, unless what is known differs', () => {
  const redacted = device(A, { serial: ONE, isRedacted: true });
  for (const [author, host] of [
    [redacted, device(A, { serial: ONE })],
    [device(A, { serial: ONE }), redacted],
    [redacted, redacted],
  ] as const) {
    const { answer, notKnown } = compare([author], [host]);
    assert.deepEqual([answer, notKnown], ['unknown', ['serialNumber']]);
  }
  assert.deepEqual(compare([device(A)], [device(A, { known: 64 })]).notKnown, ['serialNumber']);
  assert.equal(compare([device(A)], [device(A, { known: 64, deviceId: 2 })]).answer, 'other');
  assert.equal(compare([], [device(A)]).answer, 'unknown', 'what the author has there was not captured');
});

test('compareCard finds the card at another address by its serial number, or by ids that no other has', () => {
  const wanted = device(A, { serial: ONE });
  const found = (host: readonly DeviceFacts[], author = wanted) => compare([author], host).foundAt;
  assert.deepEqual(found([device(B, { serial: ONE }), device(A, { serial: TWO })]), { address: B, by: 'serial' });
  assert.equal(found([device(B, { serial: TWO })]), null, 'a card of another number is another one');
  assert.deepEqual(found([device(A, { deviceId: 2 }), device(B)], device(A)), { address: B, by: 'ids' });
  assert.equal(found([device(A, { deviceId: 2 }), device(B), device('0000:03:00.0')], device(A)), null, 'two are alike');
  const redacted = device(B, { serial: ONE, isRedacted: true });
  assert.deepEqual(found([device(A, { deviceId: 2 }), redacted]), { address: B, by: 'ids' });
});

test('compareCard takes the function of the same number, of functions that share the number of their card', () => {
  const ports = (bus: string) => [0, 1].map(fn => device(`0000:${bus}:00.${fn}`, { serial: ONE }));
  const { answer, foundAt } = compare(ports('01'), ports('05'));
  assert.deepEqual([answer, foundAt], ['other', { address: '0000:05:00.0', by: 'serial' }]);
});

test('compareCard takes a function that is not there for gone on a whole host alone, or where the card is elsewhere', () => {
  assert.equal(compare([device(A)], [], true).answer, 'other');
  assert.equal(compare([device(A)], [], false).answer, 'unknown');
  assert.equal(compare([device(A)], [device(B)], false).answer, 'unknown', 'one of the same ids may be another one');
  assert.equal(compare([device(A, { serial: ONE })], [device(B, { serial: ONE })], false).answer, 'other');
});
