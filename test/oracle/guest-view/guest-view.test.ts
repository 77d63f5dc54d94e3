/** Profile qemu-11.1 is what QEMU 11.1 does: our server presents devices of any shape, and QEMU's guest reads and writes them. */
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseCapture } from '../../../src/pure/capture/index.ts';
import { regionSizes } from '../../../src/pure/device/region-sizes.ts';
import { replayOptions } from '../../../src/pure/device/replay-backend.ts';
import { vfioBytes } from '../../../src/pure/guest-view/guest-view.ts';
import { realize } from '../../../src/pure/guest-view/realize.ts';
import { parseLspciDump } from '../../../src/pure/inputs/index.ts';
import { CONVENTIONAL_SIZE, ConfigSpace, EXTENDED_SIZE } from '../../../src/pure/pci/config-space.ts';
import { optionsFor } from '../../fixtures/realize-with.ts';
import { compare, EXPECTED_KINDS, Tally } from './compare.ts';
import { expectView, SERVED_PROFILE } from './expected.ts';
import { generateDevices } from './generated-config.ts';
import { type Case, judge } from './judge.ts';
import { type GuestDevice, type GuestPlacement, skipWithoutQemu as skip } from './qemu-guest.ts';
import { STRANGE_DEVICES } from './strange-devices.ts';

const PLACEMENTS: readonly GuestPlacement[] = ['root-port', 'root-complex', 'conventional-bridge'];
/** The same inputs on every run, unless these say otherwise; `fresh` is a seed of this run's own, which its test names. */
const { AIRLOCK_ORACLE_SEED: seed = '20250101' } = process.env;
const SEED = seed === 'fresh' ? randomInt(2 ** 31) : Number(seed);
const RUNS = Number(process.env.AIRLOCK_ORACLE_RUNS ?? 2000);
/** Writes take as long as four reads of everything: they are tried on one generated device of this many. */
const PROBED = 10;
/** And a conventional bus is tried with one of this many. */
const CONVENTIONAL = 4;
/** Differences that are printed; there may be thousands of one kind. */
const MOST_LINES = 40;

const met = new Tally();

/** Lets QEMU judge; every difference that is not known is one line. */
async function assertAgreement(context: TestContext, cases: readonly Case[]): Promise<void> {
  const started = performance.now();
  const judgements = await judge(cases);
  const seconds = (performance.now() - started) / 1000;
  const tally = new Tally();
  const differences: string[] = [];
  for (const one of cases) {
    const judgement = judgements.get(one);
    assert.ok(judgement !== undefined);
    for (const line of compare(one, judgement, tally)) differences.push(`${one.name}, ${one.placement}: ${line}`);
  }
  for (const kind of tally.counts.keys()) met.add(kind);
  context.diagnostic(`${cases.length} cases in ${seconds.toFixed(0)} s, ${(cases.length / seconds).toFixed(1)} a second`);
  for (const line of tally.lines) context.diagnostic(line);
  assert.deepEqual(differences.slice(0, MOST_LINES), []);
}

function rawCase(name: string, device: GuestDevice, placement: GuestPlacement, probes: boolean): Case {
  return { name, device, placement, realized: expectView(device, placement), probes };
}

interface HostFunction extends Pick<Parameters<typeof realize>[0], 'config' | 'virtualFunction'> {
  readonly name: string;
  readonly sizes: readonly number[];
}

/** Of a real function: its bytes as they are, and those that the kernel leaves of them, where it takes the function at all. */
function hostCases({ name, config, sizes, virtualFunction }: HostFunction): Case[] {
  const bytes = new Uint8Array(config.bytes.length > CONVENTIONAL_SIZE ? EXTENDED_SIZE : CONVENTIONAL_SIZE);
  bytes.set(config.bytes);
  const barSizes = sizes.slice(0, 6);
  return PLACEMENTS.flatMap(placement => {
    const raw = rawCase(name, { bytes, barSizes }, placement, placement === 'root-port');
    const how = { bytes: 'host', profile: SERVED_PROFILE, placement, barSizes, virtualFunction: virtualFunction ?? null } as const;
    const realized = realize(optionsFor(new ConfigSpace(bytes), how));
    if (realized.outcome === 'failed') return [raw];
    const device = { bytes: vfioBytes(realized).bytes, barSizes };
    return [raw, { name: `${name} behind vfio-pci`, device, placement, realized, probes: false }];
  });
}

const repository = join(import.meta.dirname, '../../..');
const dumpFolder = process.env.AIRLOCK_DUMPS ?? join(repository, '../shared/dumps');
const skipDumps = existsSync(dumpFolder) ? skip : 'there are no dumps: set AIRLOCK_DUMPS to a folder of them';

test('realize gives what QEMU gives for devices that end it and for those that differ', { skip }, async t => {
  const cases = Object.entries(STRANGE_DEVICES).flatMap(([name, device]) =>
    PLACEMENTS.map(placement => rawCase(name, device, placement, true)),
  );
  await assertAgreement(t, cases);
});

test('realize gives what QEMU gives for every shipped capture', { skip }, async t => {
  const folder = join(repository, 'captures');
  const cases = readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .flatMap(file =>
      parseCapture(readFileSync(join(folder, file), 'utf8')).devices.flatMap(device => {
        const { config, regionSizes: sizes = [] } = replayOptions(device);
        const { virtualFunction: vf = null } = device;
        const ids = vf && { vendorId: Number(vf.vendorId), deviceId: Number(vf.deviceId) };
        const virtualFunction = ids && (vf.bars === undefined ? ids : { ...ids, bars: vf.bars });
        return hostCases({ name: `${file} ${device.address}`, config, sizes: regionSizes(config, sizes), virtualFunction });
      }),
    );
  assert.ok(cases.length > 0);
  await assertAgreement(t, cases);
});

test('realize gives what QEMU gives for every function of the dumps', { skip: skipDumps }, async t => {
  const cases = readdirSync(dumpFolder)
    .filter(file => file.endsWith('.lspci'))
    .flatMap(file =>
      parseLspciDump(readFileSync(join(dumpFolder, file))).flatMap(({ bdf, config }) =>
        hostCases({ name: `${file} ${bdf}`, config, sizes: regionSizes(config), virtualFunction: null }),
      ),
    );
  assert.ok(cases.length > 0);
  await assertAgreement(t, cases);
});

test(`realize gives what QEMU gives for ${RUNS} generated devices of seed ${SEED}`, { skip }, async t => {
  const cases = generateDevices(SEED, RUNS).flatMap((device, index) => {
    const placements = index % CONVENTIONAL === 0 ? PLACEMENTS : PLACEMENTS.slice(0, 2);
    // Each placement has its turn.
    const probed = index % PROBED === 0 ? placements[(index / PROBED) % placements.length] : null;
    return placements.map(placement => rawCase(`device ${index}`, device, placement, placement === probed));
  });
  t.diagnostic(`again: AIRLOCK_ORACLE_SEED=${SEED} AIRLOCK_ORACLE_RUNS=${RUNS} npm run test:oracle:fresh`);
  await assertAgreement(t, cases);
});

test('every input that ends QEMU and every known difference was met', { skip }, () => {
  assert.deepEqual(
    EXPECTED_KINDS.filter(kind => !met.counts.has(kind)),
    [],
  );
});
