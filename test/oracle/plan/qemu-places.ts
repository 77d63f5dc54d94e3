/** What a started QEMU says of its PCI tree, and the definition of the same words. */
import { spawn } from 'node:child_process';
import type { VmDefinition } from '../../../src/pure/plan/definition.ts';
import { looseWords, qemuDefinition } from '../../../src/pure/plan/readers/qemu/index.ts';
import { oracleRoot, skipWithoutChroot } from '../oracle-root.ts';
import { parseQtree } from './qtree.ts';

/** Why QEMU cannot be asked here; false where it can. */
export const skip = skipWithoutChroot('QEMU');

/** `DRIVER#ID BUS ADDRESS` of each PCI function, sorted. */
export interface Tree {
  readonly functions: readonly string[];
  readonly warnings: readonly string[];
  /** What QEMU says before it ends, behind its name; null where it starts. */
  readonly error: string | null;
}

export const functionText = (driver: string, id: string | null, bus: string, address: string | null): string =>
  `${driver}#${id ?? ''} ${bus} ${address}`;

/** The PCI functions in the text of `info qtree`: those that have an address. */
function functionsOf(text: string): string[] {
  return parseQtree(text)
    .flatMap(({ driver, id, bus, properties }) => {
      const address = properties.get('addr') ?? '';
      return /^[0-9a-f]{2}\.[0-7]$/.test(address) ? [functionText(driver, id, bus, address)] : [];
    })
    .sort();
}

/** Lines that do not speak of places: of networks that lead nowhere, and hints behind an error. */
const isOther = (line: string): boolean =>
  /has no peer|is not connected to host network|with no nics|short-form boolean|not used$|is deprecated:|-vga option was passed/.test(line);

function readStderr(text: string): Pick<Tree, 'warnings' | 'error'> {
  const lines = text.split('\n').flatMap(line => /^qemu-system-\w+: (.*)$/.exec(line)?.[1] ?? []);
  const said = lines.filter(line => !isOther(line));
  const warnings = said.filter(line => /^(-device .*?: )?warning: /.test(line));
  return { warnings, error: said.find(line => !warnings.includes(line)) ?? null };
}

/** Starts one QEMU, reads its tree, and ends it. */
export async function askTree(program: string, words: readonly string[]): Promise<Tree> {
  const args = [oracleRoot, program, '-display', 'none', '-S', '-accel', 'tcg', '-qmp', 'stdio', ...words];
  const commands = [
    { execute: 'qmp_capabilities' },
    { execute: 'human-monitor-command', arguments: { 'command-line': 'info qtree' } },
    { execute: 'quit' },
  ];
  const child = spawn('chroot', args, { timeout: 60_000, killSignal: 'SIGKILL' });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', data => {
    stdout += data;
  });
  child.stderr.setEncoding('utf8').on('data', data => {
    stderr += data;
  });
  // One that ends at once does not read what it is sent.
  child.stdin.on('error', () => {});
  child.stdin.end(commands.map(command => JSON.stringify(command)).join('\n'));
  await new Promise(done => child.on('close', done));
  const replies = stdout.split('\n').filter(line => line.startsWith('{"return": "'));
  const tree = replies.map(line => String(JSON.parse(line).return)).find(text => text.startsWith('bus: '));
  const said = readStderr(stderr);
  if (tree === undefined && said.error === null) throw new Error(`QEMU said nothing to ${words.join(' ')}: ${stderr}`);
  return { functions: tree === undefined ? [] : functionsOf(tree), ...said };
}

/** The definition that our reader makes of a command line. */
export function definitionOf(program: string, words: readonly string[]): VmDefinition {
  return qemuDefinition(looseWords([program, ...words], '-'), '-', { related: [], openFile: () => null });
}
