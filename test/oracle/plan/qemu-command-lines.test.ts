/** What we read of a command line is what bash hands to QEMU, and what QEMU then has or says. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type DefinedDevice, findValue, type VmDefinition } from '../../../src/pure/plan/definition.ts';
import { TextPlaces } from '../../../src/pure/plan/origin.ts';
import { findCommands } from '../../../src/pure/plan/readers/qemu/find-commands.ts';
import { qemuReader } from '../../../src/pure/plan/readers/qemu/index.ts';
import { pciSlotAddress } from '../../../src/pure/qemu/property-types/pci-address.ts';
import { type CommandLine, LATER_REFUSALS, REFUSALS, STARTS } from './qemu-command-lines.ts';
import { type QemuRun, runQemu, skipWithoutQemu } from './run-qemu.ts';

/** The words that bash hands over, the program first. */
function wordsOfBash(text: string): string[] {
  // Programs that are run through others are files on the path, so each is one that prints its words.
  const script = `d=$(mktemp -d) && trap 'rm -r "$d"' EXIT
    for p in qemu-system-x86_64 qemu-system-aarch64; do printf '#!/bin/sh\\nprintf "%%s\\\\0" "$0" "$@" >&3\\n' >"$d/$p"; chmod +x "$d/$p"; done
    PATH=$d:$PATH bash -c "$1" 3>&1 >/dev/null`;
  const { stdout } = spawnSync('bash', ['-c', script, 'bash', text], { encoding: 'utf8', timeout: 60_000 });
  const [program = '', ...words] = stdout.split('\0').slice(0, -1);
  return [program.replace(/.*\//, ''), ...words];
}

function readDefinition({ text, files = {} }: CommandLine): VmDefinition {
  const { definitions } = qemuReader.read({ file: 'vm', text }, { related: [], openFile: path => files[path] ?? null });
  assert.equal(definitions.length, 1);
  const [definition] = definitions;
  assert.ok(definition);
  return definition;
}

/** Runs QEMU with the words of bash. */
function runLine({ text, files }: CommandLine, commands: readonly object[] = []): QemuRun {
  const [program = '', ...words] = wordsOfBash(text);
  const hasAccelerator = words.some(word => /accel|^-enable-kvm$/.test(word));
  return runQemu(program, [...(hasAccelerator ? [] : ['-accel', 'qtest']), ...words], commands, files);
}

const get = (path: string, property: string) => ({ execute: 'qom-get', arguments: { path, property } });
const list = (path: string) => ({ execute: 'qom-list', arguments: { path } });

/** A value as QEMU shows it. */
function isSame(name: string, ours: string, theirs: unknown): boolean {
  if (name === 'bus') return String(theirs).endsWith(`/${ours}`);
  if (name === 'addr') return pciSlotAddress.parse(ours, name) === theirs;
  if (typeof theirs === 'boolean') return ['on', 'true', 'yes'].includes(ours) === theirs;
  if (typeof theirs === 'number')
    return BigInt.asUintN(64, BigInt(ours.replace(/M$/, ''))) === BigInt(theirs) || ours === `${theirs / 2 ** 20}M`;
  return ours === theirs;
}

/** What is asked of QEMU, what we say, and how it is called. */
interface Question {
  readonly about: string;
  readonly command: object;
  check(answer: unknown): void;
}

function ask(path: string, name: string, ours: string): Question {
  const command = get(path, name === 'bus' ? 'parent_bus' : name);
  return {
    about: `${path}.${name}`,
    command,
    check: theirs => assert.ok(isSame(name, ours, theirs), `${name}: ${ours}, QEMU ${JSON.stringify(theirs)}`),
  };
}

/** Values whose property cannot be read, or is the name of something else. */
const NOT_READ = new Set(['drive', 'type']);

function deviceQuestions({ devices, globals }: VmDefinition): Question[] {
  return devices.flatMap(({ driver, id, values }) => {
    if (id === null) return [];
    const defaults = globals.filter(global => global.driver === driver);
    const names = new Set([...defaults, ...values].map(({ name }) => name).filter(name => !NOT_READ.has(name)));
    const path = `/machine/peripheral/${id}`;
    const own = [...names].map(name => ask(path, name, (findValue(values, name) ?? findValue(defaults, name))?.value ?? ''));
    return [ask(path, 'type', driver), ...own];
  });
}

/** The ids of devices that QEMU places one after the other are ours in order. */
function orderQuestion(devices: readonly DefinedDevice[]): Question {
  const free = devices.filter(({ values }) => findValue(values, 'addr') === undefined && findValue(values, 'bus') === undefined);
  const placed = new Set(devices.filter(device => !free.includes(device)).map(({ id }) => id));
  return {
    about: 'the order of devices',
    command: { execute: 'query-pci' },
    check(answer) {
      assert.ok(Array.isArray(answer));
      const slots = answer[0].devices.filter(({ slot }: { slot: number }) => slot > 0 && slot < 0x1f);
      const ids = slots.map(({ qdev_id: id }: { qdev_id: string }) => id).filter((id: string) => !placed.has(id));
      assert.deepEqual(
        ids,
        free.map(({ id }) => id ?? ''),
      );
    },
  };
}

function objectQuestions({ objects }: VmDefinition): Question[] {
  const values = objects.flatMap(({ type, id, values: own }) => {
    const names = new Set(own.map(({ name }) => name));
    return [ask(`/objects/${id}`, 'type', type), ...[...names].map(name => ask(`/objects/${id}`, name, findValue(own, name)?.value ?? ''))];
  });
  const ids = objects.map(({ id }) => id);
  const command = list('/objects');
  const check = (answer: unknown) => {
    assert.ok(Array.isArray(answer));
    const theirs = answer.map(({ name }) => name).filter(name => !['type', 'compat_monitor0', 'pc.ram', 'mach-virt.ram'].includes(name));
    assert.deepEqual(theirs, ids);
  };
  return [{ about: 'objects', command, check }, ...values];
}

function machineQuestions({ machine, name }: VmDefinition): Question[] {
  const names = [...new Set(machine.values.map(value => value.name))].filter(one => one !== 'accel');
  const type = (theirs: unknown) => {
    const ours = machine.type?.value ?? 'pc';
    const full = String(theirs).replace(/-machine$/, '');
    assert.ok(
      full === ours ||
        full.replace(/^pc-(q35|i440fx)-|-[0-9.]+$/g, '') === '' ||
        full.startsWith(`pc-${ours}-`) ||
        full.startsWith(`${ours}-`),
      full,
    );
  };
  return [
    { about: 'machine', command: get('/machine', 'type'), check: type },
    ...names.map(one => ask('/machine', one, findValue(machine.values, one)?.value ?? '')),
    { about: 'name', command: { execute: 'query-name' }, check: answer => assert.deepEqual(answer, name === 'vm' ? {} : { name }) },
  ];
}

/** QEMU's warnings of names that stand alone, in the form in which we give them. */
function shortForms({ lines }: QemuRun): string[] {
  return lines.flatMap((line, index) => {
    const found = /(short-form boolean option .* deprecated)$/.exec(line)?.[1];
    return found === undefined ? [] : [`${found}; ${lines[index + 1]?.replace(/^P/, 'p')}`];
  });
}

const ofSeverity = ({ findings }: VmDefinition, wanted: string) =>
  findings.filter(({ severity }) => severity === wanted).map(({ message }) => message);
const nameOf = ({ text, files = {} }: CommandLine) =>
  JSON.stringify([text.replace(/^qemu-system-x86_64 -nodefaults -M q35 /, ''), ...Object.values(files)].join(' '));

for (const line of [...STARTS, ...REFUSALS, ...LATER_REFUSALS]) {
  test(`words are those of bash: ${nameOf(line)}`, () => {
    const [command] = findCommands(line.text, new TextPlaces('vm', line.text));
    assert.ok(command);
    assert.deepEqual([command.program, ...command.words.map(({ text }) => text)], wordsOfBash(line.text));
  });
}

for (const line of STARTS) {
  test(`QEMU has what we read: ${nameOf(line)}`, { skip: skipWithoutQemu }, () => {
    const definition = readDefinition(line);
    assert.deepEqual(ofSeverity(definition, 'error'), []);
    const { devices } = definition;
    const questions = [
      orderQuestion(devices),
      ...deviceQuestions(definition),
      ...objectQuestions(definition),
      ...machineQuestions(definition),
    ];
    const run = runLine(
      line,
      questions.map(({ command }) => command),
    );
    assert.deepEqual([run.status, run.answers.length], [0, questions.length], run.lines.join('\n'));
    for (const [index, { about, check }] of questions.entries()) {
      assert.doesNotThrow(() => check(run.answers[index]), about);
    }
    assert.deepEqual(
      ofSeverity(definition, 'warning').filter(message => message.startsWith('short-form')),
      shortForms(run),
    );
  });
}

for (const line of REFUSALS) {
  test(`QEMU refuses what we refuse, in the same words: ${nameOf(line)}`, { skip: skipWithoutQemu }, () => {
    const first = ofSeverity(readDefinition(line), 'error')[0]?.replace(/ \(nearest: .*\)$/, '') ?? '';
    const run = runLine(line);
    assert.equal(run.status, 1, run.lines.join('\n'));
    const said = run.lines.join('; ').replace(/\/tmp\/airlock-plan-\w+\//g, '');
    assert.ok(first !== '' && said.includes(first), `we say ${JSON.stringify(first)}, QEMU ${JSON.stringify(said)}`);
  });
}

for (const line of LATER_REFUSALS) {
  test(`QEMU read the value that we read: ${nameOf(line)}`, { skip: skipWithoutQemu }, () => {
    const definition = readDefinition(line);
    assert.deepEqual(ofSeverity(definition, 'error'), []);
    const run = runLine(line);
    const said = run.lines.join('; ');
    assert.ok(line.refused !== undefined && said.includes(line.refused), said);
    const [, value = ''] = /['"](.*)['"]/.exec(line.refused) ?? [];
    const { machine, devices, globals } = definition;
    const read = [machine.type, ...machine.values, ...globals, ...devices.flatMap(({ driver, values }) => [{ value: driver }, ...values])];
    assert.ok(
      read.some(one => one?.value === value),
      `${value} is not among ${JSON.stringify(read.map(one => one?.value))}`,
    );
  });
}
