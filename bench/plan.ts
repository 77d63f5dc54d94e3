/**
 * `airlock plan --change` on ten thousand domains and twenty captures, and the start of `airlock plan` on one domain. Where
 * `AIRLOCK_BEFORE` names another built tree, its command runs in turn with this one.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { domainXml, writeDomains, writeHosts } from './plan-inputs.ts';

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

/** The mean processor time of a start, in milliseconds. */
function startOf(command: readonly string[]): number {
  let sum = 0;
  for (let i = 0; i < STARTS; i++) sum += take(command).cpu;
  return (sum / STARTS) * 1000;
}

const here = resolve(import.meta.dirname, '..');
const before = process.env.AIRLOCK_BEFORE;
const trees = [...(before === undefined ? [] : [['before', before] as const]), ['now', here] as const];
const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
try {
  const vms = join(folder, 'vms');
  writeDomains(vms, DOMAINS);
  const hosts = writeHosts(join(folder, 'hosts'), HOSTS).flatMap(path => ['--host', path]);
  const one = join(folder, 'one.xml');
  writeFileSync(one, domainXml(1));
  const node = process.execPath;
  const bare = startOf([node, '-e', '0']);
  process.stdout.write(`Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n`);
  process.stdout.write(`node -e 0: ${bare.toFixed(0)} ms of processor time\n`);
  for (const [name, tree] of trees) {
    const main = join(tree, 'dist/cli/main.js');
    const { cpu, wall, peak } = take([node, main, 'plan', vms, ...hosts, ...CHANGE]);
    const start = startOf([node, main, 'plan', one, ...hosts.slice(0, 2)]);
    const large = `${DOMAINS} domains on ${HOSTS} hosts: ${cpu.toFixed(1)} s of processor time, ${wall.toFixed(1)} s, ${Math.round(peak)} MB`;
    process.stdout.write(`${name}: ${large}; one domain: ${start.toFixed(0)} ms, ${(start / bare).toFixed(2)} times node\n`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
