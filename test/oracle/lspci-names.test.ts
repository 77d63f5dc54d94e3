/** The title of every capability ID is lspci's; where lspci 3.13 has none, it is the specification's. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bdf, ConfigSpace, capabilityTitle, decodeDevice } from '../../src/pure/pci/index.ts';
import { formatLspci } from '../../src/pure/render/lspci/device.ts';
import { formatHexDump } from '../../src/pure/render/lspci/hex-dump.ts';
import { lspciRoot, NAMED_HERE, runLspci, skipWithoutLspci as skip } from './lspci.ts';

const STANDARD_IDS = 0x20;
const EXTENDED_IDS = 0x40;

let scratch = '';

before(() => {
  if (!skip) scratch = mkdtempSync(join(lspciRoot, 'tmp/airlock-names-'));
});

after(() => {
  if (scratch !== '') rmSync(scratch, { recursive: true });
});

/** A PCI Express function whose last capability of the kind has the ID and registers of zeros. */
function functionWith(kind: 'standard' | 'extended', id: number): ConfigSpace {
  const bytes = new Uint8Array(4096);
  bytes.set([0x86, 0x80, 0x00, 0x10, 0x07, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x02]);
  bytes[0x34] = 0x40;
  if (kind === 'standard') bytes.set([id, 0x00], 0x40);
  else bytes.set([0x10, 0x00, 0x02, 0x00], 0x40);
  if (kind === 'extended') bytes.set([id, 0x00, 0x01, 0x00], 0x100);
  return new ConfigSpace(bytes);
}

function lastCapability(lines: readonly string[]): string {
  return lines.findLast(line => line.startsWith('\tCapabilities: ')) ?? 'none';
}

for (const [kind, count] of [
  ['standard', STANDARD_IDS],
  ['extended', EXTENDED_IDS],
] as const) {
  for (const verbosity of [1, 3]) {
    test(`formatLspci names every ${kind} capability as lspci -${'v'.repeat(verbosity)} does`, { skip }, () => {
      const devices = Array.from({ length: count }, (_, id) => ({ bdf: Bdf.unpack(id), config: functionWith(kind, id) }));
      const path = join(scratch, kind);
      writeFileSync(path, devices.map(({ bdf, config }) => `${bdf} X\n${formatHexDump(config, 4096).join('\n')}\n\n`).join(''));
      const theirs = runLspci(path, [`-${'v'.repeat(verbosity)}`])
        .join('\n')
        .split('\n\n');
      for (const [id, { bdf, config }] of devices.entries()) {
        const ours = lastCapability(formatLspci(decodeDevice(config, bdf), { verbosity, domain: false }));
        const expected = lastCapability(theirs[id].split('\n'));
        if (!NAMED_HERE[kind].some(named => named === id)) {
          assert.equal(ours, expected);
          continue;
        }
        assert.match(expected, /\] (?:Extended )?Capability ID 0x[0-9a-f]+(?: \[0000\])?$/, 'lspci has a title now: use it');
        assert.ok(ours.endsWith(`] ${capabilityTitle(kind, id)} <?>`), ours);
      }
    });
  }
}
