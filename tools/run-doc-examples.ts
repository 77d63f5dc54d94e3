/**
 * Compiles and runs the examples of comments (`@example`) and of README against the built package, by its public names: one that does
 * not compile, takes too long or says another result than comes out fails the gate, and so does an entry point without an example.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { type DocExample, exampleModule, examplesOfDocument, examplesOfSource, hasModuleExample } from './doc-examples.ts';

/** Inside of the package, whose name its modules can then import. */
const FOLDER = 'dist/doc-examples';
/** Milliseconds; a run takes a fraction of a second. */
const LONGEST = 60_000;
const DOCUMENTS = ['README.md'];
const faults: string[] = [];

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The sources of the entry points: `./dist/pure/pci/index.js` is made of `src/pure/pci/index.ts`. */
function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as { exports: Record<string, string | { default: string }> };
  return Object.values(exports).flatMap(it =>
    typeof it === 'string' ? [] : [it.default.replace(/^\.\/dist\//, 'src/').replace(/\.js$/, '.ts')],
  );
}

function collect(): DocExample[] {
  const sources = ['src/pure', 'src/linux'].flatMap(folder =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(name => join(folder, name)),
  );
  const examples: DocExample[] = [];
  const take = (find: typeof examplesOfSource, path: string): void => {
    try {
      examples.push(...find(path, readFileSync(path, 'utf8')));
    } catch (error) {
      faults.push(messageOf(error));
    }
  };
  for (const path of sources.filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'))) take(examplesOfSource, path);
  for (const path of DOCUMENTS) take(examplesOfDocument, path);
  for (const path of entryPoints()) {
    if (!hasModuleExample(readFileSync(path, 'utf8'))) faults.push(`${path}: the first comment has no @module with an @example`);
  }
  return examples;
}

/** Writes the module of each example; gives their names by the names of their files, without an ending. */
function write(examples: readonly DocExample[]): Map<string, string> {
  const written = new Map<string, string>();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  copyFileSync('tools/example-checks.ts', join(FOLDER, 'checks.ts'));
  for (const example of examples) {
    const name = `${example.path.replace(/\.\w+$/, '').replaceAll('/', '.')}-${example.line}`;
    try {
      writeFileSync(join(FOLDER, `${name}.ts`), exampleModule(example));
      written.set(name, example.path);
    } catch (error) {
      faults.push(messageOf(error));
    }
  }
  const compilerOptions = { types: ['node'], composite: false, declaration: false, noUnusedLocals: false, noErrorTruncation: true };
  writeFileSync(join(FOLDER, 'tsconfig.json'), JSON.stringify({ extends: '../../tsconfig.base.json', compilerOptions, include: ['*.ts'] }));
  return written;
}

/** Compiles all of them; a complaint names the line of the comment or document. */
function compile(written: ReadonlyMap<string, string>): boolean {
  const { status, stdout, stderr } = spawnSync('npx', ['--no-install', 'tsc', '-p', FOLDER, '--pretty', 'false'], { encoding: 'utf8' });
  const complaints = `${stdout}${stderr}`.trim();
  if (complaints !== '') {
    faults.push(complaints.replaceAll(/^\S*?([^/\s]+)\.ts\((\d+),\d+\)/gm, (all, name, line) => `${written.get(name) ?? all}:${line}`));
  }
  return status === 0;
}

async function run(name: string, path: string): Promise<void> {
  const child = spawn(process.execPath, [join(FOLDER, `${name}.js`)], { stdio: ['ignore', 'ignore', 'pipe'], timeout: LONGEST });
  let stderr = '';
  child.stderr.on('data', chunk => {
    stderr += chunk;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) faults.push(`${path}: the example ended with ${child.signalCode ?? code}: ${stderr}`);
}

const written = write(collect());
if (compile(written)) {
  const waiting = [...written];
  const work = async (): Promise<void> => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await run(...next);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
}
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`examples in comments and documents: ${written.size}, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 && written.size > 0 ? 0 : 1;
