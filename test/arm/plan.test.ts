/**
 * `airlock plan` against QEMU on an Arm host with real devices: lines of its own, and every row of smmu-rows.ts, which smmu-matrix.test.ts holds
 * against QEMU: whether it starts, its words, places, values, what an AUTO became, and what the guest reads.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { iommufdDevice } from '../../src/pure/iommu/index.ts';
import type { PlanHost } from '../../src/pure/plan/index.ts';
import { restoreAddresses } from '../vm/device-lines.ts';
import { type ComparedLine, capturedHost, compareLines, withDrivers } from '../vm/plan/compare-lines.ts';
import { planLine } from '../vm/plan/planned-line.ts';
import { splitWords } from '../vm/plan/words.ts';
import { armLibrary, missingArmBed } from './bed.ts';
import { changedReport, plannedRegisters } from './changed-report.ts';
import { type SmmuRegisters, smmuWords } from './inner-smmu.ts';
import { ARM_LINES, type ArmLine, DIFFERENCES } from './plan-lines.ts';
import { shareArmHost } from './shared-arm-host.ts';
import { SMMU_ROWS, type SmmuRow } from './smmu-rows.ts';

const skip = missingArmBed();
const sharing = skip === false ? shareArmHost() : null;

const PROGRAM = 'qemu-system-aarch64';
const RUN = [PROGRAM, '-nodefaults', '-no-user-config', '-display', 'none', '-qmp', 'stdio', '-S', '-m', '32M'];

/** What is plugged into a running VM is in no definition. */
const ROWS = SMMU_ROWS.filter(({ commands = [] }) => commands.length === 0);

/** The host with what a row makes its kernel answer about the devices, which are asked about in the order of the line. */
function answering(host: PlanHost, { answers = '', words }: SmmuRow, addresses: readonly string[]): PlanHost {
  const order = [...words.matchAll(/host=\$(\d)/g)].map(([, number]) => addresses[Number(number) - 1] ?? '');
  const devices = host.devices.map(device => {
    const asked = order.indexOf(device.bdf?.text ?? '');
    const report = device.hostIommu?.report ?? null;
    return asked < 0 || report === null ? device : { ...device, hostIommu: iommufdDevice(changedReport(report, asked, answers)) };
  });
  return { ...host, devices };
}

interface RowResult {
  readonly code: 0 | 1;
  readonly said: readonly string[];
  readonly registers: SmmuRegisters | null;
}

function planRow(row: SmmuRow, host: PlanHost, addresses: readonly string[]): RowResult {
  const { result, host: plan } = planLine({ words: smmuWords(row, addresses), files: new Map() }, answering(host, row, addresses));
  const [smmu] = plan.iommus.filter(({ driver }) => driver === 'arm-smmuv3');
  assert.notEqual(
    result.outcome,
    'unknown',
    JSON.stringify([...plan.errors, ...plan.devices, ...plan.iommus].map(each => ('error' in each ? each.error : each))),
  );
  return {
    code: result.outcome === 'fits' ? 0 : 1,
    said: withDrivers(
      result.said.flatMap(text => text.split('\n')).map(text => restoreAddresses(text, addresses)),
      row.said,
    ),
    registers: result.outcome !== 'fits' || smmu === undefined ? null : plannedRegisters(smmu),
  };
}

describe('airlock plan on an Arm host', { skip }, () => {
  let host: PlanHost;
  let addresses: readonly string[] = [];
  const compared = new Map<ArmLine, ComparedLine>();
  before(async () => {
    assert.ok(sharing);
    const { vm, addresses: all } = await sharing.get();
    addresses = [all['virtio-net'], all['virtio-twin']];
    host = await capturedHost(vm, 'arm');
    const many = { vm, library: armLibrary(join(import.meta.dirname, '../vm/many-lines.c')), program: PROGRAM };
    const pairs = [addresses, [all['virtio-third'], all['virtio-fourth']]];
    const lanes = pairs.map(async (pair, lane) => {
      const own = ARM_LINES.filter((_, index) => index % pairs.length === lane);
      const filled = (text: string): string => pair.reduce((whole, address, index) => whole.replaceAll(`$${index + 1}`, address), text);
      const typed = own.map(({ words }) => ({ words: [...RUN, ...splitWords(words).map(filled)], files: new Map<string, string>() }));
      const results = await compareLines(many, host, typed, `/run/plan-${lane}`);
      for (const [index, line] of own.entries()) if (results[index] !== undefined) compared.set(line, results[index]);
    });
    await Promise.all(lanes);
  });
  after(() => sharing?.release());

  const named = (title: string): string => (DIFFERENCES.has(title) ? `${title} (differs: ${DIFFERENCES.get(title)})` : title);

  for (const line of ARM_LINES) {
    it(named(line.title), () => {
      const { planned, asked } = compared.get(line) ?? assert.fail();
      if (DIFFERENCES.has(line.title)) assert.notDeepEqual(planned, asked, 'it differs no more');
      else assert.deepEqual({ words: line.words, ...planned }, { words: line.words, ...asked });
    });
  }

  for (const row of ROWS) {
    it(`arm-smmuv3: ${named(row.title)}`, () => {
      const { code, said, registers } = row;
      const planned = () => planRow(row, host, addresses);
      if (DIFFERENCES.has(row.title)) assert.throws(() => assert.deepEqual(planned(), { code, said, registers }), 'it differs no more');
      else assert.deepEqual(planned(), { code, said, registers });
    });
  }
});
