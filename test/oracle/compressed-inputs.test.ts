/** What xz and bzip2 compress is unpacked as they unpack it, and by `airlock decode`. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { detectFormat, UnpackError, unpack } from '../../src/pure/inputs/index.ts';
import { oracleRoot, skipWithoutChroot } from './oracle-root.ts';

const skip = skipWithoutChroot('xz');
const MOST = 16 * 1024 * 1024;

const COMMANDS: readonly (readonly [format: 'xz' | 'bzip2', options: readonly string[]])[] = [
  ['xz', []],
  ['xz', ['-0']],
  ['xz', ['-9e']],
  ['xz', ['--check=crc32']],
  ['xz', ['--check=none']],
  ['xz', ['--block-size=4096']],
  ['xz', ['--lzma2=lc=1,lp=2,pb=0']],
  ['xz', ['--lzma2=lc=0,lp=4,pb=4,dict=4KiB']],
  ['bzip2', ['-1']],
  ['bzip2', ['-9']],
];

function run(program: string, options: readonly string[], input: Uint8Array): Uint8Array {
  const { status, stdout, stderr } = spawnSync('chroot', [oracleRoot, program, '-c', ...options], {
    input,
    timeout: 60_000,
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${program} ends with status ${status}: ${stderr}`);
  return new Uint8Array(stdout);
}

/** A generator of bytes that are the same in each run (Numerical Recipes' constants). */
function noise(length: number, most: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 16) % most;
  });
}

const captures = join(import.meta.dirname, '../../captures');
const CONTENTS: Readonly<Record<string, Uint8Array>> = {
  ...Object.fromEntries(
    readdirSync(captures)
      .slice(0, 4)
      .map(name => [name, new Uint8Array(readFileSync(join(captures, name)))]),
  ),
  'one byte': Uint8Array.of(0x30),
  'a run': new Uint8Array(300_000).fill(0x61),
  'noise of all bytes': noise(150_000, 256),
  'noise of two bytes': noise(250_000, 2),
};

for (const [format, options] of COMMANDS) {
  test(`what ${[format, ...options].join(' ')} compresses is unpacked`, { skip, timeout: 120_000 }, () => {
    for (const [name, content] of Object.entries(CONTENTS)) {
      const packed = run(format, options, content);
      assert.equal(detectFormat(packed), format);
      assert.ok(Buffer.from(content).equals(unpack(packed, format, MOST)), name);
      // Files one behind the other are one.
      const twice = unpack(new Uint8Array(Buffer.concat([packed, packed])), format, MOST);
      assert.ok(Buffer.concat([content, content]).equals(twice), `${name}, twice`);
    }
  });

  test(`what ${[format, ...options].join(' ')} compresses is refused where it is cut, damaged or too large`, {
    skip,
    timeout: 120_000,
  }, () => {
    const content = noise(5000, 40);
    const packed = run(format, options, content);
    const isRefused = (error: unknown): boolean => error instanceof UnpackError;
    for (let length = 16; length < packed.length; length += 97)
      assert.throws(() => unpack(packed.subarray(0, length), format, MOST), isRefused, `${length}`);
    assert.throws(() => unpack(packed, format, content.length - 1), /unpacks to more than 4999 bytes/);
    // Without a checksum a damage may change bytes and leave all else.
    const isChecked = !options.includes('--check=none');
    for (let at = 0; at < packed.length; at += 31) {
      const damaged = packed.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 0x10;
      try {
        const got = unpack(damaged, format, MOST);
        assert.ok(!isChecked || Buffer.from(content).equals(got), `byte ${at}`);
      } catch (error) {
        assert.ok(isRefused(error), String(error));
      }
    }
  });
}
