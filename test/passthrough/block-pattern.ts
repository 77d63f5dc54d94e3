/** What `inner-tools blocks` writes and where, so that a test can look into the disk's backing file. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

export interface BlockPattern {
  /** How many blocks are written one after the other; a place may come twice. */
  readonly count: number;
  /** Bytes of a block, a multiple of 4. */
  readonly size: number;
  /** 32 bits. */
  readonly seed: number;
}

const GOLDEN = 0x9e3779b9;

function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

/** The numbers of the blocks, in the order in which they are written to a disk of that many bytes. */
export function blockPlaces({ count, size, seed }: BlockPattern, diskBytes: number): number[] {
  return Array.from({ length: count }, (_, index) => mix(seed ^ mix(index)) % Math.floor(diskBytes / size));
}

/** The bytes of the block at that place. */
export function blockBytes({ size, seed }: BlockPattern, place: number): Buffer {
  const bytes = Buffer.alloc(size);
  let word = mix(seed + place);
  for (let at = 0; at < size; at += 4, word = (word + GOLDEN) >>> 0) bytes.writeUInt32LE(word, at);
  return bytes;
}

/** The checksum that `inner-tools blocks` prints for a disk with that pattern. */
export function blockChecksum(pattern: BlockPattern, diskBytes: number): number {
  let checksum = pattern.seed;
  for (const place of blockPlaces(pattern, diskBytes)) {
    const bytes = blockBytes(pattern, place);
    let sum = 0;
    for (let at = 0; at < bytes.length; at += 4) sum = (Math.imul(sum, 33) + bytes.readUInt32LE(at)) >>> 0;
    checksum = mix(checksum ^ sum);
  }
  return checksum;
}

/** The places where a raw image does not hold the pattern. */
export function placesWithoutPattern(image: string, pattern: BlockPattern): number[] {
  const file = openSync(image, 'r');
  try {
    const found = Buffer.alloc(pattern.size);
    const places = new Set(blockPlaces(pattern, fstatSync(file).size));
    return [...places].filter(place => {
      readSync(file, found, 0, pattern.size, place * pattern.size);
      return !found.equals(blockBytes(pattern, place));
    });
  } finally {
    closeSync(file);
  }
}
