/** A stream of bytes as lines of text, none longer than the reader can take. */

/** The peer sends a line that is too long or no UTF-8; nothing after it can be understood. */
export class LineError extends Error {
  override readonly name = 'LineError';
}

const LINE_END = 0x0a;
const MOST_PARTS = 64;

/**
 * The lines without their ends; a last one that has none is dropped, as its sender never finished it. Holds at most `most` bytes and a few
 * chunks. Throws LineError for a line of more than `most` bytes, its end included, and for one that is no UTF-8.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<string, void, undefined> {
  let parts: Uint8Array[] = [];
  let held = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, start)) {
      if (held + end + 1 - start > most) throw new LineError(`a line has more than ${most} bytes`);
      const line = Buffer.concat([...parts, chunk.subarray(start, end)]);
      parts = [];
      held = 0;
      start = end + 1;
      yield decode(line);
    }
    if (start === chunk.length) continue;
    parts.push(chunk.subarray(start));
    held += chunk.length - start;
    if (held >= most) throw new LineError(`a line has more than ${most} bytes`);
    // Each part keeps a whole chunk in memory, so parts are joined: a peer may send byte by byte.
    if (parts.length >= MOST_PARTS) parts = [Buffer.concat(parts)];
  }
}

function decode(line: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(line);
  } catch {
    throw new LineError('a line is no UTF-8');
  }
}
