/** Console blocks of documents: commands after `$ airlock` with what they print, held against what they print now. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** As on a machine without a file of names, in a terminal of 80 columns. */
const ENVIRONMENT = { ...process.env, NO_COLOR: '1', COLUMNS: '80', AIRLOCK_PCI_IDS: '/dev/null' };
const DEADLINE = 60_000;

const BLOCK = /(?<=^```console\n)[\s\S]*?(?=^```$)/gm;
const PROMPT = '$ airlock ';

/** What a command of a document prints, with the words on standard error below; its words stand between single spaces, a file for its standard input behind `<`. */
function run(command: string): string {
  const [words = '', file] = command.slice(PROMPT.length).split(' < ');
  const args = words.split(' ');
  const { stdout, stderr, error } = spawnSync(process.execPath, ['--import', 'tsx', 'src/cli/main.ts', ...args], {
    env: ENVIRONMENT,
    encoding: 'utf8',
    timeout: DEADLINE,
    ...(file !== undefined && { input: readFileSync(file) }),
  });
  if (error !== undefined) throw error;
  return stdout + stderr;
}

/** The block as it should be: each command of ours with all that it prints. */
function renewed(block: string): string {
  const commands = block.split('\n').filter(line => line.startsWith(PROMPT));
  if (commands.length === 0) return block;
  return commands.map(command => `${command}\n${run(command)}`).join('');
}

/** Faults of a document's blocks; with `isUpdate` they are written anew instead. */
export function checkConsoleBlocks(path: string, isUpdate: boolean): string[] {
  const text = readFileSync(path, 'utf8');
  const faults: string[] = [];
  const wanted = text.replace(BLOCK, block => {
    const now = renewed(block);
    if (now !== block) faults.push(`${path}: ${block.split('\n', 1)[0]} prints something else: npm run docs -- --update writes it`);
    return now;
  });
  if (!isUpdate) return faults;
  if (wanted !== text) writeFileSync(path, wanted);
  return [];
}
