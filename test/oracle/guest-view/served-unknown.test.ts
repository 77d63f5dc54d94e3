/** Dumps of which a part is missing, served to QEMU 11.1: it must come up, and its guest reads what we say of them. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseCapture } from '../../../src/pure/capture/index.ts';
import { servedConfig } from '../../../src/pure/device/index.ts';
import { regionSizes } from '../../../src/pure/device/region-sizes.ts';
import { replayOptions } from '../../../src/pure/device/replay-backend.ts';
import type { GuestView } from '../../../src/pure/guest-view/guest-view.ts';
import { ConfigSpace } from '../../../src/pure/pci/config-space.ts';
import { walkExtended, walkStandard } from '../../../src/pure/pci/walk.ts';
import { numbers } from '../../fixtures/arbitrary-config.ts';
import { QEMU_PROFILE_NAMES } from '../../fixtures/profile-names.ts';
import { endServers, readConfig, startServer } from '../../package/serving.ts';
import { compare, Tally } from './compare.ts';
import { expectBytes, expectView } from './expected.ts';
import { type Case, judge } from './judge.ts';
import { QemuGuest, skipWithoutQemu as skip } from './qemu-guest.ts';

const repository = join(import.meta.dirname, '../../..');
const inputFolder = process.env.AIRLOCK_INPUTS ?? join(repository, '../shared/inputs');
const skipInputs = existsSync(inputFolder) ? skip : 'there are no inputs: set AIRLOCK_INPUTS to a folder of them';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const spaced = (bytes: Uint8Array): string => hex(bytes).replaceAll(/..(?=.)/g, '$& ');

interface Known {
  readonly name: string;
  readonly config: ConfigSpace;
  readonly sizes: readonly (number | null | undefined)[];
}

/** A config space without the bytes beyond `length` and without the rows of 16 bytes that `isLeftOut` names. */
function part({ bytes }: ConfigSpace, length: number, isLeftOut: (row: number) => boolean = () => false): ConfigSpace {
  const kept = bytes.slice(0, length);
  const known = Uint8Array.from(kept, (_, at) => (isLeftOut(at >> 4) ? 0 : 1));
  return new ConfigSpace(
    kept.map((byte, at) => byte * known[at]),
    known,
  );
}

function shippedDevices(): Known[] {
  const text = readFileSync(join(repository, 'captures/synthetic-vtd-ats.json'), 'utf8');
  return parseCapture(text).devices.map(device => {
    const { config, regionSizes: sizes = [] } = replayOptions(device);
    return { name: device.address, config, sizes };
  });
}

/** Ends before, inside of and right behind every header of a list; and rows that are missing, by a seed. */
function missingParts({ config }: Known): ConfigSpace[] {
  const heads = [...walkStandard(config).capabilities, ...walkExtended(config).capabilities].map(({ offset }) => offset);
  const lengths = new Set([0x40, 0x50, 0x100, 0x104, 0x110, 0x140, 0xff0, ...heads.flatMap(at => [at, at + 2, at + 4, at + 8])]);
  const next = numbers(config.bytes[2] + 1);
  const holes = Array.from({ length: 24 }, () => {
    const rows = new Set(Array.from({ length: 1 + (next() % 6) }, () => 1 + (next() % (next() % 2 === 0 ? 0xf : 0xff))));
    return part(config, 0x1000, row => rows.has(row));
  });
  return [...[...lengths].sort((a, b) => a - b).map(length => part(config, length)), ...holes];
}

function caseOf(name: string, config: ConfigSpace, sizes: Known['sizes']): Case {
  const { bytes } = servedConfig(config).config;
  const device = { bytes, barSizes: regionSizes(new ConfigSpace(bytes), sizes).slice(0, 6) };
  return { name, device, placement: 'root-port', realized: expectView(device, 'root-port'), probes: false };
}

test('QEMU comes up with every part of a device that is known, and its guest reads what we say', { skip }, async t => {
  const cases = shippedDevices().flatMap(known =>
    missingParts(known).map((config, index) => caseOf(`${known.name} ${index}, ${config.bytes.length} bytes`, config, known.sizes)),
  );
  const judgements = await judge(cases);
  const tally = new Tally();
  const differences = cases.flatMap(one => {
    const judgement = judgements.get(one);
    assert.ok(judgement);
    // A part of a device that QEMU takes has nothing that it does not take.
    const end = judgement.end === 'up' ? [] : [`QEMU ${judgement.end}: ${judgement.words.join(' ')}`];
    return [...end, ...compare(one, judgement, tally)].map(line => `${one.name}: ${line}`);
  });
  t.diagnostic(`${cases.length} parts`);
  assert.deepEqual(differences, []);
});

let folder = '';
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'airlock-unknown-'));
});
after(async () => {
  await endServers();
  rmSync(folder, { recursive: true });
});

interface Served {
  /** What QEMU's guest reads. */
  readonly guest: Uint8Array;
  /** What we say that it reads. */
  readonly expected: Uint8Array;
  readonly stderr: string;
}

/** Lets `airlock serve` be the device of a file, once for us and then for QEMU. */
async function serveToQemu(...args: readonly string[]): Promise<Served> {
  const socket = join(folder, 'device');
  const server = await startServer(...args, '--socket', socket);
  const bytes = await readConfig(socket);
  const guest = await QemuGuest.start([socket], 'root-port');
  try {
    assert.equal(guest.end, 'up', `${args.join(' ')}: QEMU ${guest.end}: ${guest.words.join(' ')}`);
    await guest.numberBuses();
    const view = expectView({ bytes, barSizes: regionSizes(new ConfigSpace(bytes)).slice(0, 6) }, 'root-port');
    assert.equal(view.outcome, 'realized');
    return { guest: await guest.readFunction(0), expected: expectBytes(view as GuestView), stderr: server.stderr };
  } finally {
    await guest.stop();
    await server.end();
  }
}

// Under the others a device is served as another VMM's guest meets it, with Command as vfio-pci left it, and so again after QEMU's reset.
const PROFILES = [...QEMU_PROFILE_NAMES, 'raw'];

/** Files of a device that is known in part, each under each profile. */
async function assertServed(files: readonly (readonly [file: string, words: RegExp])[]): Promise<void> {
  for (const [file, words] of files) {
    for (const profile of PROFILES) {
      const { guest, expected, stderr } = await serveToQemu(file, '--profile', profile);
      assert.equal(hex(guest), hex(expected), `${file} ${profile}`);
      assert.match(stderr, words, `${file} ${profile}`);
    }
  }
}

test('airlock serve of a part of a device gives QEMU one that it takes, and says what is not known', { skip }, async () => {
  const [{ config }] = shippedDevices();
  const write = (name: string, bytes: Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const rows = (isLeftOut: (row: number) => boolean): Uint8Array => {
    const lines = Array.from({ length: 0x100 }, (_, row) => row).filter(row => !isLeftOut(row));
    const text = lines.map(
      row => `${(row << 4).toString(16).padStart(2, '0')}: ${spaced(config.bytes.subarray(row << 4, (row + 1) << 4))}`,
    );
    return Buffer.from(`01:00.0 VGA compatible controller\n${text.join('\n')}\n`);
  };
  await assertServed([
    [
      write('64.bin', config.bytes.subarray(0, 64)),
      /only 64 bytes .*a guest reads 0 from 40 to ff$.*the standard list is empty: what follows at 60 /ms,
    ],
    [
      write(
        '320.txt',
        rows(row => row >= 20),
      ),
      /only 320 bytes .* from 140 to fff$.*the extended list ends with .* is not known$/ms,
    ],
    [
      write(
        '272.txt',
        rows(row => row >= 17),
      ),
      /only 272 bytes .*a guest reads 0 from 110 to fff$/m,
    ],
    [
      write(
        'holes.txt',
        rows(row => row === 6 || row === 0x15),
      ),
      /a guest reads 0 from 60 to 6f$.*the standard list is empty/ms,
    ],
  ]);
});

test('airlock serve of dumps that people cut gives QEMU devices that it takes', { skip: skipInputs }, async () => {
  // Its first line is a heading that somebody wrote above the dump's own.
  const acp = join(folder, 'acp.txt');
  writeFileSync(acp, readFileSync(join(inputFolder, 'O-acp-cut272.txt'), 'latin1').replace(/^.*\n/, ''));
  const only64 = /only 64 bytes of config space are known/;
  await assertServed([
    [join(inputFolder, 'O-navi10-cut320.txt'), /the extended list ends with VSEC \[100\]: what follows at 150 is not known/],
    [acp, /only 272 bytes .*a guest reads 0 from 110 to fff$/m],
    [join(inputFolder, 'O-navi10-64.txt'), only64],
    [join(inputFolder, 'O-nic-256.txt'), /only 256 bytes .*: a guest has 256 bytes of config space$/m],
  ]);
});
