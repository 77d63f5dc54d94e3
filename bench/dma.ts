/** How fast a device copies guest memory: through a mapping, and by messages that a client answers. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { createMemfd } from '../src/linux/ffi/index.ts';
import { connectClient } from '../src/linux/unix-transport/index.ts';

const BUILT = 'node_modules/.cache/airlock-bench';
const MEMORY = 16 << 20;
const MAPPED = 0n;
const BY_MESSAGE = 1n << 32n;

async function printed({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new TypeError('the server prints nowhere');
  return String((await once(stdout, 'data'))[0]).trim();
}

const folder = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
const entryPoints = ['bench/round-trip/dma-server.ts'];
await build({ bundle: true, format: 'esm', platform: 'node', target: 'node20.19', outdir: BUILT, entryPoints, external: ['koffi'] });
const path = join(folder, 'socket');
const server = spawn(process.execPath, [join(BUILT, 'dma-server.js'), path], { stdio: ['ignore', 'pipe', 'inherit'] });
try {
  await printed(server);
  const { client, close } = connectClient(path);
  await client.negotiate();
  const size = BigInt(MEMORY);
  const handle = createMemfd('guest', MEMORY);
  await client.mapDma({ address: MAPPED, size, isReadable: true, isWritable: true, file: { handle, offset: 0n } });
  await client.mapDma({ address: BY_MESSAGE, size, isReadable: true, isWritable: true, bytes: new Uint8Array(MEMORY) });
  process.stdout.write('| guest memory | block | megabytes a second |\n|---|---|---|\n');
  for (const [name, address] of [
    ['mapped', MAPPED],
    ['by message', BY_MESSAGE],
  ] as const) {
    for (const block of [4096, 65536, 1 << 20]) {
      const order = new DataView(new ArrayBuffer(12));
      order.setBigUint64(0, address, true);
      order.setUint32(8, block, true);
      const answer = printed(server);
      await client.writeRegion(0, 0, new Uint8Array(order.buffer));
      process.stdout.write(`| ${name} | ${block >> 10} KiB | ${await answer} |\n`);
    }
  }
  handle.close();
  await close();
} finally {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true });
}
