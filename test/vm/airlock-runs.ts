/** Runs the built `airlock` many times in one process: Node takes seconds to start in a VM under TCG, a run of the command does not. */
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import type { HostVm } from './host-vm.ts';

/** One run as a process of its own would have ended. */
export interface AirlockRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The words of the command, or these with environment variables that only this run has. */
type Run = readonly string[] | { readonly words: readonly string[]; readonly environment: Readonly<Record<string, string>> };

const SEPARATOR = '\x1e';

/**
 * Evaluates the command's own main script once for each run, and waits for the exit code that it sets last. It writes to the
 * descriptors as ever, so that what stands between two separators is what a process would have written. A device that is still open
 * after a run, as it would be when a process exits, is told on standard error.
 */
const DRIVER = `
  import { createRequire } from 'node:module';
  import { setTimeout } from 'node:timers/promises';
  import { readdirSync, readFileSync, readlinkSync, writeFileSync, writeSync, ftruncateSync } from 'node:fs';
  const [main, source, answers] = process.argv.slice(1);
  const target = fd => { try { return readlinkSync('/proc/self/fd/' + fd); } catch { return ''; } };
  const opened = () => readdirSync('/proc/self/fd').map(target).filter(path => /vfio|iommu|^\\/sys\\//.test(path));
  const require = createRequire(main);
  async function runAll(runs) {
    for (const { words, environment } of runs) {
      const before = opened();
      process.argv = [process.execPath, main, ...words];
      process.exitCode = undefined;
      Object.assign(process.env, environment);
      delete require.cache[require.resolve(main)];
      require(main);
      while (process.exitCode === undefined) await setTimeout(1);
      for (const name of Object.keys(environment)) delete process.env[name];
      const left = opened().filter(path => !before.includes(path));
      if (left.length > 0) writeSync(2, 'left open: ' + left.join(', ') + '\\n');
      writeSync(1, '${SEPARATOR}' + process.exitCode + '${SEPARATOR}');
      writeSync(2, '${SEPARATOR}');
    }
  }
  if (answers === undefined) await runAll(JSON.parse(source));
  else for (;;) {
    const runs = JSON.parse(readFileSync(source, 'utf8'));
    ftruncateSync(1);
    ftruncateSync(2);
    await runAll(runs);
    writeFileSync(answers, '');
  }
  process.exitCode = 0;`;

/** Names come from no file, so that what is printed is the same in the VM and on this machine. */
const ENVIRONMENT = { NO_COLOR: '1', AIRLOCK_PCI_IDS: '/dev/null' };

/** The command in a VM with the package. */
const MAIN = '/opt/package/node_modules/vfio-airlock/dist/cli/main.js';

/** How long a VM's resident process may live. */
const RESIDENT_SECONDS = 3600;

function driverArguments(main: string, ...words: readonly string[]): string[] {
  return ['--input-type=module', '-e', DRIVER, main, ...words];
}

function formatRuns(runs: readonly Run[]): string {
  return JSON.stringify(runs.map(run => ('words' in run ? run : { words: run, environment: {} })));
}

function runsOf({ stdout, stderr }: { readonly stdout: string; readonly stderr: string }, count: number): AirlockRun[] {
  const written = stdout.split(SEPARATOR);
  const told = stderr.split(SEPARATOR);
  if (written.length !== 2 * count + 1 || told.length !== count + 1) {
    throw new Error(`airlock's driver ended after ${told.length - 1} of ${count} runs: ${stderr}`);
  }
  return Array.from({ length: count }, (_, index) => ({
    code: Number(written[2 * index + 1]),
    stdout: written[2 * index] ?? '',
    stderr: told[index] ?? '',
  }));
}

const inEnvironment = () => ['env', ...Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`)];

/** A process of a VM that waits for runs; `ended` is its end, which comes with the VM's unless something is wrong. */
interface Resident {
  readonly folder: string;
  readonly ended: Promise<never>;
  /** The request before the next one. */
  last: Promise<unknown>;
}

const residents = new WeakMap<HostVm, Promise<Resident>>();

async function startResident(vm: HostVm, node: readonly string[], folder: string): Promise<Resident> {
  await vm.output(`mkdir -p ${folder} && cd ${folder} && mkfifo runs answers && touch stdout stderr`);
  const words = [...inEnvironment(), 'node', ...node, ...driverArguments(MAIN, `${folder}/runs`, `${folder}/answers`)];
  const script = `cd ${folder} && exec "$@" >>stdout 2>>stderr`;
  const running = vm.run(['sh', '-c', script, 'sh', ...words], { timeoutSeconds: RESIDENT_SECONDS });
  const ended = running.then(async ({ code }) => {
    throw new Error(`airlock's resident process ended with ${code}: ${await vm.output(`cat ${folder}/stderr`)}`);
  });
  // Without a request that waits for it nobody asks why it ended.
  ended.catch(() => {});
  return { folder, ended, last: Promise.resolve() };
}

/** Runs the package that is installed in the VM, one run after the other, in one process that stays. */
export async function airlockInVm(vm: HostVm, runs: readonly Run[], node: readonly string[] = []): Promise<AirlockRun[]> {
  const starting = residents.get(vm) ?? startResident(vm, node, '/run/airlock-runs');
  residents.set(vm, starting);
  const resident = await starting;
  const { folder, ended } = resident;
  const request = async () => {
    const script = `cd ${folder} && cat >runs && cat answers && cat stdout && cat stderr >&2`;
    const asked = vm.run(script, { stdin: formatRuns(runs), timeoutSeconds: 240 + 8 * runs.length });
    return Promise.race([asked, ended]);
  };
  const next = resident.last.then(request, request);
  resident.last = next.catch(() => {});
  return runsOf(await next, runs.length);
}

/** The same in a process of its own, which `prefix` starts, as another user. */
export async function airlockOnceInVm(vm: HostVm, prefix: readonly string[], runs: readonly Run[]): Promise<AirlockRun[]> {
  const words = [...inEnvironment(), ...prefix, 'node', ...driverArguments(MAIN, formatRuns(runs))];
  const result = await vm.run(words, { timeoutSeconds: 240 + 8 * runs.length });
  if (result.code !== 0) throw new Error(`airlock's driver ended with ${result.code}: ${result.stderr}`);
  return runsOf(result, runs.length);
}

/** Runs this tree's built command on this machine. */
export function airlockHere(runs: readonly Run[]): AirlockRun[] {
  const main = join(resolve(import.meta.dirname, '../..'), 'dist/cli/main.js');
  const { status, stdout, stderr } = spawnSync(process.execPath, driverArguments(main, formatRuns(runs)), {
    env: { ...process.env, ...ENVIRONMENT },
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`airlock's driver ended with ${status}: ${stderr}`);
  return runsOf({ stdout, stderr }, runs.length);
}
