/** Counts the lines of a file before an offset. */
import { readSync } from 'node:fs';

const NEWLINE = 10;

/** The number of the line that begins at `offset`, less one. */
export function countLines(fd: number, offset: number): number {
  const chunk = new Uint8Array(1024 * 1024);
  let lines = 0;
  for (let at = 0; at < offset; ) {
    const length = readSync(fd, chunk, 0, Math.min(chunk.length, offset - at), at);
    if (length === 0) break;
    const part = chunk.subarray(0, length);
    for (let i = part.indexOf(NEWLINE); i >= 0; i = part.indexOf(NEWLINE, i + 1)) lines++;
    at += length;
  }
  return lines;
}
