/**
 * Writes `src/pure/qemu/generated/`: property tables, machine types with their options and compat rows, as QEMU 11.1 and 10.0 state them over QMP.
 *
 *   node --import tsx tools/qemu-tables.ts           writes the files (needs root: QEMU runs in the root of test/oracle/install)
 *   node --import tsx tools/qemu-tables.ts --check   writes nothing; exit 1 and the names of the files that differ
 */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const here = resolve(import.meta.dirname, '..');
const target = join(here, 'src/pure/qemu/generated');

/** The devices whose properties Airlock knows, with the QEMU program that has them. */
const drivers = [
  { name: 'vfio-pci', constant: 'vfioPciProperties', program: 'qemu-system-x86_64' },
  { name: 'vfio-pci-nohotplug', constant: 'vfioPciNohotplugProperties', program: 'qemu-system-x86_64' },
  { name: 'vfio-user-pci', constant: 'vfioUserPciProperties', program: 'qemu-system-x86_64' },
  { name: 'arm-smmuv3', constant: 'armSmmuv3Properties', program: 'qemu-system-aarch64' },
  { name: 'intel-iommu', constant: 'intelIommuProperties', program: 'qemu-system-x86_64' },
  { name: 'amd-iommu', constant: 'amdIommuProperties', program: 'qemu-system-x86_64' },
  { name: 'virtio-iommu-pci', constant: 'virtioIommuPciProperties', program: 'qemu-system-x86_64' },
] as const;

/** The machine families, with the QEMU program that has them; a machine of a family is `FAMILY-MAJOR.MINOR`, one of 4.0 with a third number. */
const families = [
  { name: 'pc-i440fx', program: 'qemu-system-x86_64' },
  { name: 'pc-q35', program: 'qemu-system-x86_64' },
  { name: 'virt', program: 'qemu-system-aarch64' },
] as const;

type Driver = (typeof drivers)[number];
type Family = (typeof families)[number];

/** One QEMU of the root: how its files are marked, where it is unpacked if it is not installed, and which programs it has. */
export interface Qemu {
  readonly root: string;
  readonly suffix: string;
  readonly unpacked: string | null;
  readonly programs: readonly string[];
  /** Devices that its programs do not have yet. */
  readonly lacks: readonly string[];
}

export const INSTALLED = { suffix: '', unpacked: null, programs: ['qemu-system-x86_64', 'qemu-system-aarch64'], lacks: [] } as const;
const VERSION_10_0 = {
  suffix: '-10.0',
  unpacked: '/opt/qemu-10.0/usr',
  programs: ['qemu-system-x86_64'],
  lacks: ['vfio-user-pci'],
} as const;

const driversOf = ({ programs, lacks }: Qemu): Driver[] =>
  drivers.filter(({ name, program }) => programs.includes(program) && !lacks.includes(name));
const familiesOf = ({ programs }: Qemu): Family[] => families.filter(({ program }) => programs.includes(program));

interface Command {
  execute: string;
  arguments?: Record<string, unknown>;
}

export interface QmpProperty {
  name: string;
  type: string;
  description?: string;
  'default-value'?: unknown;
}

interface QmpMachine {
  name: string;
  alias?: string;
  deprecated: boolean;
  'compat-props'?: { 'qom-type': string; property: string; value: string }[];
}

export interface QmpType {
  name: string;
  parent?: string;
  abstract?: boolean;
}

/** A number that a double cannot hold, as QMP wrote it. */
interface BigNumber {
  big: string;
}

/** The folder of the oracle's root; throws where it is not installed. */
export function oracleRoot(): string {
  const { status, stdout } = spawnSync(join(here, 'test/oracle/install'), ['--print'], { encoding: 'utf8' });
  if (status !== 0) throw new Error('tools/qemu-tables.ts: the oracle root is missing: run test/oracle/install');
  return join(stdout.trim(), 'root');
}

/** JSON whose integers of 16 and more digits stay whole: QMP prints 2^64 - 1 as a plain number. */
function parseQmpLine(line: string): Record<string, unknown> {
  return JSON.parse(line.replace(/("default-value": )(\d{16,})/g, '$1{"big":"$2"}'));
}

/** Runs chroot with standard output in a file: QEMU quits before all of a long answer is out where a pipe is full. */
function runWithFile(args: string[], input: string): { stdout: string; stderr: string } {
  const folder = mkdtempSync(join(tmpdir(), 'qemu-tables-'));
  const file = openSync(join(folder, 'stdout'), 'w+');
  try {
    const { stderr, error } = spawnSync('chroot', args, { input, stdio: ['pipe', file, 'pipe'], encoding: 'utf8', timeout: 60_000 });
    if (error) throw error;
    return { stdout: readFileSync(join(folder, 'stdout'), 'utf8'), stderr };
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true });
  }
}

/** Runs one QEMU without a machine, sends `commands`, and returns its version and the answer to each. */
export function askQemu({ root, unpacked }: Qemu, program: string, commands: Command[]): { version: string; answers: unknown[] } {
  const script = [{ execute: 'qmp_capabilities' }, ...commands, { execute: 'quit' }].map(command => JSON.stringify(command)).join('\n');
  const words =
    unpacked === null
      ? [program]
      : [
          ...['env', `QEMU_MODULE_DIR=${unpacked}/lib/x86_64-linux-gnu/qemu`],
          ...[`${unpacked}/bin/${program}`, '-L', `${unpacked}/share/qemu`],
        ];
  const args = [root, ...words, '-M', 'none', '-nodefaults', '-display', 'none', '-S', '-qmp', 'stdio'];
  const { stdout, stderr } = runWithFile(args, script);
  const lines = stdout.split('\n').filter(Boolean).map(parseQmpLine);
  const greeting = lines[0]?.QMP as { version: { qemu: { major: number; minor: number; micro: number } } } | undefined;
  if (!greeting) throw new Error(`${program} does not answer over QMP: ${stderr.trim()}`);
  const { major, minor, micro } = greeting.version.qemu;
  const failed = lines.find(line => 'error' in line);
  if (failed) throw new Error(`${program}: ${JSON.stringify(failed.error)}`);
  const answers = lines.filter(line => 'return' in line).map(line => line.return);
  return { version: `${major}.${minor}.${micro}`, answers: answers.slice(1, -1) };
}

/** Every type that `driver` is, itself first: the parents in order, then the interfaces by name. */
function ancestorsOf(qemu: Qemu, driver: string, program: string): string[] {
  const { answers } = askQemu(qemu, program, [
    { execute: 'qom-list-types', arguments: { implements: 'object', abstract: true } },
    { execute: 'qom-list-types', arguments: { implements: 'interface', abstract: true } },
  ]);
  const [objects, implementers] = answers as [QmpType[], QmpType[]];
  const parents = new Map(objects.map(type => [type.name, type.parent]));
  const chain: string[] = [];
  for (let name: string | undefined = driver; name !== undefined; name = parents.get(name)) chain.push(name);
  const interfaces = implementers.filter(type => type.parent === 'interface').map(type => type.name);
  const lists = askQemu(
    qemu,
    program,
    interfaces.map(name => ({ execute: 'qom-list-types', arguments: { implements: name, abstract: true } })),
  ).answers as QmpType[][];
  return [...chain, ...interfaces.filter((_, index) => lists[index]?.some(type => type.name === driver)).sort()];
}

/** A default as the source text of a literal. */
function literal(value: unknown): string {
  if (value === undefined) return 'null';
  if (typeof value === 'object' && value !== null && 'big' in value) return `${(value as BigNumber).big}n`;
  // A list, whose default is the empty one.
  if (Array.isArray(value)) return 'null';
  return quote(value);
}

function quote(value: unknown): string {
  return typeof value === 'string' ? `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'` : String(value);
}

function propertyRows(properties: QmpProperty[]): string {
  return properties
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, type, 'default-value': value }) => `  [${quote(name)}, ${quote(type)}, ${literal(value)}],\n`)
    .join('');
}

/** The property file: one table for each driver (a subtype's table holds only what its parent's has not) and the types each is. */
function propertyFile(qemu: Qemu): { version: string; text: string } {
  let text = '';
  let version = '';
  const known = new Map<string, QmpProperty[]>();
  for (const { name, constant, program } of driversOf(qemu)) {
    const asked = askQemu(qemu, program, [{ execute: 'device-list-properties', arguments: { typename: name } }]);
    version = asked.version;
    const properties = asked.answers[0] as QmpProperty[];
    known.set(name, properties);
    const parent = name === 'vfio-pci-nohotplug' ? (known.get('vfio-pci') ?? []) : [];
    const own = properties.filter(property => !parent.some(other => JSON.stringify(other) === JSON.stringify(property)));
    if (parent.length > 0 && own.length !== properties.length - parent.length) throw new Error(`${name} changes a property of its parent`);
    text += `\n/** Properties of ${name}${parent.length > 0 ? ' that vfio-pci has not' : ''}: name, type, default. */\n`;
    text += `export const ${constant}: readonly PropertyRow[] = [\n${propertyRows(own)}];\n`;
  }
  text += '\n/** Every type a driver is: itself, its parents, its interfaces. A row or a -global for any of them reaches it. */\n';
  const all = driversOf(qemu).length === drivers.length;
  text += `export const driverAncestors: Readonly<${all ? '' : 'Partial<'}Record<DriverName, readonly string[]>>${all ? '' : '>'} = {\n`;
  for (const { name, program } of driversOf(qemu)) {
    text += `  ${quote(name)}: [${ancestorsOf(qemu, name, program).map(quote).join(', ')}],\n`;
  }
  return { version, text: `import type { DriverName, PropertyRow } from '../generated-table.ts';\n${text}};\n` };
}

function machinesOf(qemu: Qemu, family: Family): QmpMachine[] {
  const machines = askQemu(qemu, family.program, [{ execute: 'query-machines', arguments: { 'compat-props': true } }])
    .answers[0] as QmpMachine[];
  const number = (machine: QmpMachine) => {
    const [major = 0, minor = 0, patch = 0] = machine.name
      .slice(family.name.length + 1)
      .split('.')
      .map(Number);
    return major * 1e6 + minor * 1000 + patch;
  };
  return machines
    .filter(machine => machine.name.startsWith(`${family.name}-`) && /^\d+\.\d+(\.\d+)?$/.test(machine.name.slice(family.name.length + 1)))
    .toSorted((a, b) => number(b) - number(a));
}

/** Machine types of no family, and their aliases, by the architecture of the program that has them. */
function otherMachines(qemu: Qemu): string {
  const isOfFamily = (name: string) => families.some(family => name.startsWith(`${family.name}-`));
  const namesOf = (program: string) =>
    (askQemu(qemu, program, [{ execute: 'query-machines' }]).answers[0] as QmpMachine[])
      .filter(({ name }) => !isOfFamily(name))
      .flatMap(({ name, alias }) => [name, alias ?? []].flat())
      .toSorted();
  const rows = qemu.programs.map(program => `  ${program.replace('qemu-system-', '')}: [${namesOf(program).map(quote).join(', ')}],\n`);
  return rows.join('');
}

/** The machine file: each distinct row once, each machine with the numbers of its rows in the order in which QEMU applies them. */
function machineFile(qemu: Qemu): string {
  const wanted = new Set(driversOf(qemu).flatMap(({ name, program }) => ancestorsOf(qemu, name, program)));
  const rows: string[] = [];
  let text = '';
  for (const family of familiesOf(qemu)) {
    for (const machine of machinesOf(qemu, family)) {
      const numbers = (machine['compat-props'] ?? [])
        .filter(row => wanted.has(row['qom-type']))
        .map(row => {
          const source = `[${quote(row['qom-type'])}, ${quote(row.property)}, ${quote(row.value)}]`;
          if (!rows.includes(source)) rows.push(source);
          return rows.indexOf(source);
        });
      const alias = machine.alias === undefined ? 'null' : quote(machine.alias);
      text += `  [${quote(family.name)}, ${quote(machine.name.slice(family.name.length + 1))}, ${alias}, ${machine.deprecated}, [${numbers.join(', ')}]],\n`;
    }
  }
  return (
    `import type { MachineRow } from '../generated-table.ts';\n\n` +
    `/** Distinct compat rows: driver, property, value. */\n` +
    `export const compatRows: readonly (readonly [driver: string, property: string, value: string])[] = [\n` +
    `${rows.map(row => `  ${row},\n`).join('')}];\n\n` +
    `/** Machine types, newest of each family first: family, version, alias, deprecated, its rows in the order they apply. */\n` +
    `export const machineRows: readonly MachineRow[] = [\n${text}];\n\n` +
    `/** Machine types of other families, by architecture. */\n` +
    `export const otherMachines: Readonly<Record<string, readonly string[]>> = {\n${otherMachines(qemu)}};\n`
  );
}

/** The options of a machine type: what a user may set, by name. Its flash chips are no options, and its type is written otherwise. */
function optionsOf(qemu: Qemu, family: Family, names: readonly string[]): QmpProperty[][] {
  const commands = names.map(name => ({ execute: 'qom-list-properties', arguments: { typename: `${name}-machine` } }));
  const answers = askQemu(qemu, family.program, commands).answers as QmpProperty[][];
  return answers.map(properties =>
    properties.filter(({ name, type }) => name !== 'type' && !type.startsWith('child<')).toSorted((a, b) => (a.name < b.name ? -1 : 1)),
  );
}

/** The option file: one table for each family, all of whose machine types have the same. */
function optionFile(qemu: Qemu): string {
  let text = '';
  for (const family of familiesOf(qemu)) {
    const machines = machinesOf(qemu, family).map(({ name }) => name);
    const [options = [], ...others] = optionsOf(qemu, family, machines);
    const rows = options.map(({ name, type }) => `    [${quote(name)}, ${quote(type)}],\n`).join('');
    const differing = machines.filter((_, index) => index > 0 && JSON.stringify(others[index - 1]) !== JSON.stringify(options));
    if (differing.length > 0) throw new Error(`other options than ${machines[0]} have ${differing.join(', ')}`);
    text += `  ${quote(family.name)}: [\n${rows}  ],\n`;
  }
  return (
    `import type { OptionRow } from '../generated-table.ts';\n\n` +
    `/** Options of the machine types of each family: name, type. */\n` +
    `export const machineOptions: Readonly<Record<string, readonly OptionRow[]>> = {\n${text}};\n`
  );
}

/** Name and text of the files of one QEMU. */
function tablesOf(qemu: Qemu): [name: string, text: string][] {
  const properties = propertyFile(qemu);
  const banner = (what: string) =>
    `/** ${what} Generated by tools/qemu-tables.ts from QEMU ${properties.version} over QMP: do not edit, run the tool. */\n`;
  return [
    [`property-tables${qemu.suffix}.ts`, banner('Device properties.') + properties.text],
    [`machine-tables${qemu.suffix}.ts`, banner('Machine types and their compat rows.') + machineFile(qemu)],
    [`machine-options${qemu.suffix}.ts`, banner('Options of machine types.') + optionFile(qemu)],
  ];
}

/** The text of every generated file by name, made from the running QEMU. Throws where the root or QEMU is missing. */
export function generateTables(): Map<string, string> {
  const root = oracleRoot();
  return new Map([INSTALLED, VERSION_10_0].flatMap(version => tablesOf({ root, ...version })));
}

/** The names of those committed files which are not what QEMU says now. */
export function differingTables(): string[] {
  const differs = (name: string, text: string) => {
    try {
      return readFileSync(join(target, name), 'utf8') !== text;
    } catch {
      return true;
    }
  };
  return [...generateTables()].filter(([name, text]) => differs(name, text)).map(([name]) => name);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  if (process.argv.includes('--check')) {
    const names = differingTables();
    for (const name of names) process.stderr.write(`${join(target, name)} differs from what QEMU says: run tools/qemu-tables.ts\n`);
    process.exitCode = names.length > 0 ? 1 : 0;
  } else {
    mkdirSync(target, { recursive: true });
    for (const [name, text] of generateTables()) writeFileSync(join(target, name), text);
  }
}
