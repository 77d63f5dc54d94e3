import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatByteSize } from './byte-size.ts';

const VECTORS: readonly (readonly [bytes: bigint, text: string])[] = [
  [0n, '0 B'],
  [256n, '256 B'],
  [1024n, '1 KiB'],
  [1025n, '1025 B'],
  [16n << 20n, '16 MiB'],
  [1n << 63n, '8 EiB'],
  [1n << 70n, '1024 EiB'],
];

for (const [bytes, text] of VECTORS) test(`formatByteSize writes ${bytes} as ${text}`, () => assert.equal(formatByteSize(bytes), text));
