/**
 * Writes `schemas/`: the JSON Schema of the capture format, from the declaration that the parser goes by.
 *
 *   node --import tsx tools/make-schemas.ts [FOLDER]           writes the file; FOLDER is schemas/ where it is not given
 *   node --import tsx tools/make-schemas.ts --check [FOLDER]   writes nothing; exit 1 and the name of the file that differs
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import { captureSchema } from '../src/pure/capture/index.ts';

const target = resolve(import.meta.dirname, '../schemas');

/** The text of every published schema by file name. Throws where the declaration holds what JSON Schema cannot say. */
export function makeSchemas(): Map<string, string> {
  // Draft 7 is what editors know best. Of what is parsed the input is described, and nothing is left out in silence.
  const { $schema, ...schema } = toJsonSchema(captureSchema, { target: 'draft-07', typeMode: 'input', errorMode: 'throw' });
  return new Map([['capture.schema.json', `${JSON.stringify({ $schema, ...schema }, null, 2)}\n`]]);
}

function isSame(path: string, text: string): boolean {
  try {
    return readFileSync(path, 'utf8') === text;
  } catch {
    return false;
  }
}

/** The names of those files in `folder` that are missing or not as they are made now. */
export function differingSchemas(folder: string = target): string[] {
  return [...makeSchemas()].filter(([name, text]) => !isSame(join(folder, name), text)).map(([name]) => name);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = process.argv.slice(2).find(argument => argument !== '--check') ?? target;
  if (process.argv.includes('--check')) {
    const names = differingSchemas(folder);
    for (const name of names) process.stderr.write(`${join(folder, name)} is not as it is made now: run tools/make-schemas.ts\n`);
    process.exitCode = names.length > 0 ? 1 : 0;
  } else {
    mkdirSync(folder, { recursive: true });
    for (const [name, text] of makeSchemas()) writeFileSync(join(folder, name), text);
  }
}
