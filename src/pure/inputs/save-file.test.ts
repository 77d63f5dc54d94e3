import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeSaveFile, type SavedDevice } from '../../../test/fixtures/save-file.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { detectFormat } from './detect-format.ts';
import { parseSaveFile, SaveFileError } from './save-file.ts';

const bridgeOf = (secondary: number): Uint8Array => {
  const { bytes } = buildConfigSpace({ vendorId: 0x1b36, deviceId: 0xc, classCode: 0x06_04_00, size: 4096 });
  bytes[0x0e] = 1;
  bytes[0x19] = secondary;
  return bytes;
};
const functionOf = (deviceId: number, size: 256 | 4096, standard: { id: number; body: string }[] = []): Uint8Array =>
  buildConfigSpace({ vendorId: 0x8086, deviceId, classCode: 0x02_00_00, size, standard }).bytes;
const EXPRESS = { id: 0x10, body: `0200${'00'.repeat(0x38)}` };

const DEVICES: readonly SavedDevice[] = [
  { name: 'timer', config: new Uint8Array(0) },
  { name: '0000:00:01.0:00.0/e1000e', config: functionOf(0x10d3, 4096, [EXPRESS]), tail: 300, subsection: 'e1000e/x' },
  { name: '0000:00:01.0/pcie-root-port', config: bridgeOf(7) },
  { name: '0000:00:02.0/ahci', config: functionOf(0x2922, 256), tail: 5000 },
];

test('parseSaveFile finds path, kind, address and config space of each PCI device, a bridge before what is behind it', () => {
  const { machine, functions, doubts } = parseSaveFile(encodeSaveFile(DEVICES));
  assert.equal(machine, 'pc-q35-11.1');
  assert.deepEqual(doubts, []);
  assert.deepEqual(
    functions.map(({ path, kind, bdf }) => [path, kind, bdf?.text]),
    [
      ['0000:00:01.0', 'pcie-root-port', '0000:00:01.0'],
      ['0000:00:01.0:00.0', 'e1000e', '0000:07:00.0'],
      ['0000:00:02.0', 'ahci', '0000:00:02.0'],
    ],
  );
  assert.deepEqual(functions[1]?.config.bytes, DEVICES[1]?.config);
});

test('parseSaveFile gives no address below a bridge that the guest has not numbered', () => {
  const devices = DEVICES.map(device => (device.name.endsWith('port') ? { ...device, config: bridgeOf(0) } : device));
  assert.equal(parseSaveFile(encodeSaveFile(devices)).functions[1]?.bdf, null);
});

test('parseSaveFile knows the size of what a virtio device writes', () => {
  const vectors: [config: Uint8Array, size: number][] = [
    [functionOf(0x1000, 4096, [EXPRESS]), 4096],
    [functionOf(0x1000, 4096), 4096],
    [functionOf(0x1000, 256), 256],
  ];
  for (const [config, size] of vectors) {
    const { functions } = parseSaveFile(encodeSaveFile([{ name: '0000:00:03.0/virtio-rng', config, tail: 9000, isVirtio: true }]));
    assert.equal(functions[0]?.config.bytes.length, size);
  }
});

test('parseSaveFile takes no forged section in the memory of the guest', () => {
  const forged = encodeSaveFile([{ name: '0000:00:02.0/ahci', config: functionOf(0xbad, 256) }]);
  const { functions } = parseSaveFile(encodeSaveFile(DEVICES, 'pc-q35-11.1', [...forged]));
  assert.equal(functions[2]?.config.read(2, 2), 0x2922);
});

test('parseSaveFile needs the end of a file alone, and tells of devices that are not in it', () => {
  const whole = encodeSaveFile(DEVICES);
  const end = whole.subarray(whole.length - 13_000);
  const { functions, doubts } = parseSaveFile(end, whole.subarray(0, 100));
  assert.deepEqual(
    functions.map(({ kind }) => kind),
    ['pcie-root-port', 'ahci'],
  );
  assert.deepEqual(doubts, ['1 PCI devices are described whose state is not where it should be']);
});

test('parseSaveFile takes zeros behind the end', () => {
  const whole = encodeSaveFile(DEVICES);
  const longer = new Uint8Array(whole.length + 700);
  longer.set(whole);
  assert.equal(parseSaveFile(longer).functions.length, 3);
});

test('parseSaveFile refuses what is no save file, or lacks its description, in one line', () => {
  const whole = encodeSaveFile(DEVICES);
  const vectors: [bytes: Uint8Array, words: RegExp][] = [
    [new Uint8Array(0), /does not begin with QEVM/],
    [whole.subarray(0, 20), /does not end in a description/],
    [whole.subarray(0, whole.length - 1), /does not end in a description/],
  ];
  for (const [bytes, words] of vectors) assert.throws(() => parseSaveFile(bytes), { name: 'SaveFileError', message: words });
});

test('parseSaveFile refuses a description that is none', () => {
  const number = (value: number) => [0, 0, value >> 8, value & 0xff];
  const file = (text: string) =>
    Uint8Array.from([...encodeSaveFile([]).subarray(0, 30), 0, 6, ...number(text.length), ...new TextEncoder().encode(text)]);
  const deep = `${'{"name":"x","size":1,"struct":{"fields":['.repeat(60)}${']}}'.repeat(60)}`;
  const vectors: [text: string, words: RegExp][] = [
    ['{', /not valid JSON/],
    ['[]', /no list of devices/],
    ['{"devices":[1]}', /a section without a name/],
    ['{"devices":[{"name":"x","fields":[{"name":"y"}]}]}', /a field without a size/],
    ['{"devices":[{"name":"x","fields":[{"size":1,"array_len":-1}]}]}', /a length that is no number/],
    ['{"devices":[{"name":"x","instance_id":"y"}]}', /instance or version/],
    ['{"devices":[{"name":"x","subsections":[{}]}]}', /a subsection without a name/],
    [`{"devices":[{"name":"x","fields":[${deep}]}]}`, /more than 40 deep/],
  ];
  for (const [text, words] of vectors) assert.throws(() => parseSaveFile(file(text)), { name: 'SaveFileError', message: words }, text);
});

test('parseSaveFile ends on any bytes, with devices or one line', () => {
  const whole = encodeSaveFile(DEVICES);
  const spoiled = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 20 })
    .map(changes => changes.reduce((bytes, [at, byte]) => bytes.with(at, byte), whole));
  const cut = fc.tuple(fc.nat(whole.length), fc.nat(whole.length)).map(([from, to]) => whole.slice(from, to));
  const headed = fc.uint8Array({ maxLength: 200 }).map(rest => Uint8Array.from([...whole.subarray(0, 30), ...rest]));
  fc.assert(
    fc.property(fc.oneof(spoiled, cut, headed, fc.uint8Array()), bytes => {
      try {
        for (const { config } of parseSaveFile(bytes).functions) assert.ok(config.bytes.length === 256 || config.bytes.length === 4096);
      } catch (error) {
        assert.ok(error instanceof SaveFileError, String(error));
        assert.ok(!error.message.includes('\n'));
      }
    }),
    { numRuns: 300 },
  );
});

test('detectFormat knows a save file', () => {
  assert.equal(detectFormat(encodeSaveFile(DEVICES)), 'save-file');
  assert.equal(detectFormat(encodeSaveFile(DEVICES).subarray(0, 7)), 'unknown');
});
