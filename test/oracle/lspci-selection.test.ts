/** What -s and -d select is what lspci selects of the same dump, and what one refuses the other does. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import { parseLspciDump } from '../../src/pure/inputs/index.ts';
import { matchesIds, matchesSlot, parseIdSelector, parseSlotSelector, SelectorError } from '../../src/pure/pci/selector.ts';
import { lspciRoot, skipWithoutLspci } from './lspci.ts';

const skip = skipWithoutLspci;
/** More would take long: each is a run of lspci. */
const RUNS = 250;

const ADDRESSES = [
  '0000:00:00.0',
  '0000:00:02.0',
  '0000:00:02.1',
  '0000:00:1f.3',
  '0000:02:00.7',
  '0000:02:02.0',
  '0000:10:02.0',
  '0000:ff:1f.7',
  '0001:00:02.0',
  '10000:e1:00.0',
];
const IDS = [
  [0x86, 0x80],
  [0xde, 0x10],
];
const CLASSES = [
  [0, 0, 2],
  [1, 1, 3],
  [0, 2, 1],
  [2, 2, 3],
];

const pairs = (bytes: readonly number[]): string => bytes.map(byte => byte.toString(16).padStart(2, '0')).join(' ');
const ZEROS = pairs(Array.from({ length: 16 }, () => 0));

const DUMP = ADDRESSES.map((address, i) => {
  const header = [...(IDS[i % 2] ?? []), i, 0x10, 0, 0, 0, 0, 0, ...(CLASSES[i % 4] ?? []), 0, 0, 0, 0];
  return `${address} x\n00: ${pairs(header)}\n10: ${ZEROS}\n20: ${ZEROS}\n30: ${ZEROS}\n\n`;
}).join('');

/** A small generator with a seed (xorshift), so that a failure can be seen again. */
function picker(seed: number): <T>(of: readonly T[]) => T {
  let state = seed;
  return of => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return of[(state >>> 0) % of.length] as (typeof of)[number];
  };
}

const NUMBERS = [
  '',
  '*',
  '0',
  '00',
  '2',
  '02',
  '0x2',
  '1',
  '7',
  '8',
  '10',
  '1f',
  '1F',
  '20',
  'e1',
  'ff',
  '100',
  '0000',
  '0001',
  '10000',
  'g',
  ' ',
];
const WORDS = ['', '*', '8086', '10DE', '0x10de', '1002', '1', 'x', '02xx', 'xx00', '0301', '301', '00', '01', '100', '10000', 'g'];

let folder = '';
let path = '';

before(() => {
  if (skip) return;
  folder = mkdtempSync(join(lspciRoot, 'tmp/airlock-selection-'));
  path = join(folder, 'dump.txt');
  writeFileSync(path, DUMP);
});

after(() => {
  if (folder !== '') rmSync(folder, { recursive: true });
});

/** The addresses that lspci selects; null where it refuses the filter. */
function lspciSelects(option: string, text: string): string[] | null {
  const args = [lspciRoot, 'lspci', '-F', `/${relative(lspciRoot, path)}`, '-D', '-n', option, text];
  const { status, stdout, stderr } = spawnSync('chroot', args, { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) {
    assert.match(stderr, /Invalid|Too many|At least/, `${option} ${text}`);
    return null;
  }
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => line.split(' ')[0] ?? '')
    .sort();
}

/** The addresses that we select; null where we refuse the filter. */
function select(option: string, text: string): string[] | null {
  const devices = parseLspciDump(new TextEncoder().encode(DUMP));
  try {
    const slot = option === '-s' ? parseSlotSelector(text) : null;
    const ids = option === '-d' ? parseIdSelector(text) : null;
    const found = devices.filter(({ bdf, config }) => {
      const [vendorId = 0, deviceId = 0, word = 0] = [config.read(0, 2), config.read(2, 2), config.read(8, 4)];
      return (slot === null || matchesSlot(slot, bdf)) && (ids === null || matchesIds(ids, { vendorId, deviceId, classCode: word >>> 8 }));
    });
    return found.map(({ bdf }) => bdf.text).sort();
  } catch (error) {
    assert.ok(error instanceof SelectorError, String(error));
    return null;
  }
}

test('-s selects what lspci -s selects', { skip, timeout: 300_000 }, () => {
  const pick = picker(0x51ec7);
  for (let i = 0; i < RUNS; i++) {
    const device = pick(['', `${pick(NUMBERS)}`, `${pick(NUMBERS)}.${pick(NUMBERS)}`, `.${pick(NUMBERS)}`]);
    const text = pick(['', `${pick(NUMBERS)}:`, `${pick(NUMBERS)}:${pick(NUMBERS)}:`]) + device;
    assert.deepEqual(select('-s', text), lspciSelects('-s', text), JSON.stringify(text));
  }
});

test('-d selects what lspci -d selects', { skip, timeout: 300_000 }, () => {
  const pick = picker(0x1d5);
  for (let i = 0; i < RUNS; i++) {
    const text = [pick(WORDS), pick(WORDS), pick(WORDS), pick(WORDS)].slice(0, pick([1, 2, 2, 3, 3, 4])).join(':');
    assert.deepEqual(select('-d', text), lspciSelects('-d', text), JSON.stringify(text));
  }
});
