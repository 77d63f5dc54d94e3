/** Command lines in a host VM: what QEMU makes of them, and what a plan on that host's capture says. */
import { captureDevices, captureHostFacts, parseCapture } from '../../../src/pure/capture/index.ts';
import type { PlanHost } from '../../../src/pure/plan/index.ts';
import { qemu11_1Tables } from '../../../src/pure/profiles/qemu-11.1/tables.ts';
import { findMachineType } from '../../../src/pure/qemu/index.ts';
import { airlockInVm } from '../airlock-runs.ts';
import type { HostVm } from '../booted-vm.ts';
import { type ManyLines, runManyLines } from '../many-lines.ts';
import { conversation, resultIn } from './asked-line.ts';
import { answeredSpaces, guestPaths, type QtestCommand, qtestCommands } from './guest-reads.ts';
import { type LineResult, type PlannedLine, planLine } from './planned-line.ts';
import type { TypedLine } from './words.ts';

/** Both sides of one command line. */
export interface ComparedLine {
  readonly words: readonly string[];
  readonly planned: LineResult;
  readonly asked: LineResult;
}

/** What is not read from a device of the file, and what the reader refuses, has no device in front in a plan. */
export function withDrivers(said: readonly string[], asked: readonly string[]): string[] {
  return said.map((text, index) => {
    const { [index]: other = '' } = asked;
    return other.endsWith(`: ${text}`) || text.endsWith(`: ${other}`) ? other : text;
  });
}

/** A function on a conventional bus ends after 256 bytes, and the enhanced access finds nothing behind them. */
function asLong(config: string, other: string): string {
  return config.length === 0 ? config : config.padEnd(other.length, 'f');
}

/** The plan in QEMU's form. */
function aligned(planned: LineResult, asked: LineResult): LineResult {
  const devices = planned.devices.map((device, index) => ({
    ...device,
    config: asLong(device.config, asked.devices[index]?.config ?? ''),
  }));
  return { ...planned, said: withDrivers(planned.said, asked.said), devices };
}

/** A path that no host has. */
const NOWHERE = '/nowhere';

/** The host as a capture of all its devices has it. */
export async function capturedHost(vm: HostVm, name: string): Promise<PlanHost> {
  const [run] = await airlockInVm(vm, [['capture', '--include-addresses', '--include-serials']]);
  if (run === undefined || run.code !== 0) throw new Error(`airlock capture ended with ${run?.code}: ${run?.stderr}`);
  const capture = parseCapture(run.stdout);
  return {
    name,
    facts: captureHostFacts(capture),
    devices: [...captureDevices(capture)],
    isWhole: capture.whole ?? null,
    hasFile: path => (path === NOWHERE ? false : null),
  };
}

/** What qtest is asked of a VM that starts. */
function commandsOf({ definition, result }: PlannedLine): QtestCommand[] {
  // Where a machine is not known, nor is how its config space is read.
  if (result.outcome === 'unknown' || result.devices.length === 0) return [];
  const machine = findMachineType(qemu11_1Tables, definition.machine.type?.value ?? 'pc');
  const places = result.devices.map(({ bus, address }) => {
    const [slot = '', number = ''] = address.split('.');
    return { bus, devfn: (Number.parseInt(slot, 16) << 3) | Number(number) };
  });
  return qtestCommands(machine.family, guestPaths(definition, machine, places));
}

/** Writes files in the VM, all at once. */
async function writeFiles(vm: HostVm, files: Iterable<readonly [path: string, text: string]>): Promise<void> {
  const script = [...files].map(([path, text]) => `printf %s '${text.replaceAll("'", "'\\''")}' >'${path}'\n`).join('');
  await vm.output(['sh'], { stdin: script });
}

/** The text of files in the VM, all at once; of one that is not there, nothing. */
async function readFiles(vm: HostVm, paths: readonly string[]): Promise<string[]> {
  const text = await vm.output(['sh', '-c', 'for path; do cat "$path" 2>/dev/null; printf "\\036"; done', 'sh', ...paths]);
  return text.split('\x1e').slice(0, paths.length);
}

/** qtest's words, which are no part of the line that is planned. */
const qtestWords = (path: string): string[] => [
  ...['-chardev', `file,id=guest-reads,path=${path}.out,input-path=${path}.in`, '-qtest', 'chardev:guest-reads', '-qtest-log', 'none'],
];

/** One after the other; `path` begins the names of files that the VM is given. */
export async function compareLines(many: ManyLines, host: PlanHost, lines: readonly TypedLine[], path: string): Promise<ComparedLine[]> {
  const planned = lines.map((line, index) => {
    const plan = planLine(line, host);
    return { line, plan, commands: commandsOf(plan), path: `${path}-${index}` };
  });
  const questions = planned.filter(({ commands }) => commands.length > 0);
  await writeFiles(many.vm, [
    ...lines.flatMap(({ files }) => [...files]),
    ...questions.map(question => [`${question.path}.in`, `${question.commands.join('\n')}\n`] as const),
  ]);
  const responses = await runManyLines(
    many,
    planned.map(({ line, commands, path: own }) => ({
      argv: [...line.words, ...(commands.length === 0 ? [] : qtestWords(own))],
      stdin: conversation(commands),
    })),
  );
  const texts = await readFiles(
    many.vm,
    planned.map(({ path: own }) => `${own}.out`),
  );
  return planned.flatMap(({ line, plan, commands }, index) => {
    const { [index]: response } = responses;
    if (response === undefined) return [];
    const configs = () => {
      const spaces = answeredSpaces(commands, texts[index] ?? '');
      return new Map(plan.result.devices.map((device, order) => [device.host, spaces[order] ?? new Uint8Array()] as const));
    };
    const asked = resultIn({ words: line.words, response, configs });
    return [{ words: line.words, planned: aligned(plan.result, asked), asked }];
  });
}
