import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bdf } from './bdf.ts';
import { buildConfigSpace, type ConfigSpaceParts, capabilityPart } from './builder.ts';
import { ConfigSpace } from './config-space.ts';
import { type DecodedDevice, decodeDevice, expressPortType } from './decode-device.ts';
import { ats } from './extended/ats.ts';

const DEVICE = { vendorId: 0x8086, deviceId: 0x1533, classCode: 0x020000 };
const EXPRESS = { id: 0x10, body: `4200${'00'.repeat(0x38)}` };
const ATS = capabilityPart(ats, {
  capability: { invalidateQueueDepth: 32, pageAlignedRequest: true, globalInvalidateSupported: false, relaxedOrderingSupported: false },
  control: { smallestTranslationUnit: 0, enable: true },
});

function decode(parts: Partial<ConfigSpaceParts>): DecodedDevice {
  return decodeDevice(buildConfigSpace({ ...DEVICE, ...parts }));
}

function codes({ findings }: DecodedDevice): string[] {
  return findings.map(({ at, code }) => `${code}@${at.toString(16)}`);
}

test('decodeDevice gives header, BARs and the capabilities of both lists', () => {
  const bdf = Bdf.parse('3b:00.0');
  const config = buildConfigSpace({ ...DEVICE, command: 2, bars: [0xfb100000], standard: [EXPRESS], extended: [ATS] });
  const device = decodeDevice(config, bdf);
  assert.equal(device.bdf, bdf);
  assert.equal(device.header.common.vendorId, 0x8086);
  assert.equal(device.bars.length, 1);
  assert.deepEqual(
    device.capabilities.map(({ name, ref }) => [name, ref.kind, ref.offset]),
    [
      ['PCI Express', 'standard', 0x40],
      ['ATS', 'extended', 0x100],
    ],
  );
  assert.equal(device.capabilities[1]?.type, ats);
  assert.deepEqual(device.capabilities[1]?.fields.control, { smallestTranslationUnit: 0, enable: true });
  assert.deepEqual(device.findings, []);
  assert.equal(expressPortType(device), 4);
});

test('decodeDevice takes bytes from 100h up for nothing behind a conventional function', () => {
  const device = decode({ standard: [{ id: 1, body: new Uint8Array(6) }], extended: [ATS] });
  assert.deepEqual(
    device.capabilities.map(({ name }) => name),
    ['PM'],
  );
  assert.equal(expressPortType(device), null);
});

test('decodeDevice shows the bytes of an ID it does not know, up to the next capability', () => {
  const device = decode({
    standard: [{ id: 0x99, body: '1234' }, { id: 0x9a, body: '', offset: 0x50 }, EXPRESS],
    extended: [{ id: 0x7fff, body: 'ab' }],
  });
  const [first, second, , extended] = device.capabilities;
  assert.equal(first?.type, null);
  assert.equal(first?.name, 'unknown (0x99)');
  assert.equal(first?.bytes, '9950123400000000'.padEnd(32, '0'));
  assert.equal(second?.bytes, '9a540000');
  assert.equal(extended?.title, 'Capability ID 0x7fff');
  assert.equal(extended?.bytes, 'ff7f0100ab'.padEnd(512, '0'));
});

test('decodeDevice finds capabilities that are cut by unknown bytes', () => {
  const whole = buildConfigSpace({ ...DEVICE, standard: [{ id: 1, body: new Uint8Array(6), offset: 0x40 }] });
  const device = decodeDevice(new ConfigSpace(whole.bytes.slice(0, 0x44)));
  assert.deepEqual(codes(device), ['capability.truncated@44']);
  assert.equal(device.findings[0]?.text, 'PM at 0x40 reaches into bytes that are not known, at 0x44');
  assert.deepEqual(device.capabilities[0]?.missing, [4, 6, 7]);
});

test('decodeDevice finds capabilities that reach beyond their space', () => {
  const device = decode({ size: 4096, standard: [{ id: 1, body: '0000', offset: 0xfc }] });
  assert.deepEqual(codes(device), ['capability.truncated@fc']);
  assert.equal(device.findings[0]?.text, 'PM at 0xfc reaches beyond 0xff, the end of its space');
});

test('decodeDevice finds capabilities that share bytes', () => {
  const device = decode({
    standard: [
      { id: 1, body: new Uint8Array(2) },
      { id: 0x99, body: '' },
    ],
  });
  assert.deepEqual(codes(device), ['capability.overlap@44']);
  assert.equal(device.findings[0]?.text, 'unknown (0x99) at 0x44 begins inside of PM at 0x40');
});

test('decodeDevice finds what begins in places that PCI Express reserves, by its version and type', () => {
  const behind = (flags: string, at: number) =>
    codes(
      decode({
        standard: [
          { id: 0x10, body: `${flags}${'00'.repeat(10)}` },
          { id: 0x99, body: '', offset: 0x40 + at },
        ],
      }),
    );
  // Version 2: endpoint, function of the root complex, root port.
  for (const flags of ['0200', '9200', '4200']) {
    for (const at of [0x2c, 0x34, 0x38]) assert.deepEqual(behind(flags, at), [`capability.overlap@${(0x40 + at).toString(16)}`], flags);
    assert.deepEqual(behind(flags, 0x3c), []);
  }
  // Version 1 ends with the last register that the function has.
  assert.deepEqual(behind('0100', 0x10), ['capability.overlap@50']);
  assert.deepEqual(behind('0100', 0x14), []);
  assert.deepEqual(behind('4100', 0x20), ['capability.overlap@60']);
  assert.deepEqual(behind('4100', 0x24), []);
});

test('decodeDevice passes on the findings of both walks', () => {
  const device = decode({
    standard: [EXPRESS],
    extended: [ATS],
    override: [
      { at: 0x41, bytes: '40' },
      { at: 0x102, bytes: '0110' },
    ],
  });
  assert.deepEqual(codes(device), ['chain.cycle@41', 'chain.cycle@100']);
});

test('decodeDevice never throws, whatever the bytes and whatever is known of them', () => {
  const ids = [1, 3, 4, 5, 7, 8, 9, 0x0d, 0x10, 0x11, 0x12, 0x13, 0x14, 0x99];
  const extendedIds = Array.from({ length: 0x34 }, (_, id) => id);
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 64, maxLength: 4096, size: 'max' }),
      fc.constantFrom(...ids),
      fc.constantFrom(...extendedIds),
      fc.nat(3),
      (bytes, id, extendedId, headerType) => {
        bytes[0x06] |= 0x10;
        bytes[0x0e] = headerType;
        bytes[headerType === 2 ? 0x14 : 0x34] = 0x40;
        if (bytes.length > 0x104) {
          bytes.set([id, 0x80], 0x40);
          bytes.set([0x10, 0, 0x42], 0x80);
          bytes.set([extendedId, 0, 1], 0x100);
        }
        const known = bytes.map(byte => (byte === 7 ? 0 : 1));
        const { capabilities, findings } = decodeDevice(new ConfigSpace(bytes, known));
        assert(capabilities.length <= 48 + 1008);
        for (const { at, text } of findings) assert(at >= 0 && at < 4096 + 4096 && text.length > 0);
      },
    ),
    { numRuns: 300 },
  );
});
