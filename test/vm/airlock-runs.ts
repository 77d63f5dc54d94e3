/** Runs the built `airlock` several times in one process: Node takes seconds to start in a VM under TCG, a run of the command does not. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { CommandResult, HostVm } from './host-vm.ts';

/** One run as a process of its own would have ended. */
export interface AirlockRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const SEPARATOR = '\x1e';

/**
 * The command's own main module, evaluated once for each list of arguments; a module with another query is another module. It writes
 * to the descriptors and sets the exit code as ever, so that what stands between two separators is what a process would have written.
 */
const DRIVER = `
  import { writeSync } from 'node:fs';
  const [main, runs] = process.argv.slice(1);
  for (const [index, args] of JSON.parse(runs).entries()) {
    process.argv = [process.execPath, main, ...args];
    process.exitCode = undefined;
    await import('file://' + main + '?' + index);
    writeSync(1, '${SEPARATOR}' + process.exitCode + '${SEPARATOR}');
    writeSync(2, '${SEPARATOR}');
  }
  process.exitCode = 0;`;

/** Names come from no file, so that what is printed is the same in the VM and on this machine. */
const ENVIRONMENT = { NO_COLOR: '1', AIRLOCK_PCI_IDS: '/dev/null' };

type Arguments = readonly (readonly string[])[];

function driverArguments(main: string, runs: Arguments): string[] {
  return ['--input-type=module', '-e', DRIVER, main, JSON.stringify(runs)];
}

function runsOf({ stdout, stderr, code }: Pick<CommandResult, 'stdout' | 'stderr'> & { code: number | null }, count: number): AirlockRun[] {
  const written = stdout.split(SEPARATOR);
  const told = stderr.split(SEPARATOR);
  if (code !== 0 || written.length !== 2 * count + 1 || told.length !== count + 1) {
    throw new Error(`airlock's driver ended with ${code} after ${told.length - 1} of ${count} runs: ${stderr}`);
  }
  return Array.from({ length: count }, (_, index) => ({
    code: Number(written[2 * index + 1]),
    stdout: written[2 * index] ?? '',
    stderr: told[index] ?? '',
  }));
}

/** Runs the package that is installed in the VM, one run after the other, in the VM. */
export async function airlockInVm(vm: HostVm, runs: Arguments): Promise<AirlockRun[]> {
  const main = '/opt/package/node_modules/vfio-airlock/dist/cli/main.js';
  const words = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const result = await vm.run(['env', ...words, 'node', ...driverArguments(main, runs)], { timeoutSeconds: 60 + 8 * runs.length });
  return runsOf(result, runs.length);
}

/** Runs this tree's built command on this machine. */
export function airlockHere(runs: Arguments): AirlockRun[] {
  const main = join(resolve(import.meta.dirname, '../..'), 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, driverArguments(main, runs), {
    env: { ...process.env, ...ENVIRONMENT },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  return runsOf({ stdout, stderr, code: status }, runs.length);
}
