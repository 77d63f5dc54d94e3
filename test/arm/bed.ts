/** Finds what test/arm/install made, and compiles for it. */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { bedFinder, type Compiler, compile } from '../vm/bed.ts';

const here = import.meta.dirname;

/** The Arm host's. */
export const { bed: armBed, missing: missingArmBed } = bedFinder('arm', 'Arm host');

/** The path of the kernel of the host and of its guests: AIRLOCK_ARM_KERNEL names another, such as one whose pages have 64 KiB. */
export function armKernel(): string {
  return process.env.AIRLOCK_ARM_KERNEL ?? join(armBed().folder, 'Image');
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
