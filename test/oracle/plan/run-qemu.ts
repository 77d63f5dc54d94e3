/** QEMU in the oracle root, stopped before the guest runs: what it says of a command line, and what it made of it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { oracleRoot, skipWithoutChroot } from '../oracle-root.ts';

/** The reason why tests with QEMU cannot run here, or false. */
export const skipWithoutQemu = skipWithoutChroot('QEMU');

/** What a run of QEMU said. */
export interface QemuRun {
  readonly status: number | null;
  /** Lines of stderr without the program's name. */
  readonly lines: readonly string[];
  /** The answers to the commands, in order; fewer where QEMU ended before. */
  readonly answers: readonly unknown[];
  /** All that stands in stdout. */
  readonly printed: string;
}

/** Runs QEMU with `args`; `files` are put where the arguments name them by `@NAME`. */
export function runQemu(
  program: string,
  args: readonly string[],
  commands: readonly object[] = [],
  files: Readonly<Record<string, string>> = {},
): QemuRun {
  const folder = mkdtempSync(join(oracleRoot, 'tmp/airlock-plan-'));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    const inside = args.map(arg => (Object.hasOwn(files, arg) ? `/tmp/${basename(folder)}/${arg}` : arg));
    const input = [{ execute: 'qmp_capabilities' }, ...commands, { execute: 'quit' }].map(command => JSON.stringify(command)).join('\n');
    const { stdout, stderr, status } = spawnSync('chroot', [oracleRoot, program, '-S', '-display', 'none', '-qmp', 'stdio', ...inside], {
      input,
      encoding: 'utf8',
      maxBuffer: 1 << 26,
      timeout: 120_000,
    });
    const replies = stdout.split('\n').flatMap(line => (line.startsWith('{') ? [JSON.parse(line)] : []));
    const answers = replies.filter(reply => 'return' in reply || 'error' in reply).map(reply => reply.return ?? reply.error);
    const lines = stderr.split('\n').filter(Boolean);
    return {
      status,
      lines: lines.map(line => line.replaceAll(`${program}:`, '').trim()),
      answers: answers.slice(1, 1 + commands.length),
      printed: stdout,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
