/**
 * `airlock plan --change` on ten thousand domains and twenty captures, of a fleet with some hundred kinds of VMs and of one in which no two
 * are alike, and the start of `airlock plan` on one domain. Where `AIRLOCK_BEFORE` names another built tree, its command runs in turn with
 * this one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { domainXml, type Fleet, writeDomains, writeHosts } from './plan-inputs.ts';

const DOMAINS = Number(process.env.DOMAINS ?? 10_000);
const HOSTS = 20;
const STARTS = 20;
const CHANGE = ['--change', 'kernel=6.12.0'] as const;

interface Took {
  readonly cpu: number;
  readonly wall: number;
  /** Megabytes. */
  readonly peak: number;
}

/** Without what makes Node read certificates at its start, which takes bare Node longer than all else. */
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;

/** Wants GNU time. */
function take(command: readonly string[]): Took {
  const args = ['-q', '-f', '%U %S %e %M', ...command];
  const { stderr, status } = spawnSync('/usr/bin/time', args, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env });
  if (status === null || status > 1) throw new Error(`${command.slice(0, 4).join(' ')} … ended with ${status}: ${stderr.slice(-500)}`);
  const [user = 0, system = 0, wall = 0, kilobytes = 0] = (stderr.trimEnd().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { cpu: user + system, wall, peak: kilobytes / 1024 };
}

/** The processor time of one start, in milliseconds; GNU time tells no less than ten. */
function startOnce(command: readonly string[]): number {
  const words = ['-c', 'TIMEFORMAT="%3U %3S"; time "$@" >/dev/null 2>/dev/null', 'bash', ...command];
  const { stderr, status } = spawnSync('bash', words, { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8', env });
  if (status === null || status > 1) throw new Error(`${command.slice(0, 4).join(' ')} … ended with ${status}`);
  const [user = 0, system = 0] = stderr.trim().split(' ').map(Number);
  return (user + system) * 1000;
}

/** The medians of starts in turn. */
function startsOf(commands: readonly (readonly string[])[]): number[] {
  const times = commands.map((): number[] => []);
  for (let i = 0; i < STARTS; i++) for (const [at, command] of commands.entries()) times[at]?.push(startOnce(command));
  return times.map(each => each.toSorted((a, b) => a - b)[STARTS / 2] ?? 0);
}

const here = resolve(import.meta.dirname, '..');
const before = process.env.AIRLOCK_BEFORE;
const trees = [...(before === undefined ? [] : [['before', before] as const]), ['now', here] as const];
const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));

/** What a fleet is asked with. */
function write(fleet: Fleet): readonly string[] {
  const vms = join(folder, fleet);
  writeDomains(vms, DOMAINS, fleet);
  const hosts = writeHosts(join(folder, `${fleet}-hosts`), HOSTS, fleet);
  return ['plan', vms, ...hosts.flatMap(path => ['--host', path])];
}

try {
  const [kinds, own] = [write('kinds'), write('own')];
  const one = join(folder, 'one.xml');
  writeFileSync(one, domainXml(1));
  const node = process.execPath;
  process.stdout.write(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n`);
  const main = (tree: string): string => join(tree, 'dist/cli/main.js');
  const starts = trees.map(([, tree]) => [node, main(tree), 'plan', one, ...kinds.slice(2, 4)]);
  const [bare = 0, ...times] = startsOf([[node, '-e', '0'], ...starts]);
  process.stdout.write(`node -e 0: ${bare.toFixed(0)} ms of processor time\n`);
  for (const [i, [name, tree]] of trees.entries()) {
    for (const [fleet, words] of [
      ['of some kinds', kinds],
      ['no two alike', own],
    ] as const) {
      const { cpu, wall, peak } = take([node, main(tree), ...words, ...CHANGE]);
      const large = `${DOMAINS} domains, ${fleet}, on ${HOSTS} hosts`;
      process.stdout.write(`${name}: ${large}: ${cpu.toFixed(1)} s of processor time, ${wall.toFixed(1)} s, ${Math.round(peak)} MB\n`);
    }
    const start = times[i] ?? 0;
    process.stdout.write(`${name}: one domain on one host: ${start.toFixed(0)} ms, ${(start / bare).toFixed(2)} times node\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
