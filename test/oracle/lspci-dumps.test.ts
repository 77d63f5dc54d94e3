/** The text of real devices is what lspci prints for the same dump, line by line. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseLspciDump } from '../../src/pure/inputs/index.ts';
import { type DeviceNames, decodeDevice, parsePciIds } from '../../src/pure/pci/index.ts';
import { formatLspci, type LspciOptions } from '../../src/pure/render/lspci/device.ts';
import { dropNamesHere, dropUpperHalves, lspciRoot, runLspci, skipWithoutLspci } from './lspci.ts';

const repository = join(import.meta.dirname, '../..');
const folder = process.env.AIRLOCK_DUMPS ?? join(repository, '../shared/dumps');
const skip = existsSync(folder) ? skipWithoutLspci : 'there are no dumps: set AIRLOCK_DUMPS to a folder of them';
const dumps = skip ? [] : readdirSync(folder).filter(name => name.endsWith('.lspci'));

/** Devices as people posted them, in the form that lspci reads. */
const INPUTS = ['all-ones-elided', 'ehci-debugport', 'ga102', 'gen6-endpoint', 'igd-gen9', 'navi10-64', 'navi10-ats-4k', 'navi10-cut320'];
const inputFolder = join(repository, '../shared/inputs');
const skipInputs = existsSync(inputFolder) ? skipWithoutLspci : 'there are no inputs of people';
const inputs = [...INPUTS, 'nic-256', 'root-port-rclink'].map(name => `O-${name}.txt`);

const MODES: { name: string; arguments: readonly string[]; options: LspciOptions }[] = [
  { name: 'lspci', arguments: [], options: {} },
  { name: 'lspci -n', arguments: ['-n'], options: { numeric: 'ids' } },
  { name: 'lspci -nn', arguments: ['-nn'], options: { numeric: 'both' } },
  { name: 'lspci -v', arguments: ['-v'], options: { verbosity: 1 } },
  { name: 'lspci -vvv', arguments: ['-vvv'], options: { verbosity: 3 } },
  { name: 'lspci -nnvvv', arguments: ['-nnvvv'], options: { verbosity: 3, numeric: 'both' } },
  { name: 'lspci -x', arguments: ['-x'], options: { hex: 1 } },
  { name: 'lspci -xxxx', arguments: ['-xxxx'], options: { hex: 4 } },
];

/** What lspci 3.13 prints wrongly in these dumps; such words are left out of the comparison. */
const FAULTS: readonly { readonly reason: string; readonly words: RegExp }[] = [
  {
    reason: "of the two bytes of a HyperTransport link's Frequency Capability it reads one (HyperTransport 3.1 §7.5.8)",
    words: /(?<=Link Frequency Capability.*1\.2GHz. )1\.4GHz. 1\.6GHz. Vend.$/,
  },
  {
    reason: 'the table whose place the Virtual Channel Capability 2 register gives is the VC Arbitration Table (PCIe 6.0 §7.9.1.3)',
    words: /(?<=^\t\t)(?:VC|Port) (?=Arbitration Table \[)/,
  },
];

let names: DeviceNames;
let scratch = '';

before(() => {
  if (skip && skipInputs) return;
  names = parsePciIds(readFileSync(join(lspciRoot, 'usr/share/misc/pci.ids'), 'utf8'));
  scratch = mkdtempSync(join(lspciRoot, 'tmp/airlock-dumps-'));
});

after(() => {
  if (scratch !== '') rmSync(scratch, { recursive: true });
});

function dropFaults(lines: readonly string[]): string[] {
  return dropUpperHalves(lines).map(line => FAULTS.reduce((rest, { words }) => rest.replace(words, ''), dropNamesHere(line)));
}

test('there are dumps to compare', { skip }, () => assert(dumps.length >= 19));

/** What lspci and we print for a dump; devices in the order of their addresses, as lspci has them. */
async function bothTexts(path: string, mode: (typeof MODES)[number]): Promise<{ actual: string[]; expected: string[] }> {
  const copy = join(scratch, basename(path));
  await copyFile(path, copy);
  const expected = runLspci(copy, mode.arguments);
  const devices = parseLspciDump(readFileSync(copy)).sort((a, b) => a.bdf.compare(b.bdf));
  const domain = devices.some(({ bdf }) => bdf.domain !== 0);
  const separator = mode.options.verbosity || mode.options.hex ? [''] : [];
  const actual = devices.flatMap(({ bdf, config }) => [
    ...formatLspci(decodeDevice(config, bdf), { names, domain, ...mode.options }),
    ...separator,
  ]);
  return { actual: dropFaults(actual), expected: dropFaults(expected) };
}

for (const dump of dumps) {
  for (const mode of MODES) {
    test(`formatLspci equals ${mode.name} for ${dump}`, { skip }, async () => {
      const { actual, expected } = await bothTexts(join(folder, dump), mode);
      assert.deepEqual(actual, expected);
    });
  }
}

/** lspci takes bytes that are not known for ones and prints such rows, which are none of the device's. */
function dropUnknownRows(lines: readonly string[], actual: readonly string[]): string[] {
  return lines.filter(line => !/^[0-9a-f]{2,3}:(?: ff){16}$/.test(line) || actual.includes(line));
}

for (const input of inputs) {
  for (const mode of MODES) {
    test(`formatLspci equals ${mode.name} for ${input}`, { skip: skipInputs }, async () => {
      const { actual, expected } = await bothTexts(join(inputFolder, input), mode);
      assert.deepEqual(actual.filter(isRowOfLspci), dropUnknownRows(expected, actual));
    });
  }
}

/** lspci shows the rows of 64, 256 or 4096 bytes, we all that are known. */
function isRowOfLspci(line: string, _at: number, lines: readonly string[]): boolean {
  return !/^1[0-9a-f]0: /.test(line) || lines.some(other => other.startsWith('ff0: '));
}
