/** `airlock view --jsonl --no-bytes` on a dump of 14,000 devices against lspci, which decodes the same file. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseCapture, parseConfigText } from '../src/pure/capture/index.ts';
import { Bdf, decodeDevice } from '../src/pure/pci/index.ts';
import { formatLspci } from '../src/pure/render/index.ts';
import { type Run, runInTurn } from './measure.ts';

const DEVICES = 14_000;
const ROUNDS = 5;
const MAIN = resolve(import.meta.dirname, '../dist/cli/main.js');
const ADDRESS = /^(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7] /gim;

/** The text that is repeated: real dumps where there are any, else the shipped captures as lspci would print them. */
function sample(): { text: string; origin: string } {
  const folder = process.env.AIRLOCK_DUMPS;
  if (folder !== undefined) {
    const names = readdirSync(folder)
      .filter(name => name.endsWith('.lspci'))
      .sort();
    return {
      text: names.map(name => `${readFileSync(join(folder, name), 'utf8').trimEnd()}\n\n`).join(''),
      origin: `${names.length} real dumps`,
    };
  }
  const captures = resolve(import.meta.dirname, '../captures');
  const texts = readdirSync(captures).flatMap(name =>
    parseCapture(readFileSync(join(captures, name), 'utf8')).devices.map(
      ({ address, config }) =>
        `${formatLspci(decodeDevice(parseConfigText(config), Bdf.parse(address)), { verbosity: 3, hex: 4 }).join('\n')}\n\n`,
    ),
  );
  return { text: texts.join(''), origin: 'shipped captures' };
}

/** lspci with `file` as it sees it: in the oracle root, else the one in PATH; null where there is none. */
function lspci(folder: string): { command: (file: string) => string[]; folder: string } | null {
  const root = spawnSync(resolve(import.meta.dirname, '../test/oracle/install'), ['--print'], { encoding: 'utf8' });
  if (root.status === 0 && process.getuid?.() === 0) {
    const base = join(root.stdout.trim(), 'root');
    return {
      command: file => ['chroot', base, 'lspci', '-F', `/${relative(base, file)}`, '-vvv', '-n'],
      folder: mkdtempSync(join(base, 'tmp/airlock-bench-')),
    };
  }
  if (spawnSync('lspci', ['--version']).status !== 0) return null;
  return { command: file => ['lspci', '-F', file, '-vvv', '-n'], folder };
}

export interface FleetResult {
  readonly airlock: Run;
  readonly lspci: Run | null;
  readonly devices: number;
  readonly megabytes: number;
  readonly origin: string;
}

export function benchFleet(): FleetResult {
  const own = mkdtempSync(join(tmpdir(), 'airlock-bench-'));
  const other = lspci(own);
  const folder = other?.folder ?? own;
  const path = join(folder, 'fleet.txt');
  try {
    const { text, origin } = sample();
    const repeats = Math.ceil(DEVICES / (text.match(ADDRESS)?.length ?? 1));
    const fd = openSync(path, 'w');
    for (let i = 0; i < repeats; i++) writeSync(fd, text);
    const view = [process.execPath, MAIN, 'view', '--jsonl', '--no-bytes', path];
    // Bridges cannot be assigned, so a dump of whole machines ends with 1.
    const status = spawnSync(view[0] ?? '', view.slice(1), { stdio: 'ignore' }).status ?? -1;
    const commands = [{ command: view, status }, ...(other === null ? [] : [{ command: other.command(path) }])];
    const [airlock, their] = runInTurn(commands, ROUNDS);
    const devices = repeats * (text.match(ADDRESS)?.length ?? 0);
    return { airlock, lspci: their ?? null, devices, megabytes: statSync(path).size / 1e6, origin };
  } finally {
    rmSync(own, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
