/**
 * The start of the built command: loads its chunks, and with each the code that V8 made of it when the command was built, if Node is the
 * same. `tools/bundle.ts` puts the first chunk's name behind it.
 */
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { codeFolder } from './code-folder.ts';

type Exports = Readonly<Record<string, unknown>>;
/** What a chunk is: a function that makes its exports. */
type Chunk = (load: (name: string) => Exports, require: NodeJS.Require, fileUrl: string) => Exports;

const loaded = new Map<string, Exports>();
const fileUrl = pathToFileURL(__filename).href;
let code: string | null = `${__dirname}/${codeFolder()}/`;

/** V8 refuses code of another version of its own, of other flags, or of a text of another length, and then compiles the text. */
function codeOf(name: string): Buffer | undefined {
  if (code === null) return undefined;
  try {
    return readFileSync(code + name);
  } catch {
    // The first chunk has code, or none has.
    if (loaded.size === 0) code = null;
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
