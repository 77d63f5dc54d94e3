/** The pages of docs/guide as a reader follows them: fenced blocks in order, run by one shell for each page. */
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { oracleQemu } from '../vm/qemu-command.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const GUIDE = join(ROOT, 'docs/guide');
/** Milliseconds for a page: none of its commands waits for anything but a busy machine. */
const LONGEST = 120_000;

/** A fenced block: what stands behind the fence in two words, and what is inside. */
export interface Block {
  readonly kind: string;
  /** The file that the block is to be saved as. */
  readonly name: string | undefined;
  readonly text: string;
  /** Of the page's file. */
  readonly line: number;
}

export interface Page {
  readonly name: string;
  readonly blocks: readonly Block[];
}

export interface Output {
  readonly block: Block;
  /** What it printed; null where the shell did not come so far, or ended in it. */
  readonly stdout: string | null;
  readonly stderr: string;
}

function parseBlocks(text: string): Block[] {
  return [...text.matchAll(/^```(\S+)(?: (\S+))?\n(.*?)^```$/gms)].map(match => ({
    kind: match[1],
    name: match[2],
    text: match[3],
    line: text.slice(0, match.index).split('\n').length,
  }));
}

export function readPages(): Page[] {
  const names = readdirSync(GUIDE).filter(name => name.endsWith('.md'));
  return names.sort().map(name => ({ name, blocks: parseBlocks(readFileSync(join(GUIDE, name), 'utf8')) }));
}

/** What a reader has before the first page: the package installed in `folder`, and QEMU. */
function furnish(folder: string, root: string): string {
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{}\n');
  symlinkSync(ROOT, join(folder, 'node_modules/vfio-airlock'));
  symlinkSync('../vfio-airlock/dist/cli/main.js', join(folder, 'node_modules/.bin/airlock'));
  const programs = join(folder, '.programs');
  mkdirSync(programs);
  const { file, argv, env } = oracleQemu(root);
  const words = [file, ...argv].map(word => `'${word}'`).join(' ');
  const qemu = join(programs, 'qemu-system-x86_64');
  writeFileSync(qemu, `#!/bin/sh\nQEMU_MODULE_DIR='${env.QEMU_MODULE_DIR}' exec ${words} "$@"\n`);
  chmodSync(qemu, 0o755);
  return programs;
}

/** Each block writes to files of its own, so that one that fails is known; whatever still runs at the end is ended. */
function scriptOf(blocks: readonly Block[]): string {
  const parts = blocks.map(({ kind, name, text }, i) => {
    if (name !== undefined) return `cat > '${name}' <<'END-OF-FILE'\n${text}END-OF-FILE\n`;
    return kind === 'sh' ? `exec > .output/${i}.out 2> .output/${i}.err\n${text}touch .output/${i}.done\n` : '';
  });
  return `set -eu\ntrap 'kill $(jobs -p) 2> /dev/null; wait' EXIT\n${parts.join('')}`;
}

/** Runs the blocks of a page in `folder`; resolves with what those of the kind `sh` printed. */
export async function runPage({ blocks }: Page, folder: string, root: string): Promise<Output[]> {
  const programs = furnish(folder, root);
  mkdirSync(join(folder, '.output'));
  const path = [programs, join(folder, 'node_modules/.bin'), process.env.PATH].join(':');
  const child = spawn('bash', ['-c', scriptOf(blocks)], {
    cwd: folder,
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, PATH: path, NO_COLOR: '1', AIRLOCK_PCI_IDS: '/dev/null' },
  });
  const timer = setTimeout(() => child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'), LONGEST);
  await new Promise(resolve => child.once('close', resolve));
  clearTimeout(timer);
  const read = (name: string): string | null => {
    const file = join(folder, '.output', name);
    return existsSync(file) ? readFileSync(file, 'utf8') : null;
  };
  return blocks.flatMap((block, i) => {
    if (block.kind !== 'sh') return [];
    return [{ block, stdout: read(`${i}.done`) === null ? null : read(`${i}.out`), stderr: read(`${i}.err`) ?? 'it was not begun' }];
  });
}

/** Whether `printed` is `wanted`, in which `…` stands for any part of a line, alone on its line for any lines. QEMU ends lines as a terminal. */
export function isPrinted(wanted: string, printed: string): boolean {
  const source = wanted
    .split(/^…\n/m)
    .map(part => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '[^\\n]*'))
    .join('(?:.*\\n)*?');
  return new RegExp(`^${source}$`).test(printed.replaceAll('\r\n', '\n'));
}
