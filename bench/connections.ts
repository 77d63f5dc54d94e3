/** How long a client waits for its first answer from `airlock serve` when 200 others have just connected, which say nothing or are gone again. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Descriptor } from '../src/linux/ffi/index.ts';
import { connectClient, connectUnix } from '../src/linux/unix-transport/index.ts';
import { median } from './measure.ts';

const ROUNDS = Number(process.env.AIRLOCK_BENCH_ROUNDS ?? 5);
const OTHERS = 200;
/** Another build can be named here, to be compared. */
const MAIN = process.env.AIRLOCK_BENCH_MAIN ?? 'dist/cli/main.js';
const PATIENCE = 120_000;

/** Connects, which a server's full queue may make wait. */
async function connect(path: string): Promise<Descriptor> {
  for (const end = performance.now() + PATIENCE; ; await setTimeout(1)) {
    try {
      return connectUnix(path);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

/** Milliseconds until a config read is answered; a server that refuses is asked again. */
async function askOnce(path: string): Promise<number> {
  const start = performance.now();
  for (;;) {
    try {
      (await connect(path)).close();
      const { client, close } = connectClient(path);
      await client.negotiate();
      await client.readRegion(7, 0, 4);
      await close();
      return performance.now() - start;
    } catch (error) {
      if (performance.now() - start > PATIENCE) throw error;
      await setTimeout(1);
    }
  }
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
const path = join(folder, 'slot');
const words = [MAIN, 'serve', 'captures/synthetic-vtd-ats.json', '-s', '01:00.0', '--socket', path];
const server = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'ignore'] });
try {
  await once(server.stdout, 'data');
  await askOnce(path);
  await setTimeout(2000);
  for (const [kind, isGone] of [
    ['gone again', true],
    ['silent', false],
  ] as const) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const others: Descriptor[] = [];
      for (let i = 0; i < OTHERS; i++) {
        const socket = await connect(path);
        if (isGone) socket.close();
        else others.push(socket);
      }
      times.push(await askOnce(path));
      for (const socket of others) socket.close();
      await setTimeout(500);
    }
    process.stdout.write(
      `| ${OTHERS} others, ${kind} | median ${median(times).toFixed(0)} ms | best ${Math.min(...times).toFixed(0)} ms |\n`,
    );
  }
} finally {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}
