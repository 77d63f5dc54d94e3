/** What holds of the reader of QEMU's command lines, whatever the text. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { DefinedValue, VmDefinition } from '../../src/pure/plan/definition.ts';
import type { Origin } from '../../src/pure/plan/origin.ts';
import { DefinitionError, NO_CONTEXT } from '../../src/pure/plan/readers/index.ts';
import { escapeCommas, qemuReader } from '../../src/pure/plan/readers/qemu/index.ts';
import { RUNS } from '../fixtures/arbitrary-config.ts';

/** No text may take more of a processor, however busy that is; what grows with the square of a text's length takes minutes. */
const MOST_MILLISECONDS = 20_000;
/** Long enough to tell. */
const LONG = 2 ** 18;

const read = (text: string) => qemuReader.read({ file: 'vm', text }, { ...NO_CONTEXT, openFile: path => (path === '' ? null : path) });

/** Every value of a definition. */
function valuesOf({ machine, globals, objects, devices, otherOptions }: VmDefinition): DefinedValue[] {
  const own = [...objects, ...devices].flatMap(({ values }) => values);
  return [...(machine.type === null ? [] : [machine.type]), ...machine.values, ...globals, ...otherOptions, ...own];
}

/** Reads a text, and checks what holds of any; null where it is refused. */
function readAny(text: string): readonly VmDefinition[] | null {
  const start = process.cpuUsage();
  const isKnown = qemuReader.matches(text);
  try {
    const { definitions } = read(text);
    for (const definition of definitions) {
      const origins = [...valuesOf(definition), ...definition.devices, ...definition.findings].map(({ origin }) => origin);
      for (const origin of origins) assert.ok(origin === null || isInside(origin, text), JSON.stringify(origin));
      for (const { message } of definition.findings) assert.ok(message !== '' && !/(?!\t)\p{Cc}/u.test(message), JSON.stringify(message));
    }
    return definitions;
  } catch (error) {
    assert.ok(error instanceof DefinitionError, String(error));
    assert.match(error.message, /^[^\n]+$/);
    // What is told to be of the format by its content holds something of it.
    if (isKnown) assert.doesNotMatch(error.message, /holds no command line/);
    return null;
  } finally {
    const { user, system } = process.cpuUsage(start);
    assert.ok((user + system) / 1000 < MOST_MILLISECONDS);
  }
}

function isInside({ file, span, line }: Origin, text: string): boolean {
  // A file for -readconfig is another text.
  if (file !== 'vm') return true;
  return (line === null || line >= 1) && (span === null || (0 <= span.start && span.start <= span.end && span.end <= text.length));
}

// biome-ignore format: a table
const PIECES = [
  'qemu-system-x86_64', 'qemu-kvm', 'kvm', ' ', ' ', ' ', '\n', '\t', '\\\n', '\\', "'", '"', '`', '$', '$(', ')', '${', '}', '#', ';', '&', '|', '>', '<', '\0', '\r\n',
  '-device', '-object', '-machine', '-M', '-global', '-set', '-readconfig', '-accel', '-enable-kvm', '-name', '-nodefaults', '-drive', '-vga', '-nosuch', '--', '-',
  'vfio-pci', 'edu', 'id=a', 'driver=', 'host=', '3b:00.0', 'sysfsdev=/sys', 'socket', 'device.a.x=1', 'drive.a.x=1', 'vfio-pci.ats=off', 'driver=x,property=y,value=z', ',', ',,', '=', 'no', 'help', '?',
  '{', '}', '[', ']', ':', '"driver":"edu"', '"a":', 'true', 'null', '1', '-', '.5', '0x1', '\\u00', '\\ud800', "'id'", '[device "a"]\n', '[machine]\n', '[global]\n', '[object]\n', ' = "', '"\n', 'é', '😀', '\u001b', '\ud800',
];
const texts = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(pieces => pieces.join('')),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(pieces => `qemu-system-x86_64 ${pieces.join('')}`),
  fc
    .array(fc.constantFrom(...PIECES), { maxLength: 40 })
    .map(pieces => `qemu-system-x86_64 -device '${pieces.join('').replaceAll("'", '')}'`),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(pieces => `[device "a"]\n${pieces.join('')}`),
  fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map(pieces => `qemu-kvm\0${pieces.join('\0')}`),
  fc.string({ unit: 'binary' }),
);

test('qemuReader ends on any text, with a definition and findings or with one line', () => {
  let known = 0;
  fc.assert(
    fc.property(texts, text => {
      known += readAny(text) === null ? 0 : 1;
    }),
    { numRuns: RUNS },
  );
  assert.ok(known > RUNS / 10, `only ${known} of ${RUNS} hold a command line`);
});

/** Texts whose pieces a careless reader would look at again and again. */
const HOSTILE: readonly (readonly [before: string, piece: string, after?: string])[] = [
  ['', ' '],
  ['', 'kvm '],
  ['x ', 'kvm '],
  ['', 'x kvm\n'],
  ['', 'x kvm $(\n'],
  ['', 'x kvm `\n'],
  ['', 'x kvm ${\n'],
  ['', `x kvm '"\n`],
  ['', '-qemu-system-'],
  ['', 'qemu-system-a'],
  ['', 'a=b \\\nkvm '],
  ['', '\\\n'],
  ['kvm ', '${'],
  ['kvm ', '$(('],
  ['kvm ', '\\a'],
  ['kvm ', `''`],
  ['kvm -device ', `'a'"b"`],
  ['kvm ', '-nosuch '],
  ['kvm ', '> '],
  ['kvm -device ', 'a,'],
  ['kvm -device edu', ',,'],
  ['kvm -machine ', 'a.'],
  ['kvm -machine q35', ',a=1'],
  ["kvm -device '{", '"a":{', "'"],
  ['kvm -device \'{"a":', '[', "'"],
  [`kvm -device '{"a":"`, '\\n', `"}'`],
  [`kvm -device '{"a":"`, 'a', `"}'`],
  [`kvm -device '{"a":`, '1', `}'`],
  ['kvm ', '-set device.a.b=c '],
  ['kvm -drive id=a ', '-set drive.a.b=c '],
  ['kvm ', '-drive if=virtio '],
  ['kvm -drive ', 'if=virtio,'],
  ['kvm ', '-device edu,id=a '],
  ['kvm ', '-readconfig [machine] '],
  ['[device "a"]\n', '\n'],
  ['', '[device "a"]\n'],
  ['[device "a"]\n', 'a = "b"\n'],
  ['[device "a"]\n', '"'],
  ['[machine]\n', ' '],
  ['kvm\0', '-device\0edu\0'],
  ['kvm\0', '\0'],
  ['-M q35', '\n# x'],
];

for (const [before, piece, after = ''] of HOSTILE) {
  test(`qemuReader ends on much of ${JSON.stringify(before + piece)}`, () => {
    readAny(before + piece.repeat(LONG / piece.length) + after);
  });
}

const names = fc
  .string({ unit: fc.constantFrom(...'abcxyz019-_.'), minLength: 1, maxLength: 12 })
  .filter(name => !['id', 'driver', 'help'].includes(name));
const ids = fc.stringMatching(/^[a-z][a-z0-9._-]{0,9}$/);
const values = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(...`ab,='"\\ $\``), maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 5 }),
);
const pairs = fc.array(fc.tuple(names, values), { maxLength: 4 });
const devices = fc.record({ driver: fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/).filter(name => name !== 'help'), id: ids, pairs });

/** How a device is written. */
const spellings = fc.constantFrom('key=value', 'JSON', 'driver later');
/** How a word is quoted for a shell. */
const quotings = fc.constantFrom('single', 'double', 'backslash', 'mixed');

function wordOf({ driver, id, pairs: own }: { driver: string; id: string; pairs: [string, string][] }, spelling: string): string {
  if (spelling === 'JSON') {
    const members: Record<string, string> = { driver, id };
    for (const [name, value] of own) members[name] = value;
    return JSON.stringify(members);
  }
  const written = own.map(([name, value]) => `${name}=${escapeCommas(value)}`);
  return spelling === 'key=value' ? [driver, `id=${id}`, ...written].join(',') : [`id=${id}`, ...written, `driver=${driver}`].join(',');
}

function quoteWord(word: string, quoting: string): string {
  if (quoting === 'single') return `'${word.replaceAll("'", `'"'"'`)}'`;
  if (quoting === 'double') return `"${word.replace(/["\\$`]/g, '\\$&')}"`;
  if (quoting === 'backslash')
    return word === '' ? `''` : word.replace(/[^\p{L}\p{N}]/gu, found => (found === '\n' ? `'\n'` : `\\${found}`));
  return `${quoteWord(word.slice(0, word.length >> 1), 'double')}\\\n${quoteWord(word.slice(word.length >> 1), 'single')}`;
}

const sorted = (own: readonly DefinedValue[]) => own.map(({ name, value }) => [name, value]);

test('qemuReader reads what was written, however it is quoted', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.tuple(devices, spellings, quotings), { maxLength: 4, selector: ([{ id }]) => id }), all => {
      const words = all.map(([device, spelling, quoting]) => `-device ${quoteWord(wordOf(device, spelling), quoting)}`);
      const [definition] = readAny(`qemu-system-x86_64 ${words.join(' \\\n ')} -S`) ?? [];
      assert.ok(definition);
      // Those in JSON are made behind the others, and have each name once.
      const ordered = [...all.filter(([, spelling]) => spelling !== 'JSON'), ...all.filter(([, spelling]) => spelling === 'JSON')];
      const wanted = ordered.map(([{ driver, id, pairs: own }, spelling]) => [
        driver,
        id,
        spelling === 'JSON' ? Object.entries(Object.fromEntries(own)) : own,
      ]);
      assert.deepEqual(
        definition.devices.map(({ driver, id, values: own }) => [driver, id, sorted(own)]),
        wanted,
      );
      assert.deepEqual(
        definition.findings.filter(({ severity }) => severity === 'error'),
        [],
      );
    }),
    { numRuns: RUNS },
  );
});

test('qemuReader reads an edited value where it said that the value stands', () => {
  let edited = 0;
  fc.assert(
    fc.property(devices, spellings, quotings, fc.nat(), (device, spelling, quoting, which) => {
      const text = `qemu-system-x86_64 -device ${quoteWord(wordOf(device, spelling), quoting)} -S`;
      const before = readAny(text)?.[0]?.devices[0];
      const index = which % (before?.values.length || 1);
      const value = before?.values[index];
      if (value === undefined || value.origin.span === null) return;
      const { start, end } = value.origin.span;
      edited += 1;
      const written = value.json === null ? '0x15b3' : '"0x15b3"';
      const after = readAny(`${text.slice(0, start)}${written}${text.slice(end)}`)?.[0]?.devices[0];
      assert.deepEqual(sorted(after?.values ?? []), sorted(before?.values.with(index, { ...value, value: '0x15b3' }) ?? []));
    }),
    { numRuns: RUNS },
  );
  assert.ok(edited > RUNS / 4, `only ${edited} of ${RUNS} have a value that can be replaced`);
});

test('qemuReader reads what was written to a file for -readconfig', () => {
  const plain = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(value => !/["\n]/.test(value));
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(ids, fc.array(fc.tuple(names, plain), { maxLength: 4 })), {
        minLength: 1,
        selector: ([id]) => id,
        maxLength: 4,
      }),
      all => {
        const sections = all.map(
          ([id, own]) => `[device "${id}"]\n  driver = "edu"\n${own.map(([name, value]) => `  ${name} = "${value}"\n`).join('')}`,
        );
        const [definition] = readAny(`# a comment\n${sections.join('\n')}`) ?? [];
        assert.deepEqual(
          definition?.devices.map(({ id, values: own }) => [id, sorted(own)]),
          all,
        );
      },
    ),
    { numRuns: RUNS },
  );
});
