/**
 * Writes `src/pure/plan/judge/places/generated/drivers.ts`: which of QEMU's device types are PCI devices, as QEMU 11.1 states it over QMP.
 *
 *   node --import tsx tools/qemu-drivers.ts           writes the file (needs root: QEMU runs in the root of test/oracle/install)
 *   node --import tsx tools/qemu-drivers.ts --check   writes nothing; exit 1 where the file differs
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { oracleRoot } from './qemu-tables.ts';

const target = resolve(import.meta.dirname, '../src/pure/plan/judge/places/generated/drivers.ts');

/** Devices of one program are not always in the other; together they are what a definition may name. */
const programs = ['qemu-system-x86_64', 'qemu-system-aarch64'] as const;

interface QomType {
  readonly name: string;
  readonly parent?: string;
  readonly abstract?: boolean;
}

/** What the programs say, put together. */
interface Known {
  version: string;
  readonly parents: Map<string, string>;
  readonly express: Set<string>;
  readonly conventional: Set<string>;
  readonly pci: Set<string>;
  /** Types that no device is of alone. */
  readonly abstract: Set<string>;
  readonly bridges: Set<string>;
  /** Device types that a user may name. */
  readonly offered: Set<string>;
  readonly aliases: Map<string, string>;
}

function run(root: string, args: readonly string[], input = ''): string {
  const { stdout, stderr, status } = spawnSync('chroot', [root, ...args], { input, encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 26 });
  if (status !== 0) throw new Error(`${args[0]}: ${stderr.trim()}`);
  return stdout;
}

/** The types that implement each of `names`, abstract ones too. */
function typesOf(root: string, program: string, names: readonly string[]): { version: string; lists: QomType[][] } {
  const commands = [
    { execute: 'qmp_capabilities' },
    ...names.map(name => ({ execute: 'qom-list-types', arguments: { implements: name, abstract: true } })),
    { execute: 'quit' },
  ];
  const args = [program, '-M', 'none', '-nodefaults', '-display', 'none', '-S', '-qmp', 'stdio'];
  const lines = run(root, args, commands.map(command => JSON.stringify(command)).join('\n'))
    .split('\n')
    .filter(Boolean);
  const replies = lines.map(line => JSON.parse(line));
  const { major, minor, micro } = replies[0].QMP.version.qemu;
  const answers = replies.filter(reply => 'return' in reply).map(reply => reply.return);
  return { version: `${major}.${minor}.${micro}`, lists: answers.slice(1, -1) };
}

function learn(known: Known, root: string, program: string): void {
  const asked = ['device', 'pci-device', 'pci-express-device', 'conventional-pci-device', 'base-pci-bridge'];
  const { version, lists } = typesOf(root, program, asked);
  const [devices = [], pci = [], express = [], conventional = [], bridges = []] = lists;
  known.version = version;
  for (const { name, parent, abstract } of devices) {
    if (parent !== undefined) known.parents.set(name, parent);
    if (abstract) known.abstract.add(name);
  }
  for (const [list, set] of [
    [pci, known.pci],
    [express, known.express],
    [conventional, known.conventional],
    [bridges, known.bridges],
  ] as const) {
    for (const { name } of list) set.add(name);
  }
  for (const line of run(root, [program, '-device', 'help']).split('\n')) {
    const [, name, alias] = /^\s*name "([^"]+)"(?:, bus [^,]+)?(?:, alias "([^"]+)")?/.exec(line) ?? [];
    if (name === undefined) continue;
    known.offered.add(name);
    if (alias !== undefined) known.aliases.set(alias, name);
  }
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

/** The text of the file. Throws where the root or QEMU is missing. */
export function driversFile(): string {
  const root = oracleRoot();
  const known: Known = {
    version: '',
    parents: new Map(),
    express: new Set(),
    conventional: new Set(),
    pci: new Set(),
    abstract: new Set(),
    bridges: new Set(),
    offered: new Set(),
    aliases: new Map(),
  };
  for (const program of programs) learn(known, root, program);
  const { pci, abstract, bridges, offered, aliases } = known;
  const rows = [...pci].filter(name => !abstract.has(name)).toSorted();
  const others = [...offered].filter(name => !pci.has(name)).toSorted();
  const row = (name: string) =>
    `  [${[quote(name), quote(kindOf(known, name)), offered.has(name), bridges.has(name)].join(', ')}, ` +
    `[${ancestorsOf(known, name).map(quote).join(', ')}]],\n`;
  return (
    `/** QEMU's device types. Generated by tools/qemu-drivers.ts from QEMU ${known.version} over QMP: do not edit, run the tool. */\n` +
    `import type { PciDriverRow } from '../driver-row.ts';\n\n` +
    `/** PCI devices: name, kind, whether a user may name it, whether it is a bridge, the types that it is apart from pci-device. */\n` +
    `export const pciDriverRows: readonly PciDriverRow[] = [\n${rows.map(row).join('')}];\n\n` +
    `/** Devices that are not on a PCI bus. */\n` +
    `export const otherDriverNames: readonly string[] = [\n${others.map(name => `  ${quote(name)},\n`).join('')}];\n\n` +
    `/** Other names of devices. */\n` +
    `export const driverAliases: readonly (readonly [alias: string, name: string])[] = [\n` +
    `${[...aliases]
      .toSorted()
      .map(([alias, name]) => `  [${quote(alias)}, ${quote(name)}],\n`)
      .join('')}];\n`
  );
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const text = driversFile();
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  } else if (readFileSync(target, 'utf8') !== text) {
    process.stderr.write(`${target} differs from what QEMU says: run tools/qemu-drivers.ts\n`);
    process.exitCode = 1;
  }
}
