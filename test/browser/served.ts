/** The built `airlock explore` as a process that serves a page, and what it writes. */
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { until } from '../fixtures/deadline.ts';
import { ROOT } from './page.ts';

const MAIN = join(ROOT, 'dist/cli/main.js');
const env = { ...process.env, NO_COLOR: '1', AIRLOCK_PCI_IDS: '/dev/null' };

/** Milliseconds. */
const LONGEST = 60_000;

/** Runs `test` with the address at which these inputs are served. */
export async function withServed(inputs: readonly string[], test: (address: string) => Promise<void>): Promise<void> {
  const child = spawn(process.execPath, [MAIN, 'explore', '--no-open', ...inputs], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', text => {
    said += text;
  });
  try {
    await until('airlock explore prints its address', () => said.endsWith('\n') || child.exitCode !== null);
    await test(said.trim());
  } finally {
    child.kill('SIGKILL');
  }
}

/** Writes one file of these inputs, with names from a pci.ids file. Throws where airlock refuses any of them. */
export function writePage(out: string, inputs: readonly string[], options: readonly string[] = [], pciIds = '/dev/null'): void {
  const args = [MAIN, 'explore', ...inputs, '--out', out, ...options];
  const settings = { ...env, AIRLOCK_PCI_IDS: pciIds };
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, env: settings, encoding: 'utf8', timeout: LONGEST });
  if (status !== 0) throw new Error(stderr);
}
