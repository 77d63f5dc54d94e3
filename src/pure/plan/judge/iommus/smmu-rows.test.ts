/** What QEMU 11.1.3 was seen to do with an accelerated SMMUv3 on a real kernel that nests, row by row, against what is judged without it. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { changedReport, plannedRegisters } from '../../../../../test/arm/changed-report.ts';
import type { SmmuResult } from '../../../../../test/arm/inner-smmu.ts';
import { SMMU_ROWS, type SmmuRow, WITHOUT_NESTING } from '../../../../../test/arm/smmu-rows.ts';
import { definitionOf, deviceOf, placeOf } from '../../../../../test/fixtures/qemu-definition.ts';
import { captureDevices, parseCapture } from '../../../capture/index.ts';
import type { DeviceFacts } from '../../../facts/index.ts';
import { view } from '../../../guest-view/index.ts';
import { type HostIommuDevice, iommufdDevice } from '../../../iommu/index.ts';
import { qemu11_1Tables } from '../../../profiles/qemu-11.1/tables.ts';
import { findMachineType } from '../../../qemu/index.ts';
import type { DefinedDevice, VmDefinition } from '../../definition.ts';
import type { PlanMessage } from '../../plan-report.ts';
import { type DeviceWord, type IommuJudgement, judgeIommus } from './index.ts';

const ADDRESSES: readonly string[] = ['0000:01:00.0', '0000:02:00.0'];
const CAPTURE = new URL('../../../../../captures/vm-arm-smmuv3.json', import.meta.url);
const FACTS: DeviceFacts =
  [...captureDevices(parseCapture(readFileSync(CAPTURE, 'utf8')))].find(({ bdf }) => bdf?.text === ADDRESSES[0]) ?? assert.fail();

/**
 * What is asked of the monitor in rows that are judged by their start alone: whether a running VM migrates is another question, which has
 * blockers of its own.
 */
const NOT_JUDGED: ReadonlySet<string> = new Set(['migrate']);

const REPORT = FACTS.hostIommu?.report ?? assert.fail();

interface Judged {
  readonly definition: VmDefinition;
  readonly judgement: IommuJudgement;
  hostIommuOf(device: DefinedDevice): HostIommuDevice;
}

const substitute = (text: string): string => ADDRESSES.reduce((whole, address, index) => whole.replaceAll(`$${index + 1}`, address), text);
const restore = (text: string): string => ADDRESSES.reduce((whole, address, index) => whole.replaceAll(address, `$${index + 1}`), text);

function judge(row: SmmuRow, plugged: readonly DefinedDevice[], nests: boolean): Judged {
  const { machine = 'virt', accelerator = 'kvm', hasFirmware = true, answers = '' } = row;
  const cold = definitionOf(substitute(row.words).split(/\s+/), { machine, architecture: 'aarch64', accelerator, hasFirmware });
  const definition = { ...cold, devices: [...cold.devices, ...plugged] };
  // Devices of the host are counted as they are asked about.
  const assigned = definition.devices.filter(({ driver }) => driver.startsWith('vfio-pci'));
  const hostIommuOf = (device: DefinedDevice): HostIommuDevice => iommufdDevice(changedReport(REPORT, assigned.indexOf(device), answers));
  const judgement = judgeIommus({
    definition,
    profile: qemu11_1Tables,
    machine: findMachineType(qemu11_1Tables, machine.split(',')[0] ?? ''),
    placeOf: placeOf(definition, 'pcie.0'),
    hostIommuOf,
    // The bed's kernel has none to give.
    cmdqvOf: () => 'none',
    nestsOf: () => nests,
  });
  return { definition, judgement, hostIommuOf };
}

/** What QEMU says of the device itself, beside its IOMMU. */
function ownWords(device: DefinedDevice, { pasid }: DeviceWord, hostIommu: HostIommuDevice): { warnings: string[]; error: string | null } {
  const ats = device.values.filter(({ name }) => name === 'ats').map(({ name, value }) => ({ name, value }));
  const request = { profile: 'qemu-11.1', machine: 'virt', properties: ats, guestIommu: { pasid: pasid === true } } as const;
  const { realized } = view({ ...FACTS, hostIommu }, request);
  if (realized.outcome === 'failed') return { warnings: [], error: `vfio ${ADDRESSES[0]}: ${realized.error.message}` };
  const told = realized.messages.filter(({ level, origin }) => level === 'warning' && origin === 'vmm');
  return { warnings: told.map(({ message }) => `warning: ${message}`), error: null };
}

interface Said {
  readonly warnings: readonly string[];
  readonly error: PlanMessage | string | null;
}

function wordsOf(device: DefinedDevice, { judgement, hostIommuOf }: Judged): Said {
  const own = judgement.iommus.find(made => made.device === device)?.plan;
  if (own) return { warnings: [], error: own.error };
  const refused = judgement.refused.get(device);
  if (refused) return { warnings: [], error: refused };
  const word = judgement.words.get(device);
  if (word === undefined) return { warnings: [], error: null };
  for (const verdict of [word.placement, word.verdict]) {
    assert.notEqual(verdict.outcome, 'unknown');
    if (verdict.outcome !== 'realized') return { warnings: [], error: verdict.error };
  }
  if (!device.values.some(({ name }) => name === 'iommufd')) return { warnings: [], error: null };
  return ownWords(device, word, hostIommuOf(device));
}

const textOf = (error: PlanMessage | string): string => (typeof error === 'string' ? error : error.message);

/** The lines of QEMU's standard error. */
function saidOf(judged: Judged): { said: string[]; code: number } {
  const [first] = judged.judgement.iommus;
  // The machine's own says its words without a device in front.
  if (first?.device === null && first.plan.error !== null) return { said: [first.plan.error.message], code: 1 };
  const said: string[] = [];
  for (const device of judged.definition.devices) {
    const { warnings, error } = wordsOf(device, judged);
    said.push(...warnings.map(text => `${device.driver}: ${text}`));
    if (error === null) continue;
    const [line = '', ...more] = textOf(error).split('\n');
    return { said: [...said, `${device.driver}: ${line}`, ...more], code: 1 };
  }
  const late = judged.judgement.errors.map(textOf);
  return { said: [...said, ...late], code: late.length > 0 ? 1 : 0 };
}

/** As the guest of the only SMMU at its address reads them. */
function registersOf({ judgement }: Judged): SmmuResult['registers'] {
  const [first] = judgement.iommus;
  return first === undefined ? null : plannedRegisters(first.plan);
}

function pluggedOf({ commands = [] }: SmmuRow): DefinedDevice[] {
  return commands.flatMap(command => {
    const { arguments: properties } = command as { readonly arguments: Readonly<Record<string, string>> };
    const { driver, ...values } = properties;
    if (driver === undefined) return [];
    return [deviceOf(substitute([driver, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)].join(',')))];
  });
}

function resultOf(row: SmmuRow, nests: boolean): SmmuResult {
  const start = judge(row, [], nests);
  const { said, code } = saidOf(start);
  const plugged = pluggedOf(row);
  const after = plugged.length === 0 ? start : judge(row, plugged, nests);
  const refused: string[] = [];
  for (const device of plugged) {
    const { warnings, error } = wordsOf(device, after);
    said.push(...warnings);
    if (error !== null) refused.push(textOf(error));
  }
  return { code, said: said.map(restore), refused: refused.map(restore), registers: code === 0 ? registersOf(after) : null };
}

for (const [rows, nests] of [
  [SMMU_ROWS, true],
  [WITHOUT_NESTING, false],
] as const) {
  for (const row of rows) {
    test(`judgeIommus says of "${row.title}" what QEMU said${nests ? '' : ' where nothing nests'}`, () => {
      const { code, said, refused = [], registers } = row;
      assert.deepEqual(resultOf(row, nests), { code, said, refused: NOT_JUDGED.has(row.title) ? [] : refused, registers });
    });
  }
}
