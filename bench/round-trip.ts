/** Round trips of a 4-byte config read: our server, with and without polling, a C program that only echoes and, where given, libvfio-user. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { build } from 'esbuild';
import { median } from './measure.ts';

const ROUNDS = Number(process.env.AIRLOCK_BENCH_ROUNDS ?? 5);
const SECONDS = Number(process.env.AIRLOCK_BENCH_SECONDS ?? 2);
const IDLE_SECONDS = 3;
/** Ticks of the clock that /proc counts in (USER_HZ). */
const TICKS = 100;
const CLIENTS = ['block', 'poll'] as const;
/** A checkout of libvfio-user whose folder `build` has a release build; nothing where it is not given. */
const LIBVFIO_USER = process.env.AIRLOCK_LIBVFIO_USER ?? '';
const PEER = 'libvfio-user, blocks';

interface Result {
  readonly rate: number;
  readonly p50: number;
  readonly p99: number;
}

/** Below the packages, which the built server loads koffi from. */
const BUILT = 'node_modules/.cache/airlock-bench';

async function buildPrograms(folder: string): Promise<void> {
  for (const name of ['client', 'echo']) execFileSync('gcc', ['-O2', '-Wall', '-o', join(folder, name), `bench/c/${name}.c`]);
  if (LIBVFIO_USER !== '') {
    const library = join(LIBVFIO_USER, 'build/lib');
    const words = ['-O2', '-Wall', '-o', join(folder, 'libvfio-user'), 'bench/c/libvfio-user.c', `-I${LIBVFIO_USER}/include`];
    execFileSync('gcc', [...words, `-L${library}`, `-Wl,-rpath,${library}`, '-lvfio-user']);
  }
  const entryPoints = ['bench/round-trip/server.ts', 'bench/round-trip/worker.ts'];
  // As the package is built: one file each, without a loader.
  const options = { bundle: true, format: 'esm', platform: 'node', target: 'node20.19', outdir: BUILT } as const;
  await build({ ...options, entryPoints, external: ['koffi'] });
}

async function start(command: readonly string[]): Promise<ChildProcess> {
  const [file = '', ...args] = command;
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error(`${file} ended`)))]);
  return child;
}

function measure(client: string, path: string, mode: string): Result {
  const words = execFileSync(client, [path, mode, String(SECONDS)], { encoding: 'utf8' })
    .trim()
    .split(' ');
  const [rate = 0, p50 = 0, p99 = 0] = words.map(Number);
  return { rate, p50, p99 };
}

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return Number(fields[11]) + Number(fields[12]);
}

/** Part of one core that a server takes while its client is silent. */
async function measureIdle(server: ChildProcess, path: string, connect: (path: string) => { close(): void }): Promise<number> {
  const socket = connect(path);
  // The thread starts, and what it has compiled is looked through once more.
  await setTimeout(2000);
  const before = cpuTicks(server.pid ?? 0);
  await setTimeout(IDLE_SECONDS * 1000);
  const used = cpuTicks(server.pid ?? 0) - before;
  socket.close();
  return used / TICKS / IDLE_SECONDS;
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
const servers = new Map<string, { readonly child: ChildProcess; readonly path: string }>();
try {
  await buildPrograms(folder);
  const { connectUnix } = await import('../src/linux/unix-transport/index.ts');
  const commands: readonly (readonly [string, readonly string[]])[] = [
    ['C echo, polls', [join(folder, 'echo'), 'PATH', 'poll']],
    ['airlock, polls 100 µs', [process.execPath, join(BUILT, 'server.js'), 'PATH', '100']],
    ['C echo, blocks', [join(folder, 'echo'), 'PATH', 'block']],
    ['airlock, blocks', [process.execPath, join(BUILT, 'server.js'), 'PATH', '0']],
    ...(LIBVFIO_USER === '' ? [] : [[PEER, [join(folder, 'libvfio-user'), 'PATH']] as const]),
  ];
  for (const [i, [name, command]] of commands.entries()) {
    const path = join(folder, `${i}.sock`);
    servers.set(name, { path, child: await start(command.map(word => (word === 'PATH' ? path : word))) });
  }
  const results = new Map<string, Result[]>();
  for (let round = 0; round <= ROUNDS; round++) {
    for (const client of CLIENTS) {
      for (const [name, { path }] of servers) {
        const result = measure(join(folder, 'client'), path, client);
        if (round > 0) results.set(`${client} ${name}`, [...(results.get(`${client} ${name}`) ?? []), result]);
      }
    }
  }
  process.stdout.write(
    '| server | client | round trips a second | p50 | p99 | of the C echo | of libvfio-user |\n|---|---|---|---|---|---|---|\n',
  );
  for (const client of CLIENTS) {
    for (const [name] of servers) {
      const list = results.get(`${client} ${name}`) ?? [];
      const limits = results.get(`${client} ${name.replace(/^(airlock|libvfio-user)/, 'C echo').replace(/ \d+ µs/, '')}`) ?? [];
      const peers = results.get(`${client} ${PEER}`) ?? [];
      const of = (pick: (result: Result) => number) => median(list.map(pick));
      const ratioTo = (others: readonly Result[]) => median(list.map(({ rate }, i) => rate / (others[i]?.rate ?? Number.NaN))).toFixed(2);
      const micros = (nanos: number) => `${(nanos / 1000).toFixed(1)} µs`;
      const cells = [
        name,
        `${client}s`,
        `${(of(r => r.rate) / 1000).toFixed(1)} k`,
        micros(of(r => r.p50)),
        micros(of(r => r.p99)),
        ratioTo(limits),
        peers.length === 0 ? '' : ratioTo(peers),
      ];
      process.stdout.write(`| ${cells.join(' | ')} |\n`);
    }
  }
  for (const [name, { child, path }] of servers) {
    if (!name.startsWith('airlock')) continue;
    process.stdout.write(`${name}: ${((await measureIdle(child, path, connectUnix)) * 100).toFixed(2)} % of a core with a silent client\n`);
  }
} finally {
  for (const { child } of servers.values()) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}
