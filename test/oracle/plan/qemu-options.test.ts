/** The table of QEMU's options is QEMU's own: which there are, and which take an argument. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTION_NAMES, optionArity } from '../../../src/pure/plan/readers/qemu/options.ts';
import { runQemu, skipWithoutQemu } from './run-qemu.ts';

const PROGRAMS = ['qemu-system-x86_64', 'qemu-system-aarch64'];

test('optionArity takes an argument where QEMU does', { skip: skipWithoutQemu }, () => {
  const wrong = OPTION_NAMES.filter(name => {
    // QEMU looks at all names before it does anything, so that the one that is not there keeps it from starting.
    const { lines } = runQemu('qemu-system-x86_64', optionArity(name) === 'argument' ? [`-${name}`] : [`-${name}`, '-airlock']);
    const wanted = optionArity(name) === 'argument' ? `-${name}: requires an argument` : '-airlock: invalid option';
    return !lines.includes(wanted) && !lines.includes(`-${name}: Option not supported for this target`);
  });
  assert.deepEqual(wrong, []);
});

test('OPTION_NAMES have all that the help of QEMU lists', { skip: skipWithoutQemu }, () => {
  for (const program of PROGRAMS) {
    const listed = runQemu(program, ['-help']).printed.matchAll(/^-{1,2}([A-Za-z][-A-Za-z0-9_]*)(?:\/-([a-z]+))?/gm);
    const names = [...listed].flatMap(([, name, second]) => [name, second].filter(found => found !== undefined));
    assert.ok(names.length > 150, `${program} lists ${names.length}`);
    assert.deepEqual(
      names.filter(name => !OPTION_NAMES.includes(name)),
      [],
    );
  }
});
