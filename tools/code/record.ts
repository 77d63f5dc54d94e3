/** Runs the built command and keeps the code that V8 made of its chunks, so that a start with the same Node compiles nothing. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { codeFile } from '../../src/cli/start/code-file.ts';
import { writeCodeFile } from './code-file.ts';

const CAPTURES = ['synthetic-vtd-ats', 'vm-arm-smmuv3', 'vm-intel-iotlb'].map(name => `captures/${name}.json`);
const [VTD = '', ARM = '', INTEL = ''] = CAPTURES;
const DOMAIN = 'tools/code/domain.xml';

/** What people run often; each run adds to the code what it used. Code that few commands use would be read by all of them. */
const RUNS: readonly (readonly string[])[] = [
  ['--version'],
  ['view', VTD],
  ['view', ARM, '--json', '--no-bytes'],
  ...CAPTURES.map(capture => ['plan', DOMAIN, '--host', capture]),
  ['plan', 'examples/definitions/db1.xml', '--host', VTD, '--json'],
  ['plan', DOMAIN, '--host', INTEL, '--change', 'ats=off'],
];

/** Keeps the code of the command in `folder`. Where that cannot be, the command works without it. */
export function recordCode(folder: string): void {
  const code = mkdtempSync(join(tmpdir(), 'airlock-code-'));
  const env: NodeJS.ProcessEnv = { ...process.env, AIRLOCK_CODE_FOLDER: code, AIRLOCK_CHUNKS: resolve(folder) };
  // Other flags of V8 would be noted in the code.
  delete env.NODE_OPTIONS;
  try {
    for (const args of RUNS) {
      const words = ['--require', resolve(import.meta.dirname, 'write-at-exit.cjs'), join(folder, 'main.js'), ...args];
      const { status, stderr } = spawnSync(process.execPath, words, {
        env,
        stdio: ['ignore', 'ignore', 'pipe'],
        encoding: 'utf8',
      });
      if (status === null || status > 1)
        process.stderr.write(`note: no code is kept of airlock ${args.join(' ')}: ${stderr.slice(0, 500)}\n`);
      // The next run adds to it.
      writeCodeFile(code, join(folder, codeFile()));
    }
  } finally {
    rmSync(code, { recursive: true, force: true });
  }
}
