/** QEMUs that are saved into files and loaded from them, without a guest's software: their words, and how it ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PATIENCE, within } from '../../fixtures/deadline.ts';
import { oracleQemu } from '../../vm/qemu-command.ts';
import { type GuestAddress, Qtest, type WriteProbe } from '../guest-view/qtest.ts';
import { oracleRoot, skipWithoutOracle } from '../oracle-root.ts';

/** The reason why QEMU cannot run here, or false. */
export const skipWithoutQemu = skipWithoutOracle;

const COMMON = ['-nodefaults', '-no-user-config', '-display', 'none', '-m', '16M', '-S'];

interface Answer {
  readonly return?: { readonly status?: string };
  readonly error?: { readonly desc: string };
}

function start(args: readonly string[]): ChildProcess {
  const { file, argv, env } = oracleQemu(oracleRoot);
  return spawn(file, [...argv, ...COMMON, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] });
}

/** One QEMU and its monitor. */
class Monitored {
  readonly #child: ChildProcess;
  readonly #waiting: ((answer: Answer | null) => void)[] = [];
  readonly #ended: Promise<void>;
  #hasEnded = false;
  #rest = '';
  #words = '';

  constructor(args: readonly string[]) {
    this.#child = start(['-accel', 'tcg', '-qmp', 'stdio', ...args]);
    this.#child.stdin?.on('error', () => {});
    this.#child.stderr?.setEncoding('utf8').on('data', piece => {
      this.#words += piece;
    });
    this.#child.stdout?.setEncoding('utf8').on('data', piece => this.#take(String(piece)));
    this.#ended = new Promise(resolve => {
      this.#child.once('close', () => {
        this.#hasEnded = true;
        for (const answer of this.#waiting.splice(0)) answer(null);
        resolve();
      });
    });
    void this.#send('qmp_capabilities');
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const message = JSON.parse(line);
      if ('return' in message || 'error' in message) this.#waiting.shift()?.(message);
    }
  }

  #send(execute: string, given: object = {}): Promise<Answer | null> {
    if (this.#hasEnded) return Promise.resolve(null);
    return new Promise(resolve => {
      this.#waiting.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify({ execute, arguments: given })}\n`);
    });
  }

  /** Runs one migration to its end: `completed`, `failed`, or what the monitor or the end of the process said. */
  async migrate(command: 'migrate' | 'migrate-incoming', path: string): Promise<string> {
    const begun = await this.#send(command, { uri: `file:${path}` });
    if (begun?.error !== undefined) return begun.error.desc;
    for (;;) {
      const answer = await this.#send('query-migrate');
      if (answer === null) return 'ended';
      const { status = '' } = answer.return ?? {};
      if (['completed', 'failed', 'cancelled'].includes(status)) return status;
      await sleep(5);
    }
  }

  /** Ends it; gives its lines without its own name and its warnings of networks without peers. */
  async end(isFailed: boolean): Promise<string[]> {
    // A failed load ends the process by itself, behind its last words.
    if (!isFailed) this.#child.kill('SIGKILL');
    await within(PATIENCE, 'QEMU ended', this.#ended);
    return this.#words
      .split('\n')
      .map(line => line.replace(/^\S*qemu-system-x86_64: /, ''))
      .filter(line => line !== '' && !line.startsWith('warning: '));
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

export interface Migrated {
  readonly status: string;
  readonly lines: readonly string[];
}

async function run(args: readonly string[], command: 'migrate' | 'migrate-incoming', path: string): Promise<Migrated> {
  const qemu = new Monitored(args);
  try {
    const status = await within(PATIENCE, `${command} has ended`, qemu.migrate(command, path));
    return { status, lines: await qemu.end(command === 'migrate-incoming' && (status === 'failed' || status === 'ended')) };
  } finally {
    qemu.kill();
  }
}

/** Saves a VM of these arguments into a file. */
export const saveVm = (args: readonly string[], path: string): Promise<Migrated> => run(args, 'migrate', path);

/** Loads a file into a VM of these arguments. */
export const loadVm = (args: readonly string[], path: string): Promise<Migrated> =>
  run([...args, '-incoming', 'defer'], 'migrate-incoming', path);

/** A bridge that stands before a function, with the bus that it gets. */
export interface BridgeBefore {
  readonly at: GuestAddress;
  readonly bus: number;
}

/** Which bits of functions a guest can write; `bridges` get their numbers first. */
export async function probeFunctions(
  args: readonly string[],
  bridges: readonly BridgeBefore[],
  functions: readonly GuestAddress[],
): Promise<{ bytes: Uint8Array; probe: WriteProbe }[]> {
  const folder = mkdtempSync(join(tmpdir(), 'airlock-probe-'));
  const path = join(folder, 'qtest');
  const qtest = new Qtest(path);
  const child = start(['-accel', 'qtest', '-qtest-log', '/dev/null', '-qtest', `unix:${path}`, ...args]);
  const ended = new Promise(resolve => child.once('close', resolve));
  const all = async () => {
    await qtest.connected;
    await qtest.openConfigSpace();
    for (const { at, bus } of bridges) await qtest.numberBus(at, bus);
    const found: { bytes: Uint8Array; probe: WriteProbe }[] = [];
    for (const at of functions) found.push({ bytes: await qtest.readFunction(at), probe: await qtest.probeWrites(at, 4096) });
    return found;
  };
  try {
    return await within(2 * PATIENCE, 'functions are probed', all());
  } finally {
    child.kill('SIGKILL');
    await within(PATIENCE, 'QEMU ended', ended);
    qtest.close();
    rmSync(folder, { recursive: true });
  }
}
