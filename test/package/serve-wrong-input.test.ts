/** airlock serve with what it cannot serve: words that name it, exit code 2, nothing left behind. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { airlock, ROOT } from './airlock.ts';

const ATS = join(ROOT, 'captures/synthetic-vtd-ats.json');
const GPU = '01:00.0';

/** Four rows of a dump of a device that does not answer. */
const ROWS_OF_ONES = ['00', '10', '20', '30'].map(at => `${at}:${' ff'.repeat(16)}`).join('\n');

let folder = '';
const path = (name: string): string => join(folder, name);

before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-serve-'));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('airlock serve with wrong input', () => {
  const GPU_OF = `${ATS} -s ${GPU}`;
  const CASES: readonly (readonly [args: string, says: string | RegExp])[] = [
    ['', /^airlock serve needs an input/],
    [ATS, 'airlock serve needs --socket PATH; see airlock serve --help'],
    [`${ATS} --socket x`, /holds 3 devices where one is needed: choose with -s: /],
    [`${GPU_OF} --socket .`, /^--socket: .* is a folder, wanted the path of the socket$/],
    [`${GPU_OF} --socket ${'x'.repeat(120)}`, /^--socket: \S+ has \d+ bytes, wanted at most 107: a socket's path has no more room$/],
    [`${GPU_OF} --socket q/`, /^--socket: \S+q is a folder, wanted the path of the socket$/],
    [`${GPU_OF} --socket=`, 'airlock serve needs --socket PATH; see airlock serve --help'],
    [`${GPU_OF} --socket no/such/folder/x`, /^Cannot create the socket \S+x: there is no folder \S+no\/such\/folder$/],
    [`${GPU_OF} --socket x --control no/such/y`, /^--control: Cannot create the socket no\/such\/y: there is no folder \S+no\/such$/],
    [`${GPU_OF} --socket x --control ./x`, /^--control and the socket of a device are one path, \S+\/x: wanted two$/],
    [`${GPU_OF} --socket x --control=`, '--control does not take "": wanted the path of a socket'],
    ['twin --socket x --control x/a.sock', /^--control and the socket of a device are one path, \S+\/x\/a.sock: wanted two$/],
    [`${GPU_OF} --socket a-file`, /^Cannot listen on \S+a-file: there is a file of that name, which is no socket$/],
    [`${GPU_OF} --socket x --mode 999`, '--mode does not take "999": wanted permissions as in 0660'],
    [`${GPU_OF} --socket x --spin -1`, '--spin does not take "-1": wanted microseconds from 0 to 1000000'],
    [`${GPU_OF} --socket x --version-deadline 1.5`, '--version-deadline does not take "1.5": wanted seconds from 0 to 9999'],
    [`${GPU_OF} --socket x --metrics 70000`, '--metrics does not take "70000": wanted PORT or ADDRESS:PORT'],
    [`${GPU_OF} --socket x --metrics :80`, '--metrics does not take ":80": wanted PORT or ADDRESS:PORT'],
    [`${GPU_OF} --socket x --metrics 192.0.2.1:9100`, '--metrics: Cannot listen on 192.0.2.1:9100: this machine has no such address'],
    [`${GPU_OF} --socket x --profile qemu`, /^--profile does not take "qemu": wanted airlock, .*raw$/],
    [`${GPU_OF} --socket x --profile raw --ats off`, '--ats and --profile raw exclude each other: raw bytes pass through no rule'],
    [`${GPU_OF} --socket x --ats maybe`, "Parameter 'ats' does not accept value 'maybe'"],
    ['missing.json --socket x', 'Cannot read missing.json: no such file or directory'],
    ['a-file --socket x', /^Cannot read a-file: it is in no format that is known/],
    ['names.txt -s 00:04.0 --socket x', 'Cannot serve x: no byte of its config space is known'],
    ['names.txt -s 00:04.0 --socket x --profile raw', 'Cannot serve x: no byte of its config space is known'],
    ['strays --socket x', 'Cannot serve strays: it holds no device that can be served'],
    ['gone.txt --socket x --profile raw', /^Cannot serve x: the device does not answer: its header reads as all ones /],
    ['empty --socket x', 'Cannot serve empty: it holds no file'],
    ['twins --socket x', 'Cannot serve twins: two of its devices would be served as a.sock'],
    ['twins -s 01:00.0 --socket x', '-s chooses a device of a file, and twins is a folder'],
    ['twin --socket a-file', /^Cannot make the directory \S+a-file: there is a file of that name$/],
  ];

  before(() => {
    for (const name of ['empty', 'twins', 'twin', 'strays']) mkdirSync(path(name));
    for (const name of ['twins/a.bin', 'twins/a.raw', 'twin/a.bin']) writeFileSync(path(name), new Uint8Array(256));
    writeFileSync(path('gone.txt'), `01:00.0 Ethernet controller\n${ROWS_OF_ONES}\n`);
    writeFileSync(path('names.txt'), '00:04.0 Ethernet controller\n00:05.0 VGA compatible controller\n');
    writeFileSync(path('strays/README.md'), '# Dumps\n');
    writeFileSync(path('a-file'), 'neither a socket nor an input');
  });

  for (const [args, says] of CASES) {
    it(`${args.replaceAll(ROOT, '').slice(0, 70)}: says what is wrong`, () => {
      const { status, stderr } = airlock(['serve', ...args.split(' ').filter(word => word !== '')], '', folder);
      assert.equal(status, 2, stderr);
      // Notes and warnings go before.
      const [line, ...rest] = stderr.replace(/^(airlock: (?:note|warning): .*\n)*/, '').split('\n');
      // What would be right may stand below, indented.
      assert.equal(rest.pop(), '', stderr);
      assert.ok(
        rest.every(more => more.startsWith('  ')),
        stderr,
      );
      if (typeof says === 'string') assert.equal(line, `airlock: ${says}`);
      else assert.match(line.replace(/^airlock: /, ''), says);
      assert.equal(existsSync(path('x')), false, 'no socket is left');
      assert.equal(readFileSync(path('a-file'), 'utf8'), 'neither a socket nor an input');
    });
  }
});
