import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Findings } from './findings.ts';
import { JsonArgumentError, parseJsonArgument, stringMember } from './json-argument.ts';
import { plainWord } from './word.ts';

const read = (text: string) =>
  parseJsonArgument(plainWord(text, { file: 'vm', line: 1, column: 1, span: { start: 0, end: text.length } }), new Findings());

test('parseJsonArgument keeps the kind, the value as text and the place of each member', () => {
  const text = `{"driver":"edu", 'a':-1.5e3,"b":true,"c":null,"d":{"x":[1,{}]},"e":[], "\\u0066":"\\u00e9\\ud83d\\ude00\\n\\'"} `;
  const members = read(text);
  assert.deepEqual(
    members.map(({ name, value, json }) => [name, value, json]),
    [
      ['driver', 'edu', 'string'],
      ['a', '-1.5e3', 'number'],
      ['b', 'true', 'boolean'],
      ['c', 'null', 'null'],
      ['d', '{"x":[1,{}]}', 'object'],
      ['e', '[]', 'array'],
      ['f', "é😀\n'", 'string'],
    ],
  );
  const spans = members.map(({ origin: { span } }) => span && text.slice(span.start, span.end));
  assert.deepEqual(spans.slice(0, 5), ['"edu"', '-1.5e3', 'true', 'null', '{"x":[1,{}]}']);
});

/** What is wrong, and what QEMU 11.1.3 says. */
const WRONG: readonly (readonly [text: string, words: string])[] = [
  ['{', '1:2: JSON parse error, premature end of input'],
  ['{"driver":', '1:11: JSON parse error, premature end of input'],
  ['{"driver":"edu","a":12', '1:24: JSON parse error, premature end of input'],
  ['{"driver":"edu"} x', 'Expecting at most one JSON value'],
  ['{"driver":"edu"}}', 'Expecting at most one JSON value'],
  ['{"driver":"edu","driver":"e1000e"}', '1:26: JSON parse error, duplicate key'],
  ['{"driver":"edu","addr":5,}', '1:26: JSON parse error, expecting key'],
  ['{"driver":"edu",,}', '1:17: JSON parse error, expecting key'],
  ['{5:1}', '1:2: JSON parse error, expecting key'],
  ['{"driver":"edu" "id":"x"}', "1:17: JSON parse error, expected ',' or '}'"],
  ['{"driver" "edu"}', "1:11: JSON parse error, expecting ':'"],
  ['{"a":}', '1:6: JSON parse error, expecting value'],
  ['{"driver":"edu","a":[1,]}', '1:24: JSON parse error, expecting value'],
  ['{"driver":"edu","a":[1 2]}', "1:24: JSON parse error, expected ',' or ']'"],
  ['{"driver":"edu","a":1:2}', "1:23: JSON parse error, expected ',' or '}'"],
  ['{"driver":"edu","a":true1}', "1:26: JSON parse error, expected ',' or '}'"],
  ['{"driver":"edu","a":0x5}', "1:23: JSON parse error, expected ',' or '}'"],
  ['{"driver":"edu","addr":%d}', "1:24: JSON parse error, stray '%'"],
  ['{"driver":"edu","dma_mask":01}', "1:28: JSON parse error, stray '01'"],
  ['{"driver":"edu","a":1.}', "1:21: JSON parse error, stray '1.}'"],
  ['{"driver":"edu","a":-}', "1:21: JSON parse error, stray '-}'"],
  ['{"driver":"edu","a":+1}', "1:21: JSON parse error, stray '+'"],
  ['{"driver":"edu","addr":"5}', `1:24: JSON parse error, stray '"5}'`],
  ['{"driver":"edu","addr":"\\x"}', '1:24: JSON parse error, invalid escape sequence in string'],
  ['{"driver":"edu","a":"\\ud800"}', '1:21: JSON parse error, \\ud800 is not a valid Unicode character'],
  ['{"driver":nul}', "1:11: JSON parse error, invalid keyword 'nul'"],
  ['{"driver":"edu",\n"addr":x}', "2:8: JSON parse error, invalid keyword 'x'"],
  ['{"a":"é","b":;}', "1:15: JSON parse error, stray ';'"],
  [`${'{"a":'.repeat(1025)}1${'}'.repeat(1025)}`, 'JSON nesting depth limit exceeded'],
];

for (const [text, words] of WRONG) {
  test(`parseJsonArgument refuses ${JSON.stringify(text.slice(0, 60))} as QEMU does`, () => {
    assert.throws(
      () => read(text),
      error => error instanceof JsonArgumentError && assert.equal(error.message, words) === undefined,
    );
  });
}

test('parseJsonArgument takes as many nested values as QEMU', () => {
  assert.equal(read(`${'{"a":'.repeat(1024)}1${'}'.repeat(1024)}`).length, 1);
});

test('stringMember finds the text of a member', () => {
  assert.equal(stringMember('{"type":"unix","path":"/run/x"}', 'path'), '/run/x');
  for (const text of ['{"path":5}', '{}', '{', '[]']) assert.equal(stringMember(text, 'path'), null);
});
