/**
 * A guest for inside the host VM that has booted already: booted once on this machine, without devices, and saved. Under TCG in TCG a
 * boot takes minutes, loading its outcome seconds. QEMU's migration saves all but the memory, which it would load page by page.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { testBed } from '../vm/bed.ts';
import { oracleQemu } from '../vm/qemu-command.ts';
import { openQmp, type Qmp } from '../vm/qmp.ts';
import { innerMachine } from './inner-guest-command.ts';
import { innerInitramfs } from './inner-initramfs.ts';

export interface InnerState {
  /** QEMU's migration stream, for `-incoming` with the capability x-ignore-shared. */
  readonly machine: string;
  /** For `inner-agent fill`. */
  readonly memory: string;
}

function stateIn(folder: string): InnerState {
  return { machine: join(folder, 'machine'), memory: join(folder, 'memory') };
}

const PAGE = 4096;
const ZERO_PAGE = Buffer.alloc(PAGE);

const bootSeconds = 300;
// The time stamp counter is that of this machine under every layer of TCG, and what compares it with another clock is misled by the delays.
const kernelWords = 'console=ttyS0 quiet panic=-1 no_timer_check tsc=reliable mitigations=off nokaslr 8250.nr_uarts=1';

/** Fills the free memory with zeros, which a saved state leaves out, and drops what it read. */
const TIDY = 'dd if=/dev/zero of=/tmp/zeros bs=1M count=100 2>/dev/null; rm /tmp/zeros';

/** Runs lines of sh by the agent behind the socket; ends when the answer has come. */
function runThere(socket: string, script: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const client = connect(socket, () => client.write(`${script.length}\n${script}`));
    client.setTimeout(bootSeconds * 1000, () => client.destroy(new Error(`No answer in ${bootSeconds} s`)));
    client.once('data', () => {
      client.end();
      resolve();
    });
    client.once('error', reject);
    client.once('close', () => reject(new Error('QEMU ended')));
  });
}

/** The memory's ranges that are not zero, as `inner-agent fill` takes them. */
function encodeMemory(memory: Uint8Array): Buffer {
  const parts: Uint8Array[] = [];
  const isZero = (at: number) => at >= memory.length || ZERO_PAGE.equals(memory.subarray(at, at + PAGE));
  for (let at = 0; at < memory.length; at += PAGE) {
    if (isZero(at)) continue;
    const begin = at;
    while (!isZero(at)) at += PAGE;
    parts.push(new Uint8Array(BigUint64Array.of(BigInt(begin), BigInt(at - begin)).buffer), memory.subarray(begin, at));
  }
  return Buffer.concat(parts);
}

/** What is behind QEMU's memory-backend-memfd. */
function readMemory(process: number): Buffer {
  const folder = `/proc/${process}/fd`;
  const name = readdirSync(folder).find(name => readlinkSync(`${folder}/${name}`).startsWith('/memfd:memory-backend-memfd'));
  if (name === undefined) throw new Error('QEMU has no memory of its own');
  return readFileSync(`${folder}/${name}`);
}

/** It writes registers and no memory, which takes a second. */
const SAVE_SECONDS = 120;

async function save(qmp: Qmp, path: string): Promise<void> {
  await qmp.execute('migrate-set-capabilities', { capabilities: [{ capability: 'x-ignore-shared', state: true }] });
  await qmp.execute('migrate', { uri: `file:${path}` });
  for (const end = performance.now() + SAVE_SECONDS * 1000; ; ) {
    const { status, 'error-desc': words } = (await qmp.execute('query-migrate')) as { status: string; 'error-desc'?: string };
    if (status === 'completed') return;
    if (status === 'failed') throw new Error(words);
    if (performance.now() > end) throw new Error(`QEMU did not save its state in ${SAVE_SECONDS} s: it is ${status}`);
    await setTimeout(50);
  }
}

async function bootAndSave(memory: string, paths: InnerState): Promise<void> {
  const { folder, oracleRoot } = testBed();
  const scratch = mkdtempSync(join(tmpdir(), 'airlock-inner-'));
  const socket = join(scratch, 'agent');
  const qmp = await openQmp(join(scratch, 'qmp'));
  const { file, argv, env } = oracleQemu(oracleRoot);
  const kernel = ['-kernel', `${folder}/bzImage`, '-initrd', innerInitramfs(), '-append', kernelWords];
  const wires = ['-chardev', `socket,id=agent,path=${socket},server=on,wait=off`, '-serial', `file:${scratch}/console`];
  const words = [...argv, ...innerMachine(memory), ...kernel, ...wires, '-qmp', `unix:${scratch}/qmp`];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...words], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const ended = new Promise(resolve => child.once('close', resolve));
  try {
    // Answered when QEMU listens at the agent's socket.
    await Promise.race([qmp.execute('query-status'), ended.then(() => Promise.reject(new Error('QEMU ended')))]);
    await runThere(socket, TIDY);
    await save(qmp, paths.machine);
    // It has stopped.
    writeFileSync(paths.memory, encodeMemory(readMemory(child.pid ?? 0)));
  } catch (error) {
    const console = existsSync(`${scratch}/console`) ? readFileSync(`${scratch}/console`, 'utf8') : '';
    throw new Error(`Cannot save a booted guest: ${(error as Error).message}\n${console}`);
  } finally {
    child.kill('SIGKILL');
    await ended;
    qmp.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** The paths on this machine of a saved guest with that much memory, made where they are not there yet. */
export async function innerState(memory: string): Promise<InnerState> {
  const { folder } = testBed();
  const recipe = [realpathSync(join(folder, 'bzImage')), innerInitramfs(), kernelWords, TIDY, ...innerMachine(memory)];
  const key = createHash('sha256').update(recipe.join('\n')).digest('hex').slice(0, 12);
  const path = join(folder, `inner-${key}`);
  if (existsSync(path)) return stateIn(path);
  const made = `${path}.${process.pid}`;
  mkdirSync(made);
  await bootAndSave(memory, stateIn(made));
  renameSync(made, path);
  return stateIn(path);
}
