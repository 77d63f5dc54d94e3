/** What a command printed as JSON, checked and typed: the reader's side of the published schemas. */
import * as v from 'valibot';
import { issueWords } from '../capture/issue-words.ts';
import { shorten } from '../text/shorten.ts';
import { ReportError } from './report-error.ts';
import { REPORT_SCHEMAS, type ReportName } from './schemas/index.ts';
import type { Json } from './schemas/values.ts';

/** Every JSON output, by the name of its published schema. */
export type Reports = { readonly [Name in ReportName]: Json<(typeof REPORT_SCHEMAS)[Name]> };

const CHECKS: { readonly [Name in ReportName]: v.GenericSchema<unknown, Reports[Name]> } = REPORT_SCHEMAS;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ReportError('', `not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
}

const formatPath = (keys: readonly unknown[]): string =>
  keys
    .map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');

/**
 * The value of what `airlock … --json`, or a line of `--jsonl`, printed; fields that only a newer version knows are left out.
 *
 * @param name - Which output it is, as its published schema is called: `view`, `view-line`, `ctl-show`.
 * @param text - The JSON.
 * @throws ReportError where there is no output of that name, or with the first place in `text` that does not fit the schema: it is another
 * output, or of another `schemaVersion`
 */
export function parseReport<Name extends ReportName>(name: Name, text: string): Reports[Name] {
  if (!Object.hasOwn(CHECKS, name)) {
    const others = Object.keys(CHECKS).join(', ');
    throw new ReportError('', `no output is called "${shorten(String(name))}": wanted ${others}; parseCapture reads captures`);
  }
  const check: v.GenericSchema<unknown, Reports[Name]> = CHECKS[name];
  const result = v.safeParse(check, parseJson(text), { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const keys = (issue.path ?? []).map(({ key }) => key);
  throw new ReportError(formatPath(keys), issueWords(issue, keys));
}
