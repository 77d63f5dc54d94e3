/** `airlock serve` as a process: started, waited for until it is ready, ended; and clients of it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ConnectedClient, connectClient } from '../../src/linux/unix-transport/index.ts';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';
import { ROOT } from './airlock.ts';

export const MAIN = join(ROOT, 'dist/cli/main.js');
const CONFIG_REGION = 7;

/** A process whose output is kept. */
export class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<number | NodeJS.Signals | null>;
  stdout = '';
  stderr = '';
  #isEnded = false;

  constructor(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    this.child = spawn(file, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', COLUMNS: '80', AIRLOCK_PCI_IDS: '/dev/null', ...env },
    });
    this.child.stdout?.setEncoding('utf8').on('data', text => {
      this.stdout += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', text => {
      this.stderr += text;
    });
    this.ended = new Promise(resolve => {
      this.child.once('close', (code, signal) => {
        this.#isEnded = true;
        resolve(code ?? signal);
      });
    });
  }

  /** Waits until standard output or error match. */
  async says(words: RegExp): Promise<void> {
    const isSaid = (): boolean => words.test(this.stdout) || words.test(this.stderr);
    await until(`it says ${words}`, () => isSaid() || this.#isEnded);
    assert.ok(isSaid(), `it ended without ${words}: ${this.stdout}${this.stderr}`);
  }

  /** Sends the signal; the exit code, or the signal that ended it. */
  end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | NodeJS.Signals | null> {
    this.child.kill(signal);
    return within(PATIENCE, `it ends after ${signal}`, this.ended);
  }
}

const started = new Set<Running>();

/** `airlock serve` with these arguments, ready to be connected to. */
export async function startServer(...args: readonly string[]): Promise<Running> {
  const server = new Running(process.execPath, [MAIN, 'serve', ...args]);
  started.add(server);
  await server.says(/^Ready: /m);
  return server;
}

/** Ends what a failed test left. */
export async function endServers(): Promise<void> {
  for (const server of started) await server.end('SIGKILL');
  started.clear();
}

/** A client that has negotiated. */
export async function connect(socket: string): Promise<ConnectedClient> {
  const connected = connectClient(socket);
  await connected.client.negotiate();
  return connected;
}

/** Connects, does something, and goes. */
export async function withClient<T>(socket: string, use: (client: ConnectedClient['client']) => Promise<T>): Promise<T> {
  const { client, close } = await connect(socket);
  try {
    return await use(client);
  } finally {
    await close();
  }
}

/** All of config space as a client reads it. */
export function readConfig(socket: string): Promise<Uint8Array> {
  return withClient(socket, async client => {
    const { size } = await client.getRegionInfo(CONFIG_REGION);
    return client.readRegion(CONFIG_REGION, 0, size);
  });
}

export function openFiles({ child }: Running): number {
  return readdirSync(`/proc/${child.pid}/fd`).length;
}

/** Within half a second: a thread that starts reads files. */
export async function fewestOpenFiles(server: Running): Promise<number> {
  let fewest = openFiles(server);
  for (const end = performance.now() + 500; performance.now() < end; await setTimeout(10)) fewest = Math.min(fewest, openFiles(server));
  return fewest;
}
