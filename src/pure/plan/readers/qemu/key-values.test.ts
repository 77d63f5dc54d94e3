import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Findings } from './findings.ts';
import { escapeCommas, parseKeyValues, parseOptions } from './key-values.ts';
import { plainWord } from './word.ts';

const wordOf = (text: string) => plainWord(text, { file: 'vm', line: 1, column: 1, span: { start: 0, end: text.length } });
const pairs = (values: readonly { name: string; value: string }[]) => values.map(({ name, value }) => `${name}=${value}`);

/** Arguments of -device, and what QEMU 11.1.3 makes of them. */
const OPTIONS: readonly (readonly [text: string, values: readonly string[], id?: string | null])[] = [
  ['', []],
  [',', ['driver=']],
  ['=', ['=']],
  ['edu,', ['driver=edu']],
  ['edu,,x=1', ['driver=edu,x=1']],
  ['edu,,,x=1', ['driver=edu,', 'x=1']],
  ['edu,=5', ['driver=edu', '=5']],
  ['edu,x=y=z', ['driver=edu', 'x=y=z']],
  ['edu,bus=a,,b', ['driver=edu', 'bus=a,b']],
  ['edu,bus=a,,,x=5', ['driver=edu', 'bus=a,', 'x=5']],
  ['edu,a=,b=1', ['driver=edu', 'a=', 'b=1']],
  ['edu,a=,,b=1', ['driver=edu', 'a=,b=1']],
  ['edu,x,nomultifunction', ['driver=edu', 'x=on', 'multifunction=off']],
  ['driver=edu', ['driver=edu']],
  ['id=x,driver=edu', ['driver=edu'], 'x'],
  ['edu,id=a,id=b', ['driver=edu'], 'a'],
  ['edu,id', ['driver=edu'], 'on'],
  ['foo=1,edu', ['foo=1', 'edu=on']],
  ['nofoo', ['driver=nofoo']],
  ['edu,no', ['driver=edu', '=off']],
];

for (const [text, values, id = null] of OPTIONS) {
  test(`parseOptions reads ${JSON.stringify(text)}`, () => {
    const parsed = parseOptions(wordOf(text), 'driver', new Findings());
    assert.deepEqual(pairs(parsed.values), values);
    assert.equal(parsed.id?.value ?? null, id);
  });
}

test('parseOptions warns of a name alone in the words of QEMU, and knows where each value stands', () => {
  const findings = new Findings();
  const text = 'edu,multifunction,bus=a,,b,nox';
  const { values } = parseOptions(wordOf(text), 'driver', findings);
  assert.deepEqual(
    findings.all.map(({ message }) => message),
    [
      "short-form boolean option 'multifunction' deprecated; please use multifunction=on instead",
      "short-form boolean option 'nox' deprecated; please use x=off instead",
    ],
  );
  const spans = values.map(({ origin: { span } }) => span && text.slice(span.start, span.end));
  assert.deepEqual(spans, ['edu', null, 'a,,b', null]);
});

test('parseOptions tells a question for help', () => {
  for (const text of ['help', 'driver=?', 'edu,help', 'edu,?', 'edu,?=5']) {
    assert.ok(parseOptions(wordOf(text), 'driver', new Findings()).asksForHelp, text);
  }
  assert.ok(!parseOptions(wordOf('edu,helper=1'), 'driver', new Findings()).asksForHelp);
});

test('escapeCommas writes what parseOptions reads', () => {
  const value = ',a,,b,';
  assert.deepEqual(pairs(parseOptions(wordOf(`x=${escapeCommas(value)},y=1`), null, new Findings()).values), [`x=${value}`, 'y=1']);
});

/** Arguments of -machine, and what QEMU 11.1.3 makes of them, or says. */
const MACHINES: readonly (readonly [text: string, values: readonly string[] | string])[] = [
  ['', []],
  ['q35', ['type=q35']],
  ['q35,', ['type=q35']],
  ['usb=off', ['usb=off']],
  ['type=q35,,x', ['type=q35,x']],
  ['q35,kernel_irqchip=split,smp.cpus=2', ['type=q35', 'kernel-irqchip=split', 'smp.cpus=2']],
  ['q35,usb=on,,off', ['type=q35', 'usb=on,off']],
  ['q35,usb', "Expected '=' after parameter 'usb'"],
  ['q35,pc', "Expected '=' after parameter 'pc'"],
  ['q35,a,,b=c', "Expected '=' after parameter 'a'"],
  ['q35,,x=1', "Invalid parameter ''"],
  [',usb=off', "Invalid parameter ''"],
  ['=q35', "Invalid parameter ''"],
  ['q35,.a=1', "Invalid parameter '.a'"],
  ['q35,a.=1', "Invalid parameter 'a.'"],
  ['q35,a..b=1', "Invalid parameter 'a..b'"],
  ['q35,1a=1', "Invalid parameter '1a'"],
  ['q35,a b=1', "Invalid parameter 'a b'"],
  [`q35,${'a'.repeat(128)}=1`, `Parameter '${'a'.repeat(128)}' is too long`],
];

for (const [text, wanted] of MACHINES) {
  test(`parseKeyValues reads ${JSON.stringify(text)}`, () => {
    const parsed = parseKeyValues(wordOf(text), 'type', new Findings());
    assert.deepEqual(Array.isArray(parsed) ? pairs(parsed) : parsed.message, wanted);
  });
}
