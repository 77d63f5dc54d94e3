/** Each device of a command line stands where QEMU puts it, or is refused with QEMU's words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type PciPlaces, type PlaceMachine, planPlaces } from '../../../src/pure/plan/judge/places/index.ts';
import { generatedLines } from './generated-lines.ts';
import { CONVENTIONAL_LINES, EXPRESS_LINES, LINES_BY_OPTION, OTHER_LINES } from './place-lines.ts';
import { PROPERTY_LINES } from './property-lines.ts';
import { askTree, definitionOf, functionText, skip, type Tree } from './qemu-places.ts';

/** How a machine's name is known. */
const FAMILIES: Readonly<Record<string, string>> = {
  q35: 'pc-q35',
  pc: 'pc-i440fx',
  virt: 'virt',
  microvm: 'microvm',
  none: 'none',
  isapc: 'isapc',
};

/** Of a short name, or of one such as pc-q35-6.0. */
function machineOf(type: string): PlaceMachine {
  const [, family = type, version = '11.1'] = /^(.*)-(\d+\.\d+)$/.exec(type) ?? [];
  return { family: FAMILIES[family] ?? family, version };
}

function splitWords(line: string): string[] {
  return line.split(/ (?=-)/).flatMap(part => {
    const [, option = '', text] = /^(\S+)(?: (.*))?$/.exec(part) ?? [];
    return text === undefined ? [option] : [option, text];
  });
}

/** Before QEMU makes any device of the definition's. */
const isOfMachine = ({ code }: { readonly code: string }): boolean => /^(?:place\.global$|property\.)/.test(code);

/** What we say, in the form in which QEMU says it. */
function ourTree(program: string, words: readonly string[]): { places: PciPlaces; tree: Tree } {
  const definition = definitionOf(program, words);
  const places = planPlaces(definition, machineOf(definition.machine.type?.value ?? ''));
  const all = places.devices.map((place, index) => ({ place, device: definition.devices[index] }));
  const failed = all.filter(({ place }) => place.outcome === 'failed');
  const first = failed.find(({ place }) => place.isParseError) ?? failed[0];
  const early = places.errors.find(isOfMachine);
  // The reader leaves out a device whose id QEMU does not read.
  const unread = definition.findings.find(({ message }) => message.startsWith("Parameter 'id'"))?.message.replace(/;.*/, '');
  const error = unread ?? (early ?? first?.place.error ?? places.errors[0])?.message.split('\n')[0] ?? null;
  const functions = [
    ...all.flatMap(({ place: { place }, device }) =>
      place ? [functionText(device?.driver ?? '', device?.id ?? null, place.bus, place.address)] : [],
    ),
    ...places.others.map(({ driver, id, bus, address }) => functionText(driver, id, bus, address)),
  ];
  const until = error === null || first === undefined ? all.length : all.indexOf(first);
  const warnings = all.slice(0, until).flatMap(({ place }) => place.warnings.map(({ message }) => `warning: ${message}`));
  return { places, tree: { functions: functions.sort(), warnings, error } };
}

/** QEMU's words without the device that they are about. */
function bare(said: string, words: readonly string[]): string {
  const front = words.map(word => `-device ${word}: `).find(text => said.startsWith(text)) ?? '';
  return said.slice(front.length).replace(/^.*(?:qapi-visit-core|string-input-visitor)\.c:\d+: /, '');
}

const ALIASES: Readonly<Record<string, string>> = { 'virtio-net': 'virtio-net-pci' };

interface Comparison {
  readonly line: string;
  readonly ours: Tree;
  readonly theirs: Tree;
  readonly isUnknown: boolean;
}

/** Whether something unknown stands before the first error. */
function isUnknown({ devices }: PciPlaces): boolean {
  const outcomes = devices.map(({ outcome }) => outcome);
  const [unknown, failed] = [outcomes.indexOf('unknown'), outcomes.indexOf('failed')];
  return unknown >= 0 && (failed < 0 || unknown < failed);
}

async function compare(line: string): Promise<Comparison> {
  const words = splitWords(line);
  const program = line.startsWith('-M virt') ? 'qemu-system-aarch64' : 'qemu-system-x86_64';
  const said = await askTree(program, words);
  const { places, tree } = ourTree(program, words);
  const functions = tree.functions.map(text => text.replace(/^[^#]*/, driver => ALIASES[driver] ?? driver)).sort();
  const isStarted = tree.error === null;
  // Where QEMU stops before it makes a device it has warned of none.
  const isEarly = places.errors.some(isOfMachine) || places.devices.some(({ isParseError }) => isParseError);
  return {
    line,
    ours: { functions: isStarted ? functions : [], warnings: isEarly ? [] : tree.warnings, error: tree.error },
    theirs: {
      functions: said.functions,
      warnings: said.warnings.map(text => bare(text, words)),
      error: said.error === null ? null : bare(said.error, words),
    },
    isUnknown: isUnknown(places),
  };
}

/** Compares all lines, two at a time; what is unknown is left out, and counted. */
async function compareAll(lines: readonly string[]): Promise<{ started: number; failed: number; unknown: string[] }> {
  const left = [...lines];
  const all: Comparison[] = [];
  const worker = async () => {
    for (let line = left.shift(); line !== undefined; line = left.shift()) all.push(await compare(line));
  };
  await Promise.all([worker(), worker()]);
  const known = all.filter(({ isUnknown }) => !isUnknown);
  assert.deepEqual(
    known.map(({ line, ours }) => ({ line, ...ours })).filter((_, index) => !isSame(known[index])),
    known.map(({ line, theirs }) => ({ line, ...theirs })).filter((_, index) => !isSame(known[index])),
  );
  const failed = known.filter(({ ours }) => ours.error !== null).length;
  const unknown = all.filter(({ isUnknown }) => isUnknown).map(({ line }) => line);
  return { started: known.length - failed, failed, unknown };
}

const isSame = (one: Comparison | undefined): boolean => JSON.stringify(one?.ours) === JSON.stringify(one?.theirs);

test('planPlaces puts devices on a machine with an express root where QEMU does, and has its words', { skip }, async () => {
  assert.deepEqual((await compareAll(EXPRESS_LINES.map(line => `-M q35 -nodefaults ${line}`))).unknown, []);
});

test('planPlaces puts devices on a machine of Arm where QEMU does, and has its words', { skip }, async () => {
  // It is asked what its root and its bridges do otherwise.
  const lines = EXPRESS_LINES.filter(line => /pci-bridge|pxb|addr=0/.test(line));
  assert.deepEqual((await compareAll(lines.map(line => `-M virt -nodefaults ${line}`))).unknown, []);
});

test('planPlaces puts devices on conventional machines where QEMU does, and has its words', { skip }, async () => {
  assert.deepEqual((await compareAll(CONVENTIONAL_LINES.map(line => `-M pc -nodefaults ${line}`))).unknown, []);
});

test('planPlaces knows what options make beside -device, and what a machine has of itself', { skip }, async () => {
  const byOption = ['q35', 'pc'].flatMap(machine => LINES_BY_OPTION.map(line => `-M ${machine} ${line}`.trim()));
  assert.deepEqual((await compareAll([...byOption, ...OTHER_LINES])).unknown, []);
});

test('planPlaces has the words of QEMU for properties of devices that are none of the host’s', { skip }, async () => {
  assert.deepEqual((await compareAll(PROPERTY_LINES)).unknown, []);
});

test('planPlaces puts the devices of made-up command lines where QEMU does', { skip }, async () => {
  const { started, failed, unknown } = await compareAll(generatedLines(120));
  assert.ok(started > 30 && failed > 30 && unknown.length < 10, `${started} started, ${failed} failed, unknown: ${unknown.join('\n')}`);
});
