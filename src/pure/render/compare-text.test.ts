import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare } from '../guest-view/index.ts';
import { Bdf } from '../pci/bdf.ts';
import { ConfigSpace } from '../pci/config-space.ts';
import { compareJson } from '../reports/compare-json.ts';
import { type CompareReport, type CompareSide, whyIncomparable } from '../reports/compare-report.ts';
import { formatComparison, formatDifference } from './compare-text.ts';
import { createPainter } from './paint.ts';

const A: CompareSide = {
  name: 'A',
  input: 'old.txt',
  bdf: Bdf.parse('3b:00.0'),
  outcome: 'realized',
  error: null,
  doubts: [],
  unknown: [],
};
const B: CompareSide = { ...A, name: 'B', input: '-', bdf: null };

/** A PCI Express function with nothing else; `edits` are bytes by offset. */
function space(length = 4096, edits: Readonly<Record<number, number>> = {}): ConfigSpace {
  const bytes = new Uint8Array(4096);
  bytes.set([0x86, 0x80, 0x34, 0x12, 0, 0, 0x10, 0]);
  bytes[0x34] = 0x40;
  bytes.set([0x10, 0, 2, 0], 0x40);
  for (const [at, byte] of Object.entries(edits)) bytes[Number(at)] = byte;
  return new ConfigSpace(bytes.slice(0, length));
}

function reportOf(a: ConfigSpace, b: ConfigSpace, sides: Partial<CompareSide> = {}): CompareReport {
  return { a: { ...A, ...sides }, b: B, comparison: compare({ config: a }, { config: b }) };
}

function linesOf(report: CompareReport, width = 80): string[] {
  assert.ok(report.comparison !== null);
  return formatComparison(report, report.comparison, createPainter({ width }));
}

test('formatComparison of spaces that are known and the same is empty', () => {
  assert.deepEqual(linesOf(reportOf(space(), space())), []);
});

test('formatComparison gives a line for each difference, and for a long run of bytes its head', () => {
  const edits = Object.fromEntries(Array.from({ length: 0x100 }, (_, i) => [0x800 + i, 0xa0]));
  assert.deepEqual(linesOf(reportOf(space(4096, { 2: 0x35, 1792: 1 }), space(4096, edits))), [
    'WHERE: A | B, of A (old.txt, 0000:3b:00.0) and B (standard input)',
    '0x000 header common.deviceId: 0x1235 | 0x1234',
    '0x700 bytes 700: 01 | 00',
    '0x800 bytes 800-8ff: 0000000000000000… | a0a0a0a0a0a0a0a0…',
  ]);
});

test('formatComparison says how far the sides could be compared, with and without a difference', () => {
  const reach = ['  A: ? 100-fff: only 256 bytes of config space are known (lspci -xxxx as root', '      gives all)'];
  assert.deepEqual(linesOf(reportOf(space(256), space())), [
    'A (old.txt, 0000:3b:00.0) and B (standard input): same as far as known: 256',
    '  bytes compared, 0-ff',
    ...reach,
  ]);
  assert.deepEqual(linesOf(reportOf(space(256), space(4096, { 2: 0x35 }))).slice(1), [
    '0x000 header common.deviceId: 0x1234 | 0x1235',
    '256 bytes compared, 0-ff',
    ...reach,
  ]);
  const [, , first] = linesOf(reportOf(space(64), space()));
  assert.match(first, /^ {2}A: \? 40-fff: only 64 bytes/, 'both lists end at one place');
});

test('formatComparison keeps to its columns and to few lines, however many holes there are', () => {
  const known = Uint8Array.from({ length: 4096 }, (_, at) => (at % 32 < 16 ? 1 : 0));
  const report = reportOf(new ConfigSpace(space().bytes, known), space(), {
    doubts: [{ code: 'outcome.unknown', message: 'whether realize fails is not known: words '.repeat(3) }],
  });
  for (const width of [40, 80, 200]) {
    const lines = linesOf(report, width);
    assert.ok(lines.length < 60 && lines.every(line => line.length <= width), lines.join('\n'));
  }
  const text = linesOf(report).join(' ').replace(/ +/g, ' ');
  assert.match(text, /2048 bytes compared, 0-f, 20-2f, 40-4f, 60-6f and 124 more runs/);
  assert.match(
    text,
    /A: \? bytes 10 to 1f of the header are not known A: .*A: \? and 122 more places A: whether realize fails is not known/,
  );
});

test('formatDifference marks a side that lacks what the other has', () => {
  assert.equal(formatDifference({ at: 0x1b0, place: 'ATS [1b0]', field: '', a: null, b: 'there' }), '0x1b0 ATS [1b0]: - | there');
});

test('whyIncomparable names the sides that fail, or what is known of neither', () => {
  const failed = (side: CompareSide, message: string): CompareSide => ({ ...side, outcome: 'failed', error: { code: 'x.y', message } });
  const one: CompareReport = { a: A, b: failed(B, 'no ATS'), comparison: null };
  assert.equal(whyIncomparable(one), 'B (standard input) fails to realize: no ATS');
  assert.equal(
    whyIncomparable({ ...one, a: failed(A, 'a bridge') }),
    'A (old.txt, 0000:3b:00.0) fails to realize: a bridge; B (standard input) fails to realize: no ATS',
  );
  assert.match(
    whyIncomparable(reportOf(space(0), space())) ?? '',
    /^no byte is known of both: A \(.*\): no byte of config space is known .*; B \(standard input\): all is known$/,
  );
  assert.equal(whyIncomparable(reportOf(space(64), space())), null);
});

test('compareJson says that two sides are the same only where all of both is known', () => {
  const same = (a: ConfigSpace, b: ConfigSpace) => {
    const json = compareJson(reportOf(a, b));
    return [json.same, json.outcome];
  };
  assert.deepEqual(same(space(), space()), [true, 'same']);
  assert.deepEqual(same(space(256), space(256)), [null, 'same-as-far-as-known']);
  assert.deepEqual(same(space(256), space(256, { 2: 1 })), [false, 'different']);
  assert.deepEqual(same(space(0), space()), [null, 'incomparable']);
  const json = JSON.parse(JSON.stringify(compareJson(reportOf(space(256), space(4096, { 160: 1 }))))) as Record<string, unknown>;
  assert.deepEqual(json.compared, [{ from: '0x0', to: '0xff' }]);
  assert.deepEqual(json.differences, [{ at: '0x0a0', place: 'bytes', field: '0x0a0', a: '00', b: '01', length: 1 }]);
  const { unknown } = json.a as { unknown: { list: string; from: string; to: string; code: string }[] };
  assert.deepEqual(
    unknown.map(({ list, from, to, code }) => [list, from, to, code]),
    [['extended', '0x100', '0xfff', 'extended.unknown']],
  );
});
