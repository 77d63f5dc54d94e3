/** What QEMU does with an accelerated SMMUv3 on a real kernel that nests: every row of smmu-rows.ts, as it was seen. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { HostVm } from '../vm/booted-vm.ts';
import { type DeviceSpec, virtioNetWithAts } from '../vm/devices.ts';
import { bindToVfio } from '../vm/vfio.ts';
import { armHost } from './arm-host.ts';
import { armLibrary, missingArmBed } from './bed.ts';
import { ANSWERS_LIBRARY, runSmmu, type SmmuResult } from './inner-smmu.ts';
import { shareArmHost } from './shared-arm-host.ts';
import { SMMU_ROWS, type SmmuRow, WITHOUT_NESTING } from './smmu-rows.ts';

const skip = missingArmBed();
const host = skip === false ? shareArmHost() : null;

function expectedOf({ code, said, refused = [], registers }: SmmuRow): SmmuResult {
  return { code, said, refused, registers };
}

type Results = ReadonlyMap<SmmuRow, Promise<SmmuResult>>;

/** Starts all rows, one after the other on each pair of devices, the pairs beside each other. */
function startRows(vm: HostVm, rows: readonly SmmuRow[], pairs: readonly (readonly string[])[]): Results {
  const lanes = pairs.map(() => Promise.resolve());
  return new Map(
    rows.map((row, index) => {
      const lane = index % lanes.length;
      const result = (lanes[lane] ?? Promise.resolve()).then(() => runSmmu(vm, row, pairs[lane] ?? []));
      // The row's own test tells of what goes wrong; the next one runs.
      lanes[lane] = result.then(
        () => {},
        () => {},
      );
      return [row, result];
    }),
  );
}

/** Each row's test ends with the row, so that a slow machine is not taken for one that hangs. */
function compareRows(rows: readonly SmmuRow[], results: () => Results): void {
  for (const row of rows) it(`arm-smmuv3,accel=on: ${row.title}`, async () => assert.deepEqual(await results().get(row), expectedOf(row)));
}

describe('QEMU with an accelerated SMMUv3', { skip }, () => {
  let results: Results;
  before(async () => {
    assert.ok(host);
    const { vm, addresses } = await host.get();
    await vm.copyIn(armLibrary(join(import.meta.dirname, 'smmu-answers.c')), ANSWERS_LIBRARY);
    const { 'virtio-net': first, 'virtio-twin': second, 'virtio-third': third, 'virtio-fourth': fourth } = addresses;
    results = startRows(vm, SMMU_ROWS, [
      [first, second],
      [third, fourth],
    ]);
  });
  after(() => host?.release());

  compareRows(SMMU_ROWS, () => results);
});

describe('QEMU with an accelerated SMMUv3, on a kernel that does not nest', { skip }, () => {
  const devices: readonly DeviceSpec[] = [virtioNetWithAts];
  let results: Results;
  before(async () => {
    await using vm = await armHost({ devices, isCanwbs: false });
    const address = await vm.address(virtioNetWithAts.name);
    await bindToVfio(vm, address);
    results = startRows(vm, WITHOUT_NESTING, [[address]]);
    // The host is gone behind them.
    await Promise.allSettled(results.values());
  });

  compareRows(WITHOUT_NESTING, () => results);
});
