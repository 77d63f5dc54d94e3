/** Wrong input: each ends with exit code 2, one clear line, and nothing of a stack. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { airlock } from './airlock.ts';

const ROW = `00: 86 80 12 34 06 04 10 00 01 00 00 02 00 00 00 00`;
const ZEROS = `00 `.repeat(16).trim();
const device = (bdf: string) => `${bdf} Ethernet controller\n${ROW}\n10: ${ZEROS}\n20: ${ZEROS}\n30: ${ZEROS}\n\n`;
const TWO = device('00:01.0') + device('0000:3b:00.1');

const files: Readonly<Record<string, string | Uint8Array>> = {
  'two.txt': TWO,
  'one.txt': device('00:01.0'),
  empty: '',
  'rubbish.bin': Uint8Array.from({ length: 1000 }, (_, i) => (i * 167 + 13) & 0xff),
  'cut.txt': TWO.slice(0, TWO.indexOf('10: ') + 20),
  'row-first.txt': `${ROW}\n${TWO}`,
  'bad-digit.txt': TWO.replace('86 80', '86 8g'),
  'newer.json': '{"schemaVersion": 2, "format": "airlock-capture"}',
  'no-capture.json': '{"devices": []}',
  'not-json.json': '{"schemaVersion": 1,',
  'wrong-config.json':
    '{"schemaVersion": 1, "format": "airlock-capture", "host": {}, "devices": [{"address": "0000:01:00.0", "config": "zz"}]}',
  'not-gzip.gz': 'plain',
  'cut.gz': gzipSync(TWO).subarray(0, 60),
};

/** Arguments, and what the one line must say after `airlock: `. */
const CASES: readonly (readonly [args: string, says: string | RegExp])[] = [
  ['view missing.txt', 'Cannot read missing.txt: no such file'],
  ['view empty', 'Cannot read empty: it is empty'],
  ['view .', 'Cannot read .: it is a directory, wanted a file'],
  ['view rubbish.bin', /^Cannot read rubbish\.bin: it is in no format that is known: wanted a dump of lspci/],
  ['view cut.txt', /^Cannot read cut\.txt: line 3, column \d+: the dump ends in the middle of a row$/],
  ['view row-first.txt', /^Cannot read row-first\.txt: /],
  ['view bad-digit.txt', /^Cannot read bad-digit\.txt: line 2, column 8: "8g" is no byte/],
  ['view two.txt -s 99:00.0', '0000:99:00.0 is not in two.txt: it holds 0000:00:01.0, 0000:3b:00.1'],
  ['view two.txt -s zz', '--slot: not a PCI address: "zz": wanted DDDD:BB:DD.F, such as 0000:3b:00.1'],
  ['view newer.json', /^Cannot read newer\.json: schemaVersion: the capture has version 2, newer than this airlock/],
  ['view no-capture.json', /^Cannot read no-capture\.json: not a capture: wanted /],
  ['view not-json.json', /^Cannot read not-json\.json: not JSON: /],
  ['view wrong-config.json', /^Cannot read wrong-config\.json: devices\[0\]\.config: wanted /],
  ['view not-gzip.gz', 'Cannot read not-gzip.gz: it is not valid gzip'],
  ['view cut.gz', 'Cannot read cut.gz: it is not valid gzip'],
  ['view two.txt -p foo=1', "Property 'vfio-pci.foo' not found"],
  ['view two.txt -p atss=on', "Property 'vfio-pci.atss' not found; did you mean ats?"],
  ['view two.txt --ats maybe', "Parameter 'ats' does not accept value 'maybe'"],
  ['view two.txt -p host=zz', "Property 'vfio-pci.host' doesn't take value 'zz'"],
  ['view two.txt -p x-vpasid-cap-offset=0x10000', "Parameter 'x-vpasid-cap-offset' expects uint16_t"],
  ['view two.txt -p x-pci-vendor-id=abc', "Parameter 'x-pci-vendor-id' expects integer"],
  ['view two.txt -g vfio-pci.ats=maybe', /Parameter 'ats' does not accept value 'maybe'$/],
  ['view two.txt -p noequals', /^expected NAME=VALUE, got "noequals"/],
  ['view two.txt -M pc-q35-99', /^unsupported machine type: "pc-q35-99"/],
  [
    'view two.txt --write out.bin',
    /^Cannot use two\.txt: it holds 2 devices where one is needed: choose with -s: 0000:00:01\.0, 0000:3b:00\.1$/,
  ],
  ['compare two.txt one.txt', /^Cannot use two\.txt: it holds 2 devices where one is needed/],
  ['compare one.txt', /^airlock compare takes two inputs/],
  ['compare - -', 'standard input can be one of the two inputs, not both'],
  ['view', /^airlock view needs an input/],
  ['view one.txt two.txt', 'airlock view takes one input, not also "two.txt"'],
  ['view one.txt --json --jsonl', '--json and --jsonl exclude each other'],
  ['view one.txt --jsn', 'airlock view has no option --jsn; did you mean --json?; see airlock view --help'],
  ['view one.txt --hw-caps 0xzz', /^--hw-caps does not take "0xzz": wanted a number/],
  ['view one.txt --backend legacy --hw-caps 0x8', /^--hw-caps needs --backend iommufd/],
  ['view one.txt --profile qemu', '--profile does not take "qemu": wanted airlock, qemu-11.1, qemu-10.0'],
  ['view one.txt --placement root-port -M pc-i440fx-10.0', /^--placement root-port does not fit pc-i440fx-10\.0/],
  ['decode empty', 'Cannot read empty: it is empty'],
  ['machines extra', 'airlock machines takes no operand, not "extra"'],
  ['completion tcsh', 'airlock completion takes one of bash, zsh, fish, not "tcsh"'],
  ['viw one.txt', 'there is no command "viw"; did you mean view?'],
];

describe('airlock with wrong input', () => {
  let folder = '';

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'airlock-wrong-'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  });

  after(() => rmSync(folder, { recursive: true, force: true }));

  for (const [args, says] of CASES) {
    it(`airlock ${args} ends with 2 and one line`, () => {
      const { status, stderr } = airlock(args.split(' '), '', folder);
      assert.equal(status, 2, stderr);
      assert.match(stderr, /^airlock: [^\n]+\n$/);
      const line = stderr.slice('airlock: '.length, -1);
      if (typeof says === 'string') assert.equal(line, says);
      else assert.match(line, says);
    });
  }
});
