import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DefinitionError } from '../reader.ts';
import { findAttribute, findChild, parseXml, textOrigin, UNDECLARED, type XmlElement } from './xml.ts';

const parse = (text: string) => parseXml({ file: 'vm.xml', text });

function refusal(text: string): string {
  try {
    parse(text);
  } catch (error) {
    assert(error instanceof DefinitionError);
    return `${error.origin?.line}:${error.origin?.column} ${error.message}`;
  }
  return 'read';
}

test('parseXml knows where each element and each value stands', () => {
  const text = `<?xml version="1.0"?>\n<!-- <a b="c"> -->\n<domain  type = 'k"vm'>\n  <name> db1\n</name><os\n arch="x&amp;y"/></domain>`;
  const { root, places } = parse(text);
  const at = (start: number, end: number) => text.slice(start, end);
  const type = findAttribute(root, 'type');
  const arch = findAttribute(findChild(root, 'os') ?? root, 'arch');
  assert(type && arch);
  assert.deepEqual([type.value, at(type.start, type.end), at(type.nameStart, type.nameStart + 4)], ['k"vm', 'k"vm', 'type']);
  assert.deepEqual([arch.value, at(arch.start, arch.end)], ['x&y', 'x&amp;y']);
  const name = findChild(root, 'name');
  assert(name);
  const origin = textOrigin(places, name, text);
  assert.deepEqual([origin.line, origin.column, origin.span && at(origin.span.start, origin.span.end)], [4, 10, 'db1']);
  const tags = (element: XmlElement): string[] => [at(element.start, element.contentStart), ...element.children.flatMap(tags)];
  assert.deepEqual(tags(root), [`<domain  type = 'k"vm'>`, '<name>', '<os\n arch="x&amp;y"/>']);
});

test('parseXml tells what prefixes stand for', () => {
  const { root } = parse(`<a xmlns:q="urn:q"><q:b/><c xmlns="urn:c"><d/></c><x:e/></a>`);
  const names = (element: XmlElement): string[] => [`${element.namespace}|${element.name}`, ...element.children.flatMap(names)];
  assert.deepEqual(names(root), ['|a', 'urn:q|b', 'urn:c|c', 'urn:c|d', `${UNDECLARED}|e`]);
});

test('parseXml refuses what is not well formed, with its place', () => {
  const vectors: [text: string, words: string][] = [
    ['', '1:1 The XML is not well formed: document must contain a root element'],
    ['<a>\n<b></a>', '2:8 The XML is not well formed: unexpected close tag'],
    ['<a/><b/>', '1:8 The XML is not well formed: documents may contain only one root'],
    ['<a b="1" b="2"/>', '1:17 The XML is not well formed: duplicate attribute: b'],
    ['<a>&x;</a>', '1:7 The XML is not well formed: undefined entity'],
  ];
  for (const [text, words] of vectors) assert.equal(refusal(text), words, text);
});

test('parseXml refuses document types, depth and size that no definition has', () => {
  const bomb = `<!DOCTYPE a [<!ENTITY l "l"><!ENTITY m "&l;&l;&l;">]>\n<a>&m;</a>`;
  assert.equal(refusal(bomb), '1:1 The XML has a document type (<!DOCTYPE …>), which no definition needs: take it out');
  assert.match(refusal('<a>'.repeat(300)), /^1:769 The XML has elements more than 256 deep$/);
  assert.match(refusal(`<a>${'<b/>'.repeat(200_000)}</a>`), /The XML has more than 200000 elements and attributes$/);
});
