/** One QEMU process with its agent, monitor and console: sends commands, and ends everything that waits when the VM ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Channel } from './channel.ts';
import { type CommandResponse, encodeEnd, encodeRequest } from './protocol.ts';
import type { Qmp } from './qmp.ts';

export interface RunOptions {
  readonly stdin?: string | Uint8Array;
  /** Default 60. */
  readonly timeoutSeconds?: number;
}

export interface CommandResult {
  /** As UTF-8; the exact bytes are in `bytes`. */
  readonly stdout: string;
  readonly stderr: string;
  /** 128 + signal where a signal ended the command, 127 where it could not be started. */
  readonly code: number;
  readonly bytes: { readonly stdout: Uint8Array; readonly stderr: Uint8Array };
}

/** The VM ended or hung; the message ends with the last lines of its console. */
export class HostVmError extends Error {
  override name = 'HostVmError';
}

/** The VM never got to its first console line. */
export class SilentBootError extends HostVmError {}

/** A command took longer than its `timeoutSeconds` and was ended; `result` is what it had written. The VM lives on. */
export class CommandTimeoutError extends Error {
  override name = 'CommandTimeoutError';
  readonly result: CommandResult;

  constructor(message: string, result: CommandResult) {
    super(message);
    this.result = result;
  }
}

/** How long after a command's own timeout the agent may stay silent before the VM is held to hang. */
const agentGraceSeconds = 15;
const consoleLines = 100;

interface Waiting {
  readonly resolve: (response: CommandResponse) => void;
  readonly reject: (error: Error) => void;
}

/** The running parts of one VM; everything that can go wrong ends in `fail`. */
export class RunningVm {
  readonly folder: string;
  readonly waiting = new Map<number, Waiting>();
  agent: Channel | undefined;
  qmp: Qmp | undefined;
  process: ChildProcess | undefined;
  failure: HostVmError | undefined;
  closing = false;
  private nextId = 1;
  private qemuWords = '';
  private exited: Promise<void> = Promise.resolve();
  private readonly onExit = () => {
    this.process?.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  };

  constructor(folder: string) {
    this.folder = folder;
    process.once('exit', this.onExit);
  }

  start(file: string, argv: readonly string[], env: NodeJS.ProcessEnv): void {
    // setpriv: where the test is killed, the VM goes with it.
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', file, ...argv], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = child;
    const keep = (chunk: Buffer) => {
      this.qemuWords += chunk.toString();
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    this.exited = new Promise(resolve => {
      child.once('error', error => {
        this.fail(`Cannot start QEMU: ${error.message}`);
        resolve();
      });
      child.once('close', (code, signal) => {
        this.fail(`The host VM ended: QEMU exited with ${signal ?? code}`);
        resolve();
      });
    });
  }

  console(): string {
    try {
      return readFileSync(join(this.folder, 'console'), 'utf8');
    } catch {
      return '';
    }
  }

  /** Ends the VM and everything that waits for it. */
  fail(what: string, Kind: typeof HostVmError = HostVmError): void {
    if (this.failure !== undefined) return;
    const console = this.console().trimEnd().split(/\r?\n/).slice(-consoleLines).join('\n');
    const words = this.qemuWords === '' ? '' : `\nQEMU: ${this.qemuWords.trimEnd()}`;
    this.failure = new Kind(`${what}${words}\nLast lines of its console:\n${console}`);
    this.process?.kill('SIGKILL');
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
    this.qmp?.fail(this.failure);
  }

  /** Waits for the agent's message `id`, for at most `seconds`. */
  expect(id: number, seconds: number, what: string): Promise<CommandResponse> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    return new Promise<CommandResponse>((resolve, reject) => {
      const timer = setTimeout(() => this.fail(what), seconds * 1000);
      this.waiting.set(id, {
        resolve: response => {
          clearTimeout(timer);
          resolve(response);
        },
        reject: error => {
          clearTimeout(timer);
          reject(error);
        },
      });
    });
  }

  receive(message: CommandResponse): void {
    this.waiting.get(message.id)?.resolve(message);
    this.waiting.delete(message.id);
  }

  async run(command: string | readonly string[], { stdin = '', timeoutSeconds = 60 }: RunOptions = {}): Promise<CommandResult> {
    const argv = typeof command === 'string' ? ['sh', '-c', command] : command;
    const shown = typeof command === 'string' ? command : command.join(' ');
    const id = this.nextId++;
    const limit = timeoutSeconds + agentGraceSeconds;
    const answer = this.expect(id, limit, `The host VM hangs: no answer ${limit} s after: ${shown}`);
    this.agent?.send(encodeRequest({ id, argv, stdin: Buffer.from(stdin) }));
    const timer = setTimeout(() => this.agent?.send(encodeEnd(id)), timeoutSeconds * 1000);
    const { stdout, stderr, code, timedOut } = await answer.finally(() => clearTimeout(timer));
    const result = { stdout: stdout.toString(), stderr: stderr.toString(), code, bytes: { stdout, stderr } };
    if (timedOut) throw new CommandTimeoutError(`Ended after ${timeoutSeconds} s: ${shown}`, result);
    return result;
  }

  async close(): Promise<void> {
    this.failure ??= new HostVmError('The host VM is closed');
    for (const { reject } of this.waiting.values()) reject(this.failure);
    this.waiting.clear();
    this.qmp?.fail(this.failure);
    this.process?.kill('SIGKILL');
    await this.exited;
    this.agent?.close();
    this.qmp?.close();
    process.off('exit', this.onExit);
    await rm(this.folder, { recursive: true, force: true });
  }
}
