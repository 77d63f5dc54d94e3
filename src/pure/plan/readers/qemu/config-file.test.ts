import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isConfigFile, readConfigFile } from './config-file.ts';
import { Findings } from './findings.ts';

/** Sections as `group id: name=value …`, and what was said. */
function read(text: string): { sections: string[]; said: string[] } {
  const findings = new Findings();
  const sections = readConfigFile({ file: 'vm.cfg', text }, findings).map(
    ({ group, id, values }) => `${group} ${id}: ${values.map(({ name, value }) => `${name}=${value}`).join(' ')}`,
  );
  return { sections, said: findings.all.map(({ message }) => message) };
}

/** Files, what QEMU 11.1.3 has of them, and its words or ours. */
const FILES: readonly (readonly [text: string, sections: readonly string[], said?: RegExp])[] = [
  ['# c\n\n[device "e"]\n  driver = "edu"\n\taddr\t=\t"05.0"\n', ['device e: driver=edu addr=05.0']],
  ['[device]\ndriver ="edu"\n', ['device null: driver=edu']],
  ['[device   "m"  ] junk\nid = "7"\n', ['device m: id=7']],
  ['[ device\t"m"\nid = ""\n', ['device m: id=']],
  ['[device"m"]\n', ['device"m" null: ']],
  ['[device a]\n', ['device a null: ']],
  ['[device ""]\n', ['device "" null: ']],
  ['[global]\r\ndriver = "edu"\r\n', ['global null: driver=edu']],
  ['[device]\nbus = "a,,b\\"c"\n', ['device null: bus=a,,b\\'], /^QEMU does not read what stands behind the value: c"$/],
  ['[device]\ndriver = edu\n', ['device null: driver='], /^QEMU reads this as driver with an empty value: the line must be NAME = "VALUE"/],
  ['[device]\nbus= "x"\n', ['device null: bus=='], /with blanks around "="$/],
  ['[device]\ndriver="edu"\n', ['device null: driver="edu"='], /empty value/],
  ['[device]\n  # c\n', ['device null: #='], /a comment begins in the first column$/],
  ['[device]\nbus = "x\naddr = "1"\n', ['device null: bus=x\n addr=1'], /quote is not closed in the line$/],
  [`[device]\n${'k'.repeat(70)} = "1"\n`, [`device null: ${'k'.repeat(63)}=`], /empty value/],
  ['driver = "edu"\n', [], /^no group defined$/],
  ['  [device "a"]\n', [], /^no group defined$/],
  ['[]\n', [], /^no group defined$/],
  ['[device]\n   \nid = "x"\n', ['device null: '], /^parse error$/],
];

for (const [text, sections, said] of FILES) {
  test(`readConfigFile reads ${JSON.stringify(text.slice(0, 50))} as QEMU does`, () => {
    const found = read(text);
    assert.deepEqual(found.sections, sections);
    if (said === undefined) assert.deepEqual(found.said, []);
    else assert.match(found.said.join('\n'), said);
  });
}

test('readConfigFile reads long lines in pieces, as QEMU does', () => {
  const { sections } = read(`[device]\nbus = "${'a'.repeat(1030)}" bar = "7"\n`);
  assert.deepEqual(sections, [`device null: bus=${'a'.repeat(1016)} ${'a'.repeat(14)}"=`]);
});

test('readConfigFile knows where each value stands', () => {
  const text = '[device "a"]\n  addr = "05.0"\n';
  const [section] = readConfigFile({ file: 'vm.cfg', text }, new Findings());
  assert.deepEqual(section?.values[0]?.origin, { file: 'vm.cfg', line: 2, column: 11, span: { start: 23, end: 27 } });
});

test('isConfigFile judges by the first line that is no comment', () => {
  for (const text of ['[machine]\ntype = "q35"\n', '# c\n\n[device "a"]\n']) assert.ok(isConfigFile(text), text);
  for (const text of ['', '[', '[snapshot1]\n', 'machine: q35\n[device "a"]\n', '[{"a":1}]', '  [machine]'])
    assert.ok(!isConfigFile(text), text);
});
