import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TextPlaces } from '../../origin.ts';
import { DefinitionError } from '../reader.ts';
import { readShellCommand } from './shell-words.ts';

const read = (text: string, joinLines = false) =>
  readShellCommand({ text, places: new TextPlaces('vm', text), joinLines, seen: { hasOpenSubstitution: false } }, 0);
const words = (text: string) => read(text).words.map(word => word.text);

/** Texts, and the words that bash makes of them. */
const VECTORS: readonly (readonly [text: string, words: readonly string[]])[] = [
  ['a  b\tc', ['a', 'b', 'c']],
  [`a'b c'd "e f"`, ['ab cd', 'e f']],
  [`'' ""`, ['', '']],
  ['a\\ b \\"c\\" \\\\', ['a b', '"c"', '\\']],
  [`"a\\"b\\\\c\\d"`, ['a"b\\c\\d']],
  ['a \\\n  b\\\nc', ['a', 'bc']],
  ['a \\\r\n b', ['a', 'b']],
  ['"a\\\nb"', ['ab']],
  ['a b # c d', ['a', 'b']],
  ['a#b', ['a#b']],
  ['a\nb', ['a']],
  ['a; b', ['a']],
  ['a && b', ['a']],
  ['a & ', ['a']],
  ['a > out 2>&1 b < in', ['a', 'b']],
  ['a 2>/dev/null', ['a']],
  [`a "$X" \${Y} $(lspci | grep (x) y) \`z z\``, ['a', '$X', `\${Y}`, '$(lspci | grep (x) y)', '`z z`']],
  [`-device '{"driver":"edu"}'`, ['-device', '{"driver":"edu"}']],
  ['-device {"driver":"edu"} x', ['-device', '{"driver":"edu"}', 'x']],
];

for (const [text, wanted] of VECTORS) {
  test(`readShellCommand splits ${JSON.stringify(text)}`, () => assert.deepEqual(words(text), wanted));
}

test('readShellCommand takes line ends for blanks where there are options alone', () => {
  assert.deepEqual(
    read('-a b\n# c\n-d', true).words.map(word => word.text),
    ['-a', 'b', '-d'],
  );
});

test('readShellCommand knows which words hold what a shell puts in', () => {
  const expanded = read(`$A "b$C" '$D' \\$E $(f) plain $`).words.map(word => word.hasExpansion);
  assert.deepEqual(expanded, [true, true, false, false, true, false, false]);
});

test('readShellCommand refuses a quote that is not closed, and says where it is', () => {
  for (const text of ["a\n'b", 'a\n"b']) {
    assert.throws(
      () => readShellCommand({ text, places: new TextPlaces('vm', text), joinLines: false, seen: { hasOpenSubstitution: false } }, 2),
      error => error instanceof DefinitionError && error.origin?.line === 2 && error.origin.column === 1,
    );
  }
});

test('a word says which part of the text an edit replaces', () => {
  const text = `x a=1,b='2 2',c="3\\"3" d\\=4 e=''`;
  const [, first, second, third] = read(text).words;
  const span = (word: typeof first, part: string) => {
    const start = word?.text.indexOf(part) ?? 0;
    const found = word?.origin(start, start + part.length).span;
    return found ? text.slice(found.start, found.end) : found;
  };
  assert.equal(span(first, '1'), '1');
  assert.equal(span(first, '2 2'), '2 2');
  assert.equal(span(first, '3"3'), '3\\"3');
  // From outside of quotes to inside of them: nothing can stand in its place alone.
  assert.equal(span(first, 'b=2'), null);
  assert.equal(span(second, '4'), '4');
  assert.equal(span(second, '=4'), '\\=4');
  assert.equal(span(third, ''), '');
});
