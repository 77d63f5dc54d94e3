/** Hex dumps that hexdump, od and xxd made of real devices' bytes are read back as those bytes, or as several ways that are named. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { formatHexBytes } from '../../src/pure/bytes/hex.ts';
import { AmbiguousInputError, detectFormat, formatLatin1, parseHexText, parseLspciDump } from '../../src/pure/inputs/index.ts';
import { oracleRoot, skipWithoutChroot } from './oracle-root.ts';

const folder = process.env.AIRLOCK_DUMPS ?? join(import.meta.dirname, '../../../shared/dumps');
const noPrograms = skipWithoutChroot('hexdump');
const skip = existsSync(folder) ? noPrograms : 'there are no dumps: set AIRLOCK_DUMPS to a folder of them';

/** Programs whose text says how it is to be read. */
const CERTAIN: readonly (readonly [command: string, reading: string])[] = [
  ['hexdump -C', 'hexdump-C'],
  ['hexdump -Cv', 'hexdump-C'],
  ['od -A x -t x1', 'od-hex'],
  ['od -A x -t x1z -v', 'od-hex'],
  ['od -t x1', 'od'],
  ['od -t x1z', 'od'],
  ['od -A d -t x1', 'od-decimal'],
  ['od -A n -v -t x1', 'pairs'],
  ['xxd -g1', 'xxd'],
  ['xxd -g1 -u', 'xxd'],
  ['xxd -g1 -c 8', 'xxd'],
  ['xxd -g1 -a', 'xxd'],
  ['xxd -p', 'xxd-p'],
  ['xxd -p -c 0', 'xxd-p'],
  ['xxd -i', 'array'],
];

/** Programs that print words: where nothing proves their order, `reading` is one of the ways, and gives the bytes when it is chosen. */
const WORDS: readonly (readonly [command: string, reading: string])[] = [
  ['hexdump', 'hexdump'],
  ['hexdump -v', 'hexdump'],
  ['hexdump -x', 'hexdump'],
  ['od -x', 'od'],
  ['od -x -v', 'od'],
  ['od -A x -x', 'od-hex'],
  ['od -A d -x', 'od-decimal'],
  ['od -t x4', 'od'],
  ['od -A x -t x4z', 'od-hex'],
  ['od --endian=big -x', 'od-be'],
  ['xxd', 'xxd'],
  ['xxd -a', 'xxd'],
  ['xxd -g4', 'xxd'],
  ['xxd -g8', 'xxd'],
  ['xxd -e', 'xxd-e'],
  ['xxd -e -g2', 'xxd-e'],
];

function run(command: string, input: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync('chroot', [oracleRoot, ...command.split(' ')], {
    input,
    timeout: 20_000,
    maxBuffer: 1 << 24,
  });
  if (status !== 0) throw new Error(`${command} ends with status ${status}: ${stderr}`);
  return new Uint8Array(stdout);
}

const SIZES = [64, 256, 4096];
const names = skip ? [] : readdirSync(folder).filter(name => name.endsWith('.lspci'));

/** The bytes of each device of the dumps, as a file of sysfs would hold them, with more and with less privilege. */
const devices = names.flatMap(name =>
  parseLspciDump(readFileSync(join(folder, name)))
    .filter(({ config }) => config.isWhole && SIZES.includes(config.bytes.length))
    .flatMap(({ bdf, config: { bytes } }) =>
      SIZES.filter(size => size <= bytes.length).map(size => ({ name: `${name} ${bdf.text}`, bytes: bytes.subarray(0, size) })),
    ),
);

function firstDevice(text: Uint8Array, wanted: string | null): { bytes: string; bdf: unknown; reading: string } {
  const { result } = parseHexText(formatLatin1(text), wanted);
  assert.equal(result.devices.length, 1);
  assert.equal(result.unread, null);
  const [device] = result.devices;
  assert.ok(device?.config.isWhole);
  return { bytes: formatHexBytes(device.config.bytes), bdf: device.bdf, reading: result.reading.name };
}

test('there are devices of each size', { skip }, () => {
  for (const size of SIZES)
    assert.ok(
      devices.some(({ bytes }) => bytes.length === size),
      String(size),
    );
});

for (const [command, reading] of CERTAIN) {
  test(`what ${command} prints is read back`, { skip, timeout: 120_000 }, () => {
    for (const { name, bytes } of devices) {
      const text = run(command, bytes);
      assert.equal(detectFormat(text), 'hex-text', name);
      const read = firstDevice(text, null);
      assert.deepEqual(read, { bytes: formatHexBytes(bytes), bdf: null, reading: read.reading }, name);
      assert.ok(read.reading === reading || firstDevice(text, reading).bytes === read.bytes, `${name}: ${read.reading}`);
    }
  });
}

for (const [command, reading] of WORDS) {
  test(`what ${command} prints is read back, or its ways are named`, { skip, timeout: 120_000 }, () => {
    let proved = 0;
    for (const { name, bytes } of devices) {
      const text = run(command, bytes);
      assert.equal(detectFormat(text), 'hex-text', name);
      assert.equal(firstDevice(text, reading).bytes, formatHexBytes(bytes), name);
      try {
        assert.equal(firstDevice(text, null).bytes, formatHexBytes(bytes), name);
        proved++;
      } catch (error) {
        if (!(error instanceof AmbiguousInputError)) throw error;
        assert.ok(
          error.readings.some(({ name: way }) => way === reading),
          `${name}: ${error.message}`,
        );
      }
    }
    // Nearly every function has a capability list, whose pointer tells the order.
    assert.ok(proved >= 0.8 * devices.length, `${proved} of ${devices.length}`);
  });
}
