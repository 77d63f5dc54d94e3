/** Reads captures from JSON text. */
import * as v from 'valibot';
import { CaptureError } from './capture-error.ts';
import { type KnownBits, wrongKnownBits } from './config-text.ts';
import { issueWords } from './issue-words.ts';
import { type Capture, captureSchema, SCHEMA_VERSION } from './schema.ts';
import { capture1Schema } from './schema-1.ts';
import { strangeKeys } from './strange-keys.ts';
import { upgradeCapture1 } from './upgrade.ts';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CaptureError('', `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function formatPath(keys: readonly unknown[]): string {
  return keys
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** Looks at the version first, since it decides which format's errors are told. */
function versionOf(value: unknown): number {
  const head = v.safeParse(v.looseObject({ format: v.literal('airlock-capture'), schemaVersion: v.number() }), value);
  if (!head.success) throw new CaptureError('', 'not a capture: wanted an object with "format": "airlock-capture" and a "schemaVersion"');
  const { schemaVersion } = head.output;
  if (schemaVersion > SCHEMA_VERSION) {
    throw new CaptureError(
      'schemaVersion',
      `the capture has version ${schemaVersion}, newer than this airlock, which reads up to ${SCHEMA_VERSION}`,
    );
  }
  if (schemaVersion !== 1 && schemaVersion !== SCHEMA_VERSION)
    throw new CaptureError('schemaVersion', `wanted 1 or ${SCHEMA_VERSION}, not ${schemaVersion}`);
  return schemaVersion;
}

function check<S extends v.GenericSchema>(schema: S, value: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const keys = ((issue.path ?? []) as readonly { readonly key: unknown }[]).map(({ key }) => key);
  throw new CaptureError(formatPath(keys), issueWords(issue, keys));
}

/** Checks that runs of known bits fit the bytes that they belong to. */
function checkBits(path: string, config: string | undefined, runs: readonly KnownBits[] | undefined): void {
  const wrong = runs === undefined ? null : wrongKnownBits(config ?? '', runs);
  if (wrong !== null) throw new CaptureError(`${path}[${wrong.index}]`, wrong.words);
}

/** A parsed capture, and what of its text this version of airlock ignores. */
export interface ReadCapture {
  readonly capture: Capture;
  /** The version that the text has; `capture` has the current one. */
  readonly schemaVersion: number;
  /** Paths of keys that the format does not have, such as `devices[0].moon`: of a newer Airlock, or misspelt. The first eight. */
  readonly strangeKeys: readonly string[];
}

/** Parses a capture from JSON text, and says what of it was ignored. Throws CaptureError as `parseCapture` does. */
export function readCapture(text: string): ReadCapture {
  const value = parseJson(text);
  const schemaVersion = versionOf(value);
  // Version 1 refuses unknown keys.
  if (schemaVersion === 1) return { capture: upgradeCapture1(check(capture1Schema, value)), schemaVersion, strangeKeys: [] };
  const capture = check(captureSchema, value);
  for (const [i, { config, configBits, vfio, vfioBits }] of capture.devices.entries()) {
    checkBits(`devices[${i}].configBits`, config, configBits);
    checkBits(`devices[${i}].vfioBits`, vfio, vfioBits);
  }
  for (const [i, { config, configBits }] of (capture.bridges ?? []).entries()) checkBits(`bridges[${i}].configBits`, config, configBits);
  return { capture, schemaVersion, strangeKeys: strangeKeys(value, capture) };
}

/**
 * A capture from its JSON text, of this version or an earlier one, as this version has it.
 *
 * @throws CaptureError that names the first place that is not as the format wants it.
 */
export function parseCapture(text: string): Capture {
  return readCapture(text).capture;
}

/** The JSON text of a capture, one key a line, with a line end. */
export function formatCapture(capture: Capture): string {
  return `${JSON.stringify(capture, null, 2)}\n`;
}
