/**
 * Writes `src/pure/plan/judge/places/generated/`: which of QEMU's device types are PCI devices, and what can be set of those, as QEMU 11.1
 * states it over QMP.
 *
 *   node --import tsx tools/qemu-drivers.ts           writes the files (needs root: QEMU runs in the root of test/oracle/install)
 *   node --import tsx tools/qemu-drivers.ts --check   writes nothing; exit 1 where a file differs
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { askProperties, devicePropertiesFile, partsOf } from './qemu-device-properties.ts';
import { askQemu, INSTALLED, oracleRoot, type QmpType } from './qemu-tables.ts';

const target = resolve(import.meta.dirname, '../src/pure/plan/judge/places/generated');

/** Devices of one program are not always in the other; together they are what a definition may name. */
const programs = ['qemu-system-x86_64', 'qemu-system-aarch64'] as const;

/** What the programs say, put together. */
interface Known {
  version: string;
  readonly parents: Map<string, string>;
  /** The first program that has each type. */
  readonly programs: Map<string, string>;
  readonly express: Set<string>;
  readonly conventional: Set<string>;
  readonly pci: Set<string>;
  /** Types that no device is of alone. */
  readonly abstract: Set<string>;
  readonly bridges: Set<string>;
  /** Device types that a user may name. */
  readonly offered: Set<string>;
  readonly aliases: Map<string, string>;
  /** Network cards on PCI, of every program the same. */
  readonly cards: Set<string>;
  /** `NAME TYPE` of what can be set, of PCI devices and of the devices inside of them. */
  readonly pciProperties: Map<string, string[]>;
  readonly partProperties: Map<string, string[]>;
}

function deviceHelp(root: string, program: string): string[] {
  const { stdout, stderr, status } = spawnSync('chroot', [root, program, '-device', 'help'], { encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) throw new Error(`${program}: ${stderr.trim()}`);
  return stdout.split('\n');
}

/** The devices that the help of -device lists. */
function learnOffered(known: Known, root: string, program: string): void {
  let heading = '';
  for (const line of deviceHelp(root, program)) {
    if (/^\w.*:$/.test(line)) heading = line;
    const [, name, bus, alias] = /^\s*name "([^"]+)"(?:, bus ([^,]+))?(?:, alias "([^"]+)")?/.exec(line) ?? [];
    if (name === undefined) continue;
    known.offered.add(name);
    if (alias !== undefined) known.aliases.set(alias, name);
    if (heading === 'Network devices:' && bus === 'PCI') known.cards.add(name);
  }
}

/** What can be set of PCI devices, and of the devices inside of them. */
function learnProperties(known: Known, root: string, program: string): void {
  const qemu = { root, ...INSTALLED };
  const isNew = (name: string) => !known.abstract.has(name) && !known.pciProperties.has(name) && !known.partProperties.has(name);
  const found = askProperties(
    qemu,
    program,
    [...known.pci].filter(name => isNew(name) && known.programs.get(name) === program),
  );
  for (const [name, properties] of found) known.pciProperties.set(name, properties);
  for (let inside = found; inside.size > 0; ) {
    inside = askProperties(
      qemu,
      program,
      partsOf(inside).filter(name => known.parents.has(name) && isNew(name)),
    );
    for (const [name, properties] of inside) known.partProperties.set(name, properties);
  }
}

function learn(known: Known, root: string, program: string): void {
  const asked = ['device', 'pci-device', 'pci-express-device', 'conventional-pci-device', 'base-pci-bridge'];
  const { version, answers } = askQemu(
    { root, ...INSTALLED },
    program,
    asked.map(name => ({ execute: 'qom-list-types', arguments: { implements: name, abstract: true } })),
  );
  const [devices = [], pci = [], express = [], conventional = [], bridges = []] = answers as QmpType[][];
  known.version = version;
  for (const { name, parent, abstract } of devices) {
    if (parent !== undefined) known.parents.set(name, parent);
    if (abstract) known.abstract.add(name);
    if (!known.programs.has(name)) known.programs.set(name, program);
  }
  for (const [list, set] of [
    [pci, known.pci],
    [express, known.express],
    [conventional, known.conventional],
    [bridges, known.bridges],
  ] as const) {
    for (const { name } of list) set.add(name);
  }
  learnOffered(known, root, program);
  learnProperties(known, root, program);
}

/** The types that a device is, from its parent up to below pci-device, which all of them are. */
function ancestorsOf({ parents }: Known, driver: string): string[] {
  const chain: string[] = [];
  for (let name = parents.get(driver); name !== undefined && name !== 'pci-device'; name = parents.get(name)) chain.push(name);
  return chain;
}

const quote = (text: string) => `'${text}'`;

function kindOf({ express, conventional }: Known, name: string): string {
  if (express.has(name)) return conventional.has(name) ? 'hybrid' : 'express';
  return 'conventional';
}

function learnAll(): Known {
  const root = oracleRoot();
  const known: Known = {
    version: '',
    parents: new Map(),
    programs: new Map(),
    express: new Set(),
    conventional: new Set(),
    pci: new Set(),
    abstract: new Set(),
    bridges: new Set(),
    offered: new Set(),
    aliases: new Map(),
    cards: new Set(),
    pciProperties: new Map(),
    partProperties: new Map(),
  };
  for (const program of programs) learn(known, root, program);
  return known;
}

const banner = (what: string, { version }: Known) =>
  `/** ${what} Generated by tools/qemu-drivers.ts from QEMU ${version} over QMP: do not edit, run the tool. */\n`;

function pciFile(known: Known): string {
  const { pci, abstract, bridges, offered, aliases } = known;
  const rows = [...pci].filter(name => !abstract.has(name)).toSorted();
  const row = (name: string) =>
    `  [${[quote(name), quote(kindOf(known, name)), offered.has(name), bridges.has(name)].join(', ')}, ` +
    `[${ancestorsOf(known, name).map(quote).join(', ')}]],\n`;
  return (
    `${banner("QEMU's PCI devices.", known)}import type { PciDriverRow } from '../driver-row.ts';\n\n` +
    `/** PCI devices: name, kind, whether a user may name it, whether it is a bridge, the types that it is apart from pci-device. */\n` +
    `export const pciDriverRows: readonly PciDriverRow[] = [\n${rows.map(row).join('')}];\n\n` +
    `/** Other names of devices. */\n` +
    `export const driverAliases: readonly (readonly [alias: string, name: string])[] = [\n` +
    `${[...aliases]
      .toSorted()
      .map(([alias, name]) => `  [${quote(alias)}, ${quote(name)}],\n`)
      .join('')}];\n`
  );
}

/** As many words in a line as fit. */
function linesOf(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function othersFile(known: Known): string {
  const others = [...known.offered].filter(name => !known.pci.has(name)).toSorted();
  return (
    `${banner("QEMU's devices that are not on a PCI bus.", known)}\n/** Their names. */\n` +
    `export const otherDriverNames: readonly string[] = [\n` +
    `${linesOf(others, 120)
      .map(line => `  ${quote(line)},\n`)
      .join('')}].flatMap(line => line.split(' '));\n`
  );
}

/** The name and the text of each file. Throws where the root or QEMU is missing. */
export function driverFiles(): Map<string, string> {
  const known = learnAll();
  const { version, pciProperties: pci, partProperties: parts } = known;
  // QEMU sorts them without regard to case.
  const cards = [...known.cards].toSorted((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
  const ancestors = new Map([...parts.keys()].toSorted().map(name => [name, ancestorsOf(known, name)]));
  return new Map([
    ['drivers.ts', pciFile(known)],
    ['other-drivers.ts', othersFile(known)],
    ['device-properties.ts', devicePropertiesFile({ version, pci, parts, ancestors, cards })],
  ]);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const isCheck = process.argv.includes('--check');
  mkdirSync(target, { recursive: true });
  for (const [name, text] of driverFiles()) {
    const file = join(target, name);
    if (!isCheck) writeFileSync(file, text);
    else if (!existsSync(file) || readFileSync(file, 'utf8') !== text) {
      process.stderr.write(`${file} differs from what QEMU says: run tools/qemu-drivers.ts\n`);
      process.exitCode = 1;
    }
  }
}
