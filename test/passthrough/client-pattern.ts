/** What the client of passthrough tests writes to a disk. */
import { createHash } from 'node:crypto';

const BLOCK = 4096;

export function blockPattern(index: number): Buffer {
  return Buffer.from(Array.from({ length: BLOCK }, (_, i) => (index * 7 + i * 13 + (i >> 8)) & 0xff));
}

/** SHA-256 of the first blocks, one after the other. */
export function expectedDigest(count: number): string {
  const hash = createHash('sha256');
  for (let i = 0; i < count; i++) hash.update(blockPattern(i));
  return hash.digest('hex');
}
