/** Checks the law of layers.json in src/pure and src/web: imports go to the own folder or to earlier ones, and files form no cycle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const faults: string[] = [];

/** What a file imports or re-exports, as paths from the root; packages and what Vite makes of a file (`?raw`) are left out. */
function importsOf(path: string): string[] {
  const text = readFileSync(path, 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\b[^;]*?\bfrom '([^']+)';|^import '([^']+)';|\bimport\('([^']+)'\)/gm)];
  return found
    .flatMap(([, a, b, c]) => a ?? b ?? c ?? [])
    .filter(target => target.startsWith('.'))
    .map(target => join(dirname(path), target));
}

/** Checks one ring; what it imports from outside of itself lies in one of `below`. Returns how many files and folders it has. */
function checkRing(ring: string, below: readonly string[]): { files: number; folders: number } {
  const { layers } = JSON.parse(readFileSync(join(ring, 'layers.json'), 'utf8')) as { layers: string[] };
  const names = readdirSync(ring, { recursive: true, encoding: 'utf8' });
  const files = names.filter(name => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name)).map(name => join(ring, name));
  const folderOf = (path: string): string | undefined => relative(ring, path).split('/').slice(0, -1)[0];
  const folders = new Set(names.filter(name => /\/.*\.(?:tsx?|css)$/.test(name)).map(name => name.split('/')[0]));
  for (const folder of folders) if (!layers.includes(folder)) faults.push(`${ring}/${folder} is not in layers.json`);
  for (const layer of layers) if (!folders.has(layer)) faults.push(`layers.json names ${layer}, which is not in ${ring}`);

  const graph = new Map(files.map(file => [file, importsOf(file)]));
  for (const [file, targets] of graph) {
    const from = folderOf(file);
    for (const target of targets) {
      const to = folderOf(target);
      if (!target.startsWith(`${ring}/`)) {
        if (!below.some(other => target.startsWith(`${other}/`)))
          faults.push(`${file} imports ${target}, outside of ${[ring, ...below].join(' and ')}`);
      }
      // A file that stands in no folder puts the folders together.
      else if (from !== undefined && (to === undefined || layers.indexOf(to) > layers.indexOf(from)))
        faults.push(`${file} imports ${target}, of a later layer`);
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
  return { files: files.length, folders: folders.size };
}

const rings = { 'src/pure': checkRing('src/pure', []), 'src/web': checkRing('src/web', ['src/pure']) };

for (const fault of new Set(faults)) process.stderr.write(`${fault}\n`);
const counts = Object.entries(rings).map(([ring, { files, folders }]) => `${files} files in ${folders} folders of ${ring}`);
process.stdout.write(`layers: ${counts.join(', ')}, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
