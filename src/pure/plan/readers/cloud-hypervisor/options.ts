/** Cloud Hypervisor's options of the form `key=value,key=[1,2]`, with the place of each value. */

export interface OptionValue {
  readonly key: string;
  /** null where there is no `=`. */
  readonly value: string | null;
  /** Indices in the option's text. */
  readonly keyStart: number;
  readonly keyEnd: number;
  readonly start: number;
  readonly end: number;
}

/** The values in order; null where quotes or brackets are not closed. A comma in either parts nothing. */
export function splitOption(text: string): OptionValue[] | null {
  if (text.trim() === '') return [];
  const values: OptionValue[] = [];
  let [depth, start] = [0, 0];
  let isQuoted = false;
  for (let at = 0; at <= text.length; at++) {
    const character = text[at] ?? ',';
    if (character === '"') isQuoted = !isQuoted;
    else if (isQuoted && at < text.length) continue;
    else if (character === '[') depth += 1;
    else if (character === ']') depth -= 1;
    else if (character === ',' && depth === 0 && !isQuoted) {
      values.push(optionValue(text, start, at));
      start = at + 1;
    }
    if (depth < 0) return null;
  }
  return isQuoted || depth !== 0 ? null : values;
}

function optionValue(text: string, start: number, end: number): OptionValue {
  const equals = text.indexOf('=', start);
  if (equals < 0 || equals >= end) return { key: text.slice(start, end), value: null, keyStart: start, keyEnd: end, start: end, end };
  const raw = text.slice(equals + 1, end);
  const trimmed = raw.trim();
  const valueStart = equals + 1 + raw.indexOf(trimmed);
  const at = { keyStart: start, keyEnd: equals, start: valueStart, end: valueStart + trimmed.length };
  return { key: text.slice(start, equals), value: trimmed.replaceAll('"', ''), ...at };
}
