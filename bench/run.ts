/** Runs every benchmark and prints a table for results.md. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';
import { benchFleet } from './fleet.ts';
import { benchRealize } from './realize.ts';
import { benchStart } from './start.ts';

const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
const rows: string[] = [];
const row = (...cells: (string | number)[]) => rows.push(`| ${cells.join(' | ')} |`);

for (const { profile, viewsPerSecond, withBytesPerSecond } of benchRealize()) {
  row(`realize, profile ${profile}`, `${Math.round(viewsPerSecond / 1000)},000 views/s`, 'at least 250,000');
  row(`realize and guest bytes, profile ${profile}`, `${Math.round(withBytesPerSecond / 1000)},000 views/s`, '');
}
const fleet = benchFleet();
const name = `${fleet.devices} devices, ${Math.round(fleet.megabytes)} MB, ${fleet.origin}`;
row(`view --jsonl --no-bytes, ${name}`, `${fleet.airlock.wall.toFixed(2)} s, ${Math.round(fleet.airlock.peak ?? 0)} MB`, 'under 250 MB');
if (fleet.lspci !== null)
  row(
    'lspci -F -vvv -n, the same file',
    `${fleet.lspci.wall.toFixed(2)} s: ${(fleet.lspci.wall / fleet.airlock.wall).toFixed(1)} times as long`,
    'at least 5 times',
  );
const { node, version, view } = benchStart();
row('node -e 0', `${(node.wall * 1000).toFixed(0)} ms`, '');
row('airlock --version', `${(version.wall * 1000).toFixed(0)} ms: ${(version.wall / node.wall).toFixed(2)} times node`, 'at most 1.3');
row('airlock view, one device', `${(view.wall * 1000).toFixed(0)} ms: ${(view.wall / node.wall).toFixed(2)} times node`, 'at most 2');

process.stdout.write(`${commit}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}\n\n`);
process.stdout.write(`| what | result | aim |\n|---|---|---|\n${rows.join('\n')}\n`);
