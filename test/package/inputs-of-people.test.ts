/** Every input of people who do this job is read, or refused, as it should be: what `view` says of it, and with which exit code. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { airlock, ROOT } from './airlock.ts';

const INPUTS = join(ROOT, '../shared/inputs');
const skip = existsSync(INPUTS) ? false : 'there are no inputs of other people here';

interface Case {
  readonly file: string;
  readonly options?: readonly string[];
  readonly status?: number;
  /** All are in what is printed. */
  readonly says: readonly RegExp[];
}

const ATS_UNKNOWN = /whether the device has ATS is not known/;
const REFUSED_ATS = ['--ats', 'on', '--hw-caps', '0x8'];
const CLIQUE = ['-p', 'x-nv-gpudirect-clique=1'];

const CASES: readonly Case[] = [
  { file: 'navi10-64', options: REFUSED_ATS, says: [ATS_UNKNOWN, /whether realize fails is not known/] },
  { file: 'navi10-ats-4k', options: REFUSED_ATS, status: 1, says: [/ATS requested but not supported by kernel/] },
  { file: 'navi10-ats-4k', options: CLIQUE, status: 1, says: [/invalid device vendor/] },
  { file: 'navi10-ats-4k', says: [/no-ATS|never uses ATS|leaves it alone/] },
  { file: 'navi10-cut320', says: [ATS_UNKNOWN, /the extended list goes on at 0x150, which is not known/] },
  { file: 'acp-cut272', says: [/1022:15e2/] },
  { file: 'nic-256', says: [ATS_UNKNOWN] },
  { file: 'all-ones-elided', status: 1, says: [/the device does not answer/] },
  { file: 'gen6-endpoint', status: 1, says: [/table & pba overlap, or they don't fit in BARs, or don't align/] },
  { file: 'ga102', options: CLIQUE, says: [/Vendor \[c8\] +synthesised vmm +GPUDirect clique/] },
  { file: 'igd-gen9', says: [/8086:3e92/] },
  { file: 'ehci-debugport', says: [/Debug.*hidden +kernel/i] },
  { file: 'root-port-rclink', status: 1, says: [/does not take a function of header type 1/] },
  { file: 'kernel-earlydump', says: [/0000:00:03\.0/, /0000:01:00\.0/] },
  { file: 'fmt-0x-offsets', says: [/0000:02:00\.0/, /15b3:1019/] },
  { file: 'fmt-indented', says: [/0000:02:00\.0/, /15b3:1019/] },
  { file: 'fmt-qp', says: [/0000:02:00\.0/, /15b3:1019/] },
  { file: 'fmt-utf16', says: [/0000:02:00\.0/, /15b3:1019/] },
  { file: 'fmt-hexdump-C', says: [/note: .*: read as hexdump -C\n/, /15b3:1019/] },
  { file: 'fmt-od', says: [/note: .*: read as od -A x\n/, /15b3:1019/] },
  { file: 'fmt-openbsd', says: [/note: .*: read as pcidump of OpenBSD\n/, /0000:02:00\.0/, /15b3:1019/] },
];

/** What is read of text without bytes is tested beside its reader. */
const ELSEWHERE = ['fmt-lspci-text-only'];

/** The forms of one function's 256 bytes. */
const SAME = ['fmt-0x-offsets', 'fmt-indented', 'fmt-qp', 'fmt-utf16', 'fmt-hexdump-C', 'fmt-od', 'fmt-openbsd'];

const path = (name: string): string => join(INPUTS, `O-${name}.txt`);

const bytesOf = (name: string): unknown => {
  const { stdout, stderr, status } = airlock(['view', path(name), '--json']);
  assert.equal(status, 0, stderr);
  return (JSON.parse(stdout) as { devices: readonly { host: string }[] }).devices.map(({ host }) => host);
};

describe('airlock with inputs of people', () => {
  for (const { file, options = [], status = 0, says } of CASES) {
    it(`says what is right of ${[file, ...options].join(' ')}`, { skip }, () => {
      const ended = airlock(['view', path(file), ...options]);
      assert.equal(ended.status, status, ended.stderr);
      const text = `${ended.stderr}${ended.stdout}`.replace(/\n {2,}(?=\S)/g, ' ');
      for (const words of says) assert.match(text, words);
    });
  }

  it('reads the same bytes in each form', { skip }, () => {
    for (const name of SAME) assert.deepEqual(bytesOf(name), bytesOf('nic-256'), name);
  });

  it('decodes each file', { skip }, () => {
    for (const { file } of CASES) {
      const { status, stdout } = airlock(['decode', path(file), '-v']);
      assert.deepEqual([status, stdout.length > 0], [0, true], file);
    }
  });

  it('leaves no file out', { skip }, () => {
    const names = readdirSync(INPUTS).flatMap(name => /^O-(.*)\.txt$/.exec(name)?.[1] ?? []);
    assert.deepEqual([...new Set([...CASES.map(({ file }) => file), ...ELSEWHERE])].sort(), names.sort());
  });
});
