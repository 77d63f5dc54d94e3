import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { detectFormat } from '../detect-format.ts';
import { parseLspciDump } from '../lspci-dump.ts';
import { UnpackError, type UnpackedHere, unpack } from './index.ts';

/** The same dump, as xz 5.8 and bzip2 1.0.8 compress it. */
const FILES: Readonly<Record<UnpackedHere, string>> = {
  xz: '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ADrAGNdABgMg7M/GbOWqkgHmC/q4qL3p1njtZha8kwoZqhoaGgcfZ9KD9tq7XLv0m8i2I8vt99fLs7trBShmRDlJlGtQGojep683gljbmOVXbr1NeXhcLX4XB5Glw1vRpgyHrznvITWoAAAAg0jvpG51lwAAX/sAQAAAHImuWyxxGf7AgAAAAAEWVo=',
  bzip2:
    'QlpoOTFBWSZTWfM7XKMAAFXdgAAQQAF/8AIAG0WUACAAahKZTRQPTUMTZQSnqk0NANADMxF7MB4cQfUA1BRHCxh3tT5gdbIK6YGCRE0MmAFNndKhEFKyFDTOl01LWJNcDpMrfmSYUsO9IaOus8zvXWUs3KrXj+LuSKcKEh5na5Rg',
};
const FORMATS = Object.keys(FILES) as UnpackedHere[];
const MOST = 1024 * 1024;

const fileOf = (format: UnpackedHere): Uint8Array => Uint8Array.from(atob(FILES[format]), character => character.charCodeAt(0));

for (const format of FORMATS) {
  test(`unpack gives what is inside of ${format}`, () => {
    assert.equal(detectFormat(fileOf(format)), format);
    const [device, ...others] = parseLspciDump(unpack(fileOf(format), format));
    assert.deepEqual(
      [device?.bdf.text, device?.config.read(0, 2), device?.config.bytes.length, others.length],
      ['0000:02:00.0', 0x15b3, 64, 0],
    );
  });

  test(`unpack ends, within its bound, for ${format} of any bytes`, { timeout: 60_000 }, () => {
    const change = fc.tuple(fc.nat(fileOf(format).length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.uint8Array({ maxLength: 40 }), (changes, behind) => {
        const bytes = Uint8Array.from([...fileOf(format), ...behind]);
        for (const [at, byte] of changes) bytes[at] = byte;
        try {
          assert.ok(unpack(bytes, format, MOST).length <= MOST);
        } catch (error) {
          assert.ok(error instanceof UnpackError, String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
}
