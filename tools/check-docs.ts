/**
 * Checks the documents against the tree: links, folders, dependencies, README's examples, first lines and lengths of files. `--update`
 * writes what the examples print.
 */

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkConsoleBlocks } from './console-blocks.ts';

const MOST_LINES = 400;
const faults: string[] = [];
const read = (path: string) => readFileSync(path, 'utf8');

const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], { encoding: 'utf8' })
  .split('\n')
  .filter(path => path !== '' && existsSync(path));

/** Links of a document lead to files that are there. */
function checkLinks(path: string): void {
  for (const [, target] of read(path).matchAll(/\]\(([^)#\s]+)[^)]*\)/g)) {
    if (!/^[a-z]+:/.test(target) && !existsSync(join(dirname(path), target))) faults.push(`${path}: the link ${target} leads nowhere`);
  }
}

/** Every folder of src with code in it has its line in ARCHITECTURE.md; of deep ones the nearest above counts. */
function checkFolders(): void {
  const listed = new Set([...read('ARCHITECTURE.md').matchAll(/^\| `([^`]+)` +\|/gm)].map(([, folder]) => folder));
  for (const folder of listed) if (!existsSync(folder)) faults.push(`ARCHITECTURE.md lists ${folder}, which is not there`);
  const folders = new Set(tracked.filter(path => /^src\/pure\/.*\.ts$/.test(path)).map(path => path.split('/').slice(0, 3).join('/')));
  for (const path of ['src/linux', 'src/service', 'src/cli']) if (existsSync(path)) folders.add(path);
  for (const folder of folders)
    if (!listed.has(folder) && statSync(folder).isDirectory()) faults.push(`ARCHITECTURE.md has no line for ${folder}`);
  for (const ring of readdirSync('src')) if (!existsSync(join('src', ring, 'README.md'))) faults.push(`src/${ring} has no README.md`);
}

/** Every folder of tests is in the line of `test`. */
function checkTestFolders(): void {
  const line = /^\| `test` +\|.*$/m.exec(read('ARCHITECTURE.md'))?.[0] ?? '';
  for (const entry of readdirSync('test', { withFileTypes: true }))
    if (entry.isDirectory() && !line.includes(`\`${entry.name}\``)) faults.push(`ARCHITECTURE.md has no word on test/${entry.name}`);
}

/** The names of what a manifest depends on. */
function dependenciesOf(path: string): string[] {
  const manifest = JSON.parse(read(path)) as Record<string, Record<string, string> | undefined>;
  return ['dependencies', 'optionalDependencies', 'devDependencies'].flatMap(kind => Object.keys(manifest[kind] ?? {}));
}

function checkDependencies(): void {
  const documented = new Set([...read('docs/dependencies.md').matchAll(/^\| ([^ |-][^ |]*) .*\|$/gm)].map(([, name]) => name));
  const used = tracked.filter(path => path.endsWith('package.json')).flatMap(dependenciesOf);
  for (const name of used) if (!documented.has(name)) faults.push(`docs/dependencies.md has no row for ${name}`);
  for (const name of documented)
    if (name !== 'name' && name !== '---' && !used.includes(name)) faults.push(`docs/dependencies.md: ${name} is no dependency`);
}

function checkSources(): void {
  for (const path of tracked.filter(file => /^(src|tools|test|bench|examples)\/.*\.ts$/.test(file) && !file.includes('/generated/'))) {
    const text = read(path);
    const lines = text.split('\n').length;
    if (lines > MOST_LINES) faults.push(`${path} has ${lines} lines: wanted at most ${MOST_LINES}`);
    if (!path.endsWith('.test.ts') && !/^(?:#!.*\n)?\/\*\*/.test(text)) faults.push(`${path} does not begin with a sentence on what it is`);
  }
}

/** Every command and option of the README exists, as far as a line begins with `airlock COMMAND`. */
function checkCommands(): void {
  const commands = new Set(readdirSync('src/cli/commands').map(name => name.replace('.ts', '')));
  for (const path of tracked.filter(file => file.endsWith('.md'))) {
    for (const [, name] of read(path).matchAll(/^\s*(?:sudo |npx )?airlock ([a-z]+)\b/gm)) {
      if (!commands.has(name) && name !== 'help') faults.push(`${path}: there is no command airlock ${name}`);
    }
  }
}

for (const path of tracked.filter(file => file.endsWith('.md'))) checkLinks(path);
checkFolders();
checkTestFolders();
for (const path of ['README.md', 'docs/guide/plan-a-vm.md', 'docs/guide/plan-many-vms.md'])
  faults.push(...checkConsoleBlocks(path, process.argv.includes('--update')));
checkDependencies();
checkSources();
checkCommands();
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`docs: ${tracked.length} files, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
