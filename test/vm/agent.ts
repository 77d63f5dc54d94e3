/** Runs in the host VM: takes commands from the virtio console, runs each, and sends back its output and exit code. */
import { spawn } from 'node:child_process';
import { openSync, read, readdirSync, readFileSync, writeSync } from 'node:fs';
import { constants, release } from 'node:os';
import { type AgentReady, agentPort, type CommandRequest, type CommandResponse, lineSplitter } from './protocol.ts';

/** The character device of our port: without udev the ports have no names below /dev. */
function portPath(): string {
  const ports = '/sys/class/virtio-ports';
  const port = readdirSync(ports).find(name => readFileSync(`${ports}/${name}/name`, 'utf8').trim() === agentPort);
  if (port === undefined) throw new Error(`no virtio port is named ${agentPort}`);
  return `/dev/${port}`;
}

const port = openSync(portPath(), 'r+');

function send(message: AgentReady | CommandResponse): void {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(port, bytes, at, Math.min(bytes.length - at, 65536));
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended in this moment.
  }
}

function run({ id, argv, stdin, timeoutSeconds }: CommandRequest): void {
  const [file = '', ...rest] = argv;
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  let timedOut = false;
  // A process group of its own, so that the timeout ends its children too.
  const child = spawn(file, rest, { detached: true });
  const timer = setTimeout(() => {
    timedOut = true;
    if (child.pid !== undefined) killGroup(child.pid);
    // A child that left the group may hold the pipes open.
    child.stdout.destroy();
    child.stderr.destroy();
  }, timeoutSeconds * 1000);
  const answer = (code: number): void => {
    clearTimeout(timer);
    send({ id, stdout: Buffer.concat(stdout).toString('base64'), stderr: Buffer.concat(stderr).toString('base64'), code, timedOut });
  };
  child.stdout.on('data', chunk => stdout.push(chunk));
  child.stderr.on('data', chunk => stderr.push(chunk));
  // A command that never reads its input is no error.
  child.stdin.on('error', () => {});
  child.stdin.end(Buffer.from(stdin, 'base64'));
  let started = true;
  child.on('error', error => {
    if (child.pid !== undefined) return;
    started = false;
    stderr.push(Buffer.from(`${error.message}\n`));
    answer(127);
  });
  child.on('close', (code, signal) => {
    if (started) answer(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  });
}

const onBytes = lineSplitter(line => run(JSON.parse(line)));
const buffer = Buffer.alloc(65536);

function readNext(): void {
  read(port, buffer, 0, buffer.length, null, (error, length) => {
    if (error !== null || length === 0) process.exit(error === null ? 0 : 1);
    onBytes(buffer.subarray(0, length));
    readNext();
  });
}

send({ id: 0, release: release() });
readNext();
