/** Checks the law of src/pure/layers.json: imports go to the own folder or to earlier ones, and files form no cycle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const PURE = 'src/pure';
const { layers } = JSON.parse(readFileSync(join(PURE, 'layers.json'), 'utf8')) as { layers: string[] };
const faults: string[] = [];

const files = readdirSync(PURE, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts') && !name.endsWith('.test.ts'));
const folders = new Set(files.map(file => file.split('/')[0]));
for (const folder of folders) if (!layers.includes(folder)) faults.push(`${PURE}/${folder} is not in layers.json`);
for (const layer of layers) if (!folders.has(layer)) faults.push(`layers.json names ${layer}, which is not in ${PURE}`);

/** What a file imports or re-exports, relative to src/pure; packages are left out. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(PURE, file), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)';|^import '([^']+)';|\bimport\('([^']+)'\)/gm)];
  return found
    .flatMap(([, a, b, c]) => a ?? b ?? c ?? [])
    .filter(path => path.startsWith('.'))
    .map(path => relative(PURE, join(PURE, dirname(file), path)));
}

const graph = new Map(files.map(file => [file, importsOf(file)]));
for (const [file, targets] of graph) {
  const from = layers.indexOf(file.split('/')[0]);
  for (const target of targets) {
    if (target.startsWith('..')) faults.push(`${PURE}/${file} imports ${target}, outside of ${PURE}`);
    else if (layers.indexOf(target.split('/')[0]) > from) faults.push(`${PURE}/${file} imports ${target}, of a later layer`);
  }
}

const done = new Set<string>();
function findCycle(file: string, path: readonly string[]): void {
  const start = path.indexOf(file);
  if (start >= 0) {
    faults.push(`import cycle: ${[...path.slice(start), file].join(' → ')}`);
    return;
  }
  if (done.has(file)) return;
  for (const target of graph.get(file) ?? []) findCycle(target, [...path, file]);
  done.add(file);
}
for (const file of files) findCycle(file, []);

for (const fault of new Set(faults)) process.stderr.write(`${fault}\n`);
process.stdout.write(`layers: ${files.length} files in ${folders.size} folders, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
