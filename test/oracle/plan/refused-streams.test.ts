/** What QEMU says of a saved VM that is another one as a whole, and what it loads without a word: decodeMigrationError knows its words, migrate its verdict. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { NO_HOST_FACTS } from '../../../src/pure/facts/index.ts';
import { decodeMigrationError, type Migration, migrate, NO_CONTEXT, Planner, readDefinitions } from '../../../src/pure/plan/index.ts';
import { loadVm, saveVm, skipWithoutQemu as skip } from './saving-qemu.ts';

const folder = mkdtempSync(join(tmpdir(), 'airlock-refused-'));
after(() => rmSync(folder, { recursive: true }));

const q35 = (...words: readonly string[]): string[] => ['-M', 'pc-q35-11.1', '-netdev', 'hubport,id=n0,hubid=0', ...words];
const RNG = ['-device', 'virtio-rng-pci,addr=5'];
const network = (more: string): string[] => q35('-device', `e1000e,netdev=n0,addr=5${more}`);
const intel = (more: string): string[] => q35('-device', `intel-iommu${more}`);

/** `codes` in the order of QEMU's lines; none where it loads without a word. */
interface Row {
  readonly name: string;
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly codes: readonly string[];
}
const row = (name: string, from: readonly string[], to: readonly string[], ...codes: readonly string[]): Row => ({ name, from, to, codes });

const ROWS: readonly Row[] = [
  row('another machine type', ['-M', 'pc-q35-11.1'], ['-M', 'pc-q35-11.0'], 'machine.differs'),
  row('another chipset', ['-M', 'pc-q35-11.1'], ['-M', 'pc-i440fx-11.1'], 'machine.differs'),
  row('an alias that is resolved', ['-M', 'q35'], ['-M', 'pc-q35-11.1']),
  row('a device that is missing', q35(...RNG), q35(), 'section.unknown'),
  row('a device at another address', q35(...RNG), q35('-device', 'virtio-rng-pci,addr=6'), 'section.unknown'),
  row('a device with a ROM that is missing', network(''), q35(), 'ramblock.unknown', 'device.refused'),
  row('a ROM that is missing', network(''), network(',rombar=0'), 'ramblock.unknown', 'device.refused'),
  row('a guest IOMMU that is missing', intel(''), q35(), 'section.unknown'),
  row(
    'subsystem ids of its own check',
    network(',subsys=1,rombar=0'),
    network(',subsys=2,rombar=0'),
    'subsystem.differs',
    'device.refused',
  ),
  row('a device that the destination alone has', q35(), q35(...RNG)),
  row('another width of addresses of the guest IOMMU', intel(',aw-bits=48'), intel(',aw-bits=39')),
  row('another caching mode of the guest IOMMU', intel(',caching-mode=on'), intel('')),
];

/** What migrate says of both sides; a device that QEMU emulates is the definition's own, and is the same on both. */
function judge(from: readonly string[], to: readonly string[]): Migration {
  const plan = (words: readonly string[]) => {
    const text = ['qemu-system-x86_64', ...words].map(word => `${word}\0`).join('');
    const [definition] = readDefinitions({ file: 'vm', text }, 'qemu', NO_CONTEXT).definitions;
    assert.ok(definition);
    return new Planner([{ name: 'host', facts: NO_HOST_FACTS, devices: [], isWhole: true }]).plan(definition);
  };
  return migrate(plan(from), plan(to));
}

/** Rows of one definition: two whose devices are others are no migration of one VM. */
const JUDGED: ReadonlySet<string> = new Set([
  'another machine type',
  'another chipset',
  'an alias that is resolved',
  'another width of addresses of the guest IOMMU',
  'another caching mode of the guest IOMMU',
]);

for (const { name, from, to, codes } of ROWS.filter(({ name: own }) => JUDGED.has(own))) {
  test(`migrate says what QEMU does of ${name}`, { skip }, async () => {
    const path = join(folder, `judged ${name}`);
    assert.equal((await saveVm(from, path)).status, 'completed');
    const { status, lines } = await loadVm(to, path);
    const { outcome, errors, devices } = judge(from, to);
    assert.deepEqual([outcome, devices.length], [status === 'completed' ? 'migrates' : 'fails', 0]);
    assert.equal(errors.length, codes.length);
    for (const { message } of errors) assert.ok(lines.join('\n').includes(message), lines.join('\n'));
  });
}

for (const [index, { name, from, to, codes }] of ROWS.entries()) {
  test(`decodeMigrationError knows what QEMU says of ${name}`, { skip }, async () => {
    const path = join(folder, String(index));
    const saved = await saveVm(from, path);
    assert.equal(saved.status, 'completed', saved.lines.join('\n'));
    const { status, lines } = await loadVm(to, path);
    const words = lines.join('\n');
    assert.equal(status === 'completed', codes.length === 0, words);
    assert.deepEqual(
      decodeMigrationError(words).map(({ code }) => code),
      codes,
      words,
    );
  });
}
