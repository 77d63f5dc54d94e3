/** Made-up arguments: QEMU refuses those that we refuse, in our words, and what it repeats of others is what we read. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { NO_CONTEXT } from '../../../src/pure/plan/readers/index.ts';
import { looseWords, readQemuWords } from '../../../src/pure/plan/readers/qemu/index.ts';
import { assertShareAtLeast } from '../../fixtures/share-of-runs.ts';
import { runQemu, skipWithoutQemu } from './run-qemu.ts';

/** Runs of QEMU for each option: each takes a tenth of a second. */
const RUNS = 60;
const SEED = 20;

const pieces = (...all: string[]) => fc.array(fc.constantFrom(...all), { maxLength: 8 }).map(found => found.join(''));

/** What begins each argument, so that most are read to their end, and what follows. */
const ARGUMENTS: Readonly<Record<string, fc.Arbitrary<string>>> = {
  device: fc.oneof(
    pieces('edu', ',', ',', '=', 'id', 'no', 'x', '1', '.', '_', ' ').map(rest => `edu${rest}`),
    pieces('edu', 'driver', '=', ',', 'id', '1'),
  ),
  'device in JSON': pieces(
    '"driver"',
    ':',
    ':',
    '"edu"',
    ',',
    ',',
    '"id"',
    '"a"',
    '5',
    '"',
    "'b'",
    '{',
    '}',
    '[',
    ']',
    'true',
    'nul',
    '.',
    '0',
    ' ',
    '-',
  ).map(rest => `{"driver":"edu"${rest}}`),
  machine: pieces('usb', 'x', '=', '=', ',', ',', '.', '1', '_', 'on').map(rest => `q35${rest}`),
  object: pieces('id', 'size', '=', '=', ',', ',', 'a', '1M', 'no').map(rest => `memory-backend-ram,share=on,${rest}`),
  global: pieces('edu', '.', '.', 'x', '=', ',', 'driver=', 'property=', 'value=', 'id'),
  set: pieces('device', 'e', '.', '.', 'x', '=', 'machine', 'foo'),
};

/** Words of mistakes that are made when a word is read, and not when a device is made. */
const OF_READING =
  /JSON|identifier|requires? an? |Expected|can't parse|no option group|not supported with|there is no|are required|Duplicate|'(?:id|qom-type|driver)' is missing|Expecting/;

interface Compared {
  readonly ours: readonly string[];
  readonly theirs: readonly string[];
}

/** What both say: the first refusal, and the warnings before it. */
function compare(option: string, argument: string): Compared {
  const { findings, devices, globals, machine, objects } = readQemuWords(looseWords([`-${option}`, argument], '--'), {
    context: NO_CONTEXT,
  });
  const common = ['-accel', 'qtest', '-nodefaults', ...(option === 'machine' ? [] : ['-M', 'q35'])];
  const { lines } = runQemu('qemu-system-x86_64', [...common, `-${option}`, argument]);
  const said = lines.join('; ');
  const warnings = findings.filter(({ code }) => code === 'qemu.syntax.short-form').map(({ message }) => message);
  for (const warning of warnings) assert.ok(said.includes(warning.replace('; please', '; Please')), `${argument}: ${warning}: ${said}`);
  const [error] = findings.filter(({ severity }) => severity === 'error');
  if (error !== undefined) {
    // QEMU prints help to stdout.
    if (error.code === 'qemu.help') return { ours: [], theirs: lines.filter(line => !/short-form|Please use/.test(line)) };
    return { ours: [error.message], theirs: said.includes(error.message) ? [error.message] : [said] };
  }
  const theirs = lines.filter(line => OF_READING.test(line));
  const values = [...devices, ...objects].flatMap(one => one.values);
  const names = [...values, ...globals, ...machine.values].map(({ name }) => name);
  for (const [, found = ''] of said.matchAll(/Property '(?:edu|pc-q35-11\.1-machine)\.(.*)' not found|Invalid parameter '(.*)'/g)) {
    assert.ok(found === '' || names.includes(found), `${argument}: QEMU speaks of ${found}, we read ${JSON.stringify(names)}`);
  }
  return { ours: [], theirs };
}

for (const [title, arbitrary] of Object.entries(ARGUMENTS)) {
  test(`readQemuWords says of made-up arguments of ${title} what QEMU says`, { skip: skipWithoutQemu }, () => {
    let refused = 0;
    fc.assert(
      fc.property(arbitrary, argument => {
        const { ours, theirs } = compare(title.replace(/ .*/, ''), argument);
        refused += ours.length;
        assert.deepEqual(ours, theirs, JSON.stringify(argument));
      }),
      { numRuns: RUNS, seed: SEED, endOnFailure: true },
    );
    assertShareAtLeast(refused, RUNS, 1 / 20, 'are refused by both');
  });
}
