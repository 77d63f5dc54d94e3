/** Finds what the `install` of a test bed made, and says why a test cannot run where it is not there. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));

export interface TestBed {
  /** The folder with `disk.img` and the kernel. */
  readonly folder: string;
  /** The Debian root whose QEMU runs the VM. */
  readonly oracleRoot: string;
}

/** One test bed: where it is, and why it cannot be used. */
export interface BedFinder {
  /** The test bed, built now where it is not there yet, which needs root and a Debian machine. AIRLOCK_VM=installed never builds. */
  readonly bed: () => TestBed;
  /** Why its tests cannot run here; `false` where they can. What `node:test` takes as `skip`. */
  readonly missing: () => string | false;
}

/** Finds what the `install` of a folder below test/ made; `name` is how messages call it. */
export function bedFinder(folder: string, name: string): BedFinder {
  const program = join(here, '..', folder, 'install');
  const install = (...args: string[]): string | undefined => {
    try {
      return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
    } catch {
      return undefined;
    }
  };
  const neverBuilds = () => process.env.AIRLOCK_VM === 'installed';
  let known: TestBed | undefined;
  return {
    bed() {
      const found = known?.folder ?? (neverBuilds() ? install('--print') : install());
      if (found === undefined) throw new Error(`Cannot find the ${name}: test/${folder}/install did not make it`);
      known ??= { folder: found, oracleRoot: join(found, 'oracle/root') };
      return known;
    },
    missing() {
      const installed = install('--print') !== undefined;
      return installed || (process.platform === 'linux' && process.getuid?.() === 0 && !neverBuilds())
        ? false
        : `the ${name} is not installed: run test/${folder}/install as root on a Debian machine`;
    },
  };
}

/** The host VM's, which takes 20 minutes to build. */
export const { bed: testBed, missing: missingBed } = bedFinder('vm', 'host VM');

/** A C compiler of this machine, and where what it makes is kept. */
export interface Compiler {
  readonly program: string;
  /** As Debian names the machine that it compiles for. */
  readonly machine: string;
  readonly bed: TestBed;
}

/** The path of what the compiler makes of a C file against the newest kernel's headers. */
export function compile({ program, machine, bed }: Compiler, source: string, kind: readonly string[]): string {
  const key = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 12);
  const path = join(bed.folder, `${basename(source, '.c')}-${key}`);
  if (existsSync(path)) return path;
  const headers = join(bed.oracleRoot, 'opt/linux-headers/usr/include');
  const made = `${path}.${process.pid}`;
  const flags = [...kind, '-O1', '-Wall', '-Wextra', '-Werror', `-I${headers}`, `-I${headers}/${machine}`];
  execFileSync(program, [...flags, '-o', made, source], { stdio: 'inherit' });
  renameSync(made, path);
  return path;
}

const native = (): Compiler => ({ program: 'gcc', machine: 'x86_64-linux-gnu', bed: testBed() });

/** The path of the program of a C file, static so that it runs in any root. */
export function staticProgram(source: string): string {
  return compile(native(), source, ['-static']);
}

/** The path of the library of a C file, to be loaded before a program's others. */
export function preloadedLibrary(source: string): string {
  return compile(native(), source, ['-shared', '-fPIC']);
}

export function probeProgram(): string {
  return staticProgram(join(here, 'probe.c'));
}

/** A program as one file that Node runs in a VM; koffi stays outside, as a package beside it. */
export async function bundleForVm(file: string, format: 'cjs' | 'esm'): Promise<Uint8Array> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [file],
    bundle: true,
    platform: 'node',
    format,
    target: 'node20',
    external: ['koffi'],
    write: false,
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error(`esbuild made nothing of ${file}`);
  return output.contents;
}

/** Puts the agent into `share`. */
export function writeAgent(share: string): void {
  mkdirSync(share, { recursive: true });
  copyFileSync(staticProgram(join(here, 'agent.c')), join(share, 'agent'));
}
