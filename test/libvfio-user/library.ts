/** Where libvfio-user is, and its programs as processes: they are built by whoever has it, none of it belongs to this repository. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PATIENCE, until, within } from '../fixtures/deadline.ts';

const NEEDED = ['include/libvfio-user.h', 'build/lib/libvfio-user.so', 'build/samples/gpio-pci-idio-16', 'build/samples/client'];
const GIVEN = process.env.AIRLOCK_LIBVFIO_USER;

/** Why tests with the library are skipped, or false: no package of npm or Debian has it. */
export const LIBRARY_MISSING: string | false = GIVEN === undefined && 'AIRLOCK_LIBVFIO_USER names no folder of libvfio-user';

/** The path of a part of it. Throws where it is not whole, with what to do. */
export function libraryFile(name: string): string {
  assert.ok(GIVEN !== undefined);
  const missing = NEEDED.filter(it => !existsSync(join(GIVEN, it)));
  const wanted = 'build it there with "meson setup build --buildtype=release && ninja -C build"';
  if (missing.length > 0) throw new Error(`Cannot use ${GIVEN} as libvfio-user: ${missing.join(', ')} missing; ${wanted}`);
  return join(GIVEN, name);
}

/** Builds `peer-server.c` against the library, in `folder`; returns the program's path. */
export function buildPeerServer(folder: string): string {
  const program = join(folder, 'peer-server');
  const libraries = libraryFile('build/lib');
  const source = join(import.meta.dirname, 'peer-server.c');
  const options = ['-Wall', '-Wextra', '-Werror', '-D_GNU_SOURCE', `-I${libraryFile('include')}`, '-o', program, source];
  const { status, stderr } = spawnSync('gcc', [...options, `-L${libraries}`, '-lvfio-user', `-Wl,-rpath,${libraries}`], {
    encoding: 'utf8',
    timeout: 1000 * PATIENCE,
  });
  assert.equal(status, 0, stderr);
  return program;
}

/** A program that serves a socket, until `end`. */
export class ServingProgram {
  readonly socket: string;
  readonly #command: readonly [string, ...string[]];
  #child: ChildProcess | null = null;
  #errors = '';

  /** `words` and the socket's path are its arguments. */
  constructor(program: string, socket: string, words: readonly string[] = []) {
    this.socket = socket;
    this.#command = [program, ...words, socket];
  }

  /** What it has printed on standard error. */
  get errors(): string {
    return this.#errors;
  }

  /** Starts it where it does not run; resolves when it listens. */
  async start(): Promise<void> {
    if (this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null) return;
    const [program, ...words] = this.#command;
    // One that ended by itself left it.
    rmSync(this.socket, { force: true });
    const child = spawn(program, words, { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr.setEncoding('utf8').on('data', text => {
      this.#errors += text;
    });
    this.#child = child;
    await until(`${program} listens`, () => isListening(this.socket) || child.exitCode !== null);
    assert.equal(child.exitCode, null, this.#errors);
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await within(PATIENCE, 'the program ends', gone);
  }
}

/** By the kernel's list: these programs end where a client connects and says nothing. */
function isListening(socket: string): boolean {
  const lines = readFileSync('/proc/net/unix', 'utf8').split('\n');
  return lines.some(line => line.endsWith(` ${socket}`) && / 00010000 0001 01 /.test(line));
}
