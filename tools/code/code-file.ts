/** Writes the file with the code that V8 made of the command, as `src/cli/start` reads it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { INDEX_START } from '../../src/cli/start/code-file.ts';

/** V8 copies code that is not so aligned. */
const ALIGNMENT = 8;

const aligned = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT;

/** Puts the code of each chunk, which is a file in `folder`, into one file. */
export function writeCodeFile(folder: string, file: string): void {
  const index: Record<string, readonly [start: number, length: number]> = {};
  const pieces: Buffer[] = [];
  let end = 0;
  for (const name of readdirSync(folder).sort()) {
    const code = readFileSync(join(folder, name));
    index[name] = [end, code.length];
    pieces.push(code, Buffer.alloc(aligned(code.length) - code.length));
    end += aligned(code.length);
  }
  const text = JSON.stringify(index);
  const padded = text.padEnd(aligned(INDEX_START + text.length) - INDEX_START);
  const head = Buffer.alloc(INDEX_START);
  head.writeUInt32LE(padded.length);
  writeFileSync(file, Buffer.concat([head, Buffer.from(padded, 'latin1'), ...pieces]));
}
