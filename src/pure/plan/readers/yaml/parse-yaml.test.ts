import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DefinitionError } from '../reader.ts';
import { booleanOf, entriesOf, itemsOf, scalarOf, textOf, type YamlNode, yamlAt } from './node.ts';
import { parseYaml } from './parse-yaml.ts';

const parse = (text: string) => parseYaml({ file: 'vm.yaml', text });

function plainOf(node: YamlNode): unknown {
  if (node.kind === 'list') return node.items.map(plainOf);
  if (node.kind === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => [key, plainOf(value)]));
  return node.json === 'string' ? node.text : JSON.parse(node.text.toLowerCase());
}

const refuses = (text: string, words: RegExp): void =>
  assert.throws(
    () => parse(text),
    error => error instanceof DefinitionError && words.test(error.message) && !error.message.includes('\n'),
  );

test('parseYaml gives each value the place that an edit replaces', () => {
  const text = 'a: b\nc:\n- "d e"\n- {f: 0x10, g: }\n---\nh: |\n  one\n  two\n';
  const { documents, places } = parse(text);
  const quoted = itemsOf(yamlAt(documents[0], 'c'))[0];
  assert(quoted?.kind === 'scalar');
  assert.equal(quoted.text, 'd e');
  assert.equal(text.slice(quoted.start, quoted.end), 'd e');
  assert.deepEqual(places.at(quoted.start, quoted.end), { file: 'vm.yaml', line: 3, column: 4, span: { start: 11, end: 14 } });
  const number = yamlAt(itemsOf(yamlAt(documents[0], 'c'))[1], 'f');
  assert(number?.kind === 'scalar');
  assert.deepEqual([number.text, number.json], ['0x10', 'number']);
  assert.equal(scalarOf(yamlAt(itemsOf(yamlAt(documents[0], 'c'))[1], 'g')), undefined);
  const block = yamlAt(documents[1], 'h');
  assert(block?.kind === 'scalar');
  assert.deepEqual([block.text, block.style, block.indent], ['one\ntwo\n', 'literal', 2]);
  assert.equal(text.slice(block.start, block.start + 5), '  one');
});

test('parseYaml reads any JSON as JSON.parse does, and knows where each text stands', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom(undefined, 1, '\t'), (json, space) => {
      const text = JSON.stringify(JSON.parse(json), null, space);
      const [document] = parse(text).documents;
      // An empty document is none, and null is one.
      if (document !== undefined) assert.equal(JSON.stringify(plainOf(document)), JSON.stringify(JSON.parse(text)));
    }),
  );
});

test('parseYaml takes aliases and merged maps, and tells keys that stand twice', () => {
  const { documents, repeatedKeys } = parse('base: &b {x: 1, y: 2}\nvm: {<<: *b, y: 3, y: 4}\nother: *b\n');
  assert.deepEqual(
    entriesOf(yamlAt(documents[0], 'vm')).map(({ key, value }) => [key, textOf(value)]),
    [
      ['y', '3'],
      ['x', '1'],
    ],
  );
  assert.equal(textOf(yamlAt(documents[0], 'other', 'x')), '1');
  assert.deepEqual(repeatedKeys, [{ key: 'y', start: 41, end: 42 }]);
});

test('booleanOf takes the words of YAML 1.1, but none in quotes', () => {
  const of = (text: string) => booleanOf(parse(text).documents[0]);
  assert.deepEqual(['yes', 'Off', 'true', '"true"', '1', 'maybe'].map(of), [true, false, true, null, null, null]);
});

test('parseYaml refuses what is no YAML, in one line', () => {
  refuses('a: [', /^vm\.yaml cannot be read as YAML or JSON: unexpected end of the stream within a flow collection$/);
  refuses('a: b: c', /^vm\.yaml cannot be read as YAML or JSON: bad indentation/);
  refuses('a: *nobody', /no value before the alias \*nobody has that name$/);
  refuses('a: &a [*a]', /no value before the alias \*a has that name$/);
});

test('parseYaml refuses nesting and aliases without bound, in time', { timeout: 60_000 }, () => {
  for (const text of ['['.repeat(1e6), '{a: '.repeat(1e5), '- '.repeat(1e6)]) refuses(text, /it nests maps and lists deeper than 100$/);
  const bomb = ['a0: &a0 x', ...Array.from({ length: 40 }, (_, at) => `a${at + 1}: &a${at + 1} [${`*a${at},`.repeat(9)}]`)].join('\n');
  refuses(bomb, /its aliases stand for more than 100000 values$/);
  const keys = Array.from({ length: 200_000 }, (_, at) => `k${at}: ${at}`).join('\n');
  assert.equal(entriesOf(parse(keys).documents[0]).length, 200_000);
});
