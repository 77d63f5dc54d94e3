/**
 * Writes `schemas/`: the JSON Schema of the capture format, in each of its versions, and of every JSON output, from the declarations that the checks go by.
 *
 *   node --import tsx tools/make-schemas.ts [FOLDER]           writes the files; FOLDER is schemas/ where it is not given
 *   node --import tsx tools/make-schemas.ts --check [FOLDER]   writes nothing; exit 1 and the name of the file that differs
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { toJsonSchema } from '@valibot/to-json-schema';
import type * as v from 'valibot';
import { capture1Schema, captureSchema } from '../src/pure/capture/index.ts';
import { decodedCapability, decodedDevice } from '../src/pure/reports/schemas/decode.ts';
import { hwInfo } from '../src/pure/reports/schemas/hw-info.ts';
import { REPORT_SCHEMAS } from '../src/pure/reports/schemas/index.ts';
import { interrupt } from '../src/pure/reports/schemas/regions.ts';
import { slot } from '../src/pure/reports/schemas/slot.ts';
import { failure, finding, registerValue, unknownPlace } from '../src/pure/reports/schemas/values.ts';
import { capability, message, property, viewedDevice } from '../src/pure/reports/schemas/view.ts';

const target = resolve(import.meta.dirname, '../schemas');

/** What recurs in the outputs, each once in a schema that has it. */
const definitions = {
  interrupt,
  capability,
  decodedCapability,
  decodedDevice,
  failure,
  finding,
  hwInfo,
  message,
  property,
  registerValue,
  slot,
  unknownPlace,
  viewedDevice,
};

type JsonSchema = ReturnType<typeof toJsonSchema>;

/** Draft 7 is what editors know best. Nothing is left out in silence: what JSON Schema cannot say is an error. */
const CONFIG = { target: 'draft-07', typeMode: 'input', errorMode: 'throw' } as const;

/** Definitions that are used, by the others too. */
function usedDefinitions(schema: JsonSchema): [string, unknown][] {
  const all = Object.entries(schema.$defs ?? {});
  const used = new Set<string>();
  const queue: unknown[] = [{ ...schema, $defs: undefined }];
  for (let part = queue.pop(); part !== undefined; part = queue.pop()) {
    for (const [, name] of JSON.stringify(part).matchAll(/"#\/\$defs\/(\w+)"/g)) {
      if (name === undefined || used.has(name)) continue;
      used.add(name);
      queue.push(schema.$defs?.[name]);
    }
  }
  return all.filter(([name]) => used.has(name));
}

/** A published schema describes an output or a capture to the last field, though a reader passes over those that it does not know. */
function closedSchema(schema: v.GenericSchema): JsonSchema {
  const made = toJsonSchema(schema, {
    ...CONFIG,
    definitions,
    overrideSchema: ({ valibotSchema, jsonSchema }) =>
      valibotSchema.type === 'object' ? { ...jsonSchema, additionalProperties: false } : undefined,
  });
  const used = usedDefinitions(made);
  const { $defs, ...rest } = made;
  return used.length === 0 ? rest : { ...rest, $defs: Object.fromEntries(used) as Record<string, JsonSchema> };
}

function formatSchema(name: string, { $schema, title, description, ...rest }: JsonSchema): string {
  const head = { $schema, $id: `urn:vfio-airlock:schemas:${name}`, title, description };
  return `${JSON.stringify({ ...head, ...rest }, null, 2)}\n`;
}

/** The text of every published schema by file name. Throws where a declaration holds what JSON Schema cannot say. */
export function makeSchemas(): Map<string, string> {
  const reports = Object.entries(REPORT_SCHEMAS).map(([name, schema]) => [name, closedSchema(schema)] as const);
  const captures = [
    ['capture', closedSchema(captureSchema)],
    ['capture-1', closedSchema(capture1Schema)],
  ] as const;
  const all = [...captures, ...reports];
  return new Map(all.map(([name, schema]) => [`${name}.schema.json`, formatSchema(name, schema)]));
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
