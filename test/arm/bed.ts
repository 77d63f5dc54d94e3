/** Finds what test/arm/install made, and says why a test cannot run where it is not there. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Compiler, compile, type TestBed } from '../vm/bed.ts';

const here = import.meta.dirname;

function install(...args: string[]): string | undefined {
  try {
    return execFileSync(join(here, 'install'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  } catch {
    return undefined;
  }
}

let known: TestBed | undefined;

/** The test bed, built now where it is not there yet, as that of test/vm: AIRLOCK_VM=installed never builds. */
export function armBed(): TestBed {
  const folder = known?.folder ?? (process.env.AIRLOCK_VM === 'installed' ? install('--print') : install());
  if (folder === undefined) throw new Error('Cannot find the Arm host: test/arm/install did not make it');
  known ??= { folder, oracleRoot: join(folder, 'oracle/root') };
  return known;
}

/** Why the tests cannot run here; `false` where they can. What `node:test` takes as `skip`. */
export function missingArmBed(): string | false {
  const installed = install('--print') !== undefined;
  return installed || (process.platform === 'linux' && process.getuid?.() === 0 && process.env.AIRLOCK_VM !== 'installed')
    ? false
    : 'the Arm host is not installed: run test/arm/install as root on a Debian machine';
}

const cross = (): Compiler => ({ program: 'aarch64-linux-gnu-gcc', machine: 'aarch64-linux-gnu', bed: armBed() });

/** The path of the program that a C file becomes on Arm, static so that it runs in any root. */
export function armProgram(source: string): string {
  return compile(cross(), source, ['-static']);
}

/** The path of the library that a C file becomes on Arm, to be loaded before a program's others. */
export function armLibrary(source: string): string {
  return compile(cross(), source, ['-shared', '-fPIC']);
}

/** Puts the agent of test/vm into `share`. */
export function writeArmAgent(share: string): void {
  mkdirSync(share, { recursive: true });
  copyFileSync(armProgram(join(here, '../vm/agent.c')), join(share, 'agent'));
}

/** A node_modules with what koffi has of native code for Arm. */
export function armModules(): string {
  return join(armBed().folder, 'koffi/node_modules');
}
