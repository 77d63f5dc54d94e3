/** Captures from their text. */
import * as v from 'valibot';
import { CaptureError } from './capture-error.ts';
import { issueWords } from './issue-words.ts';
import { type Capture, captureSchema, SCHEMA_VERSION } from './schema.ts';

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

/** What stands before the version decides whose words are right, so it is looked at first. */
function checkKind(value: unknown): void {
  const head = v.safeParse(v.looseObject({ format: v.literal('airlock-capture'), schemaVersion: v.number() }), value);
  if (!head.success) throw new CaptureError('', 'not a capture: wanted an object with "format": "airlock-capture" and a "schemaVersion"');
  if (head.output.schemaVersion > SCHEMA_VERSION) {
    throw new CaptureError(
      'schemaVersion',
      `the capture has version ${head.output.schemaVersion}, newer than this airlock, which reads up to ${SCHEMA_VERSION}`,
    );
  }
}

/**
 * A capture from its JSON text.
 * @throws CaptureError that names the first place that is not as the format wants it
 */
export function parseCapture(text: string): Capture {
  const value = parseJson(text);
  checkKind(value);
  const result = v.safeParse(captureSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const keys = ((issue.path ?? []) as readonly { readonly key: unknown }[]).map(({ key }) => key);
  throw new CaptureError(formatPath(keys), issueWords(issue, keys));
}

/** The JSON text of a capture, one key a line, with a line end. */
export function formatCapture(capture: Capture): string {
  return `${JSON.stringify(capture, null, 2)}\n`;
}
