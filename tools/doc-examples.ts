/** Examples in comments and documents: found, and made into modules that check what the example says comes out. */

/** One example as it stands in its file. */
export interface DocExample {
  readonly path: string;
  /** The number of its first line in that file, from 1. */
  readonly line: number;
  readonly code: string;
}

/** `// → value` behind a statement of one line: what its value is; `// → throws NAME`: that it throws an error of that name. */
const RESULT = /^(\s*)(.*?);?\s*\/\/ → (.+)$/;
const DECLARATION = /^const (\w+)(?::[^=]+)? = /;
const THROWS = /^throws (\w+)$/;
const FENCE_OPENS = /^```ts$/;
const FENCE_CLOSES = /^```$/;

/** The comment's own words of a line: without the asterisk at its beginning. */
function uncommented(line: string): string {
  return line.replace(/^\s*\* ?/, '');
}

/** Every block between fences of `ts`, which begin in a line for which `isWanted` holds. */
function fenced(path: string, lines: readonly string[], isWanted: (at: number) => boolean): DocExample[] {
  const examples: DocExample[] = [];
  for (let at = 0; at < lines.length; at++) {
    if (!FENCE_OPENS.test(lines[at] ?? '') || !isWanted(at)) continue;
    const end = lines.findIndex((line, i) => i > at && FENCE_CLOSES.test(line));
    if (end < 0) throw new RangeError(`${path}:${at + 1}: the example has no end`);
    examples.push({ path, line: at + 2, code: lines.slice(at + 1, end).join('\n') });
    at = end;
  }
  return examples;
}

/**
 * The examples of a source: blocks of `ts` that follow an `@example`.
 * @throws RangeError where an `@example` has no such block, or a block has no end.
 */
export function examplesOfSource(path: string, text: string): DocExample[] {
  const lines = text.split('\n').map(line => (/^\s*\*/.test(line) ? uncommented(line) : line));
  const tags = lines.flatMap((line, at) => (/^@example\b/.test(line) ? [at] : []));
  const examples = fenced(path, lines, at => tags.includes(at - 1));
  if (examples.length < tags.length) throw new RangeError(`${path}: an @example has no block of ts behind it`);
  return examples;
}

/** The examples of a document in Markdown: every block of `ts`. */
export function examplesOfDocument(path: string, text: string): DocExample[] {
  return fenced(path, text.split('\n'), () => true);
}

/** What the first comment of a source has as examples. */
export function hasModuleExample(text: string): boolean {
  const comment = /^\/\*\*[\s\S]*?\*\//.exec(text)?.[0] ?? '';
  return /^ \* @(module|packageDocumentation)\b/m.test(comment) && /^ \* @example\n \* ```ts$/m.test(comment);
}

function checkedLine(line: string, place: string): string {
  const [, indent = '', statement = '', expected = ''] = RESULT.exec(line) ?? [];
  if (expected === '') return line;
  const name = THROWS.exec(expected)?.[1];
  if (name !== undefined) return `${indent}await airlock.throws(async () => { ${statement}; }, '${name}', '${place}');`;
  const declared = DECLARATION.exec(statement)?.[1];
  const check = `airlock.is(${declared ?? statement}, ${expected}, '${place}');`;
  return declared === undefined ? `${indent}${check}` : `${indent}${statement}; ${check}`;
}

/**
 * The module that runs an example and checks its results, with `example-checks.ts` beside it as `checks.ts`; its lines have the numbers that they have in their file.
 * @throws RangeError for an example that cannot fail: one that states no result.
 */
export function exampleModule({ path, line, code }: DocExample): string {
  const isChecked = code.split('\n').some(text => RESULT.test(text)) || /\bassert(\.\w+)?\(/.test(code);
  if (!isChecked) throw new RangeError(`${path}:${line}: the example states no result: wanted "// → VALUE" behind a line, or an assert`);
  const lines = code.split('\n').map((text, i) => checkedLine(text, `${path}:${line + i}`));
  return `import * as airlock from './checks.ts';${'\n'.repeat(line - 1)}${lines.join('\n')}\n`;
}
