/**
 * The start of the built command: loads its chunks, and with each the code that V8 made of it when the command was built, if Node is the
 * same. `tools/bundle.ts` puts the first chunk's name behind it.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { type CodeIndex, codeFile, INDEX_START } from './code-file.ts';

type Exports = Readonly<Record<string, unknown>>;
/** What a chunk is: a function that makes its exports. */
type Chunk = (load: (name: string) => Exports, require: NodeJS.Require, fileUrl: string) => Exports;

/** V8's code, read piece by piece: to open a file for each chunk takes longer than to read it. */
interface CodeFile {
  /** Open as long as the command runs, which may load more. */
  readonly descriptor: number;
  readonly index: CodeIndex;
  /** Where the pieces begin. */
  readonly start: number;
}

/** An index of a hundred chunks has some thousand bytes. */
const MOST_INDEX = 65_536;

const loaded = new Map<string, Exports>();
const fileUrl = pathToFileURL(__filename).href;
const code = openCode();

/** In memory of its own, which is aligned: V8 copies code that is not. */
function readAt(descriptor: number, start: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, start));
}

/** null where there is no code, or none as the build writes it. */
function openCode(): CodeFile | null {
  try {
    const descriptor = openSync(`${__dirname}/${codeFile()}`, 'r');
    const length = readAt(descriptor, 0, INDEX_START).readUInt32LE(0);
    if (length > MOST_INDEX) return null;
    const index = JSON.parse(readAt(descriptor, INDEX_START, length).toString('latin1')) as CodeIndex;
    return { descriptor, index, start: INDEX_START + length };
  } catch {
    return null;
  }
}

/** V8 refuses code of another version of its own, of other flags, or of a text of another length, and then compiles the text. */
function codeOf(name: string): Buffer | undefined {
  const place = code?.index[name];
  if (code === null || place === undefined) return undefined;
  try {
    return readAt(code.descriptor, code.start + place[0], place[1]);
  } catch {
    return undefined;
  }
}

/** Loads a chunk once. */
export function load(name: string): Exports {
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const filename = `${__dirname}/${name}`;
  const cachedData = codeOf(name);
  // Chunks are in ASCII, which is read fastest so.
  const script = new Script(readFileSync(filename, 'latin1'), { filename, ...(cachedData !== undefined && { cachedData }) });
  const exports = (script.runInThisContext() as Chunk)(load, require, fileUrl);
  loaded.set(name, exports);
  return exports;
}
