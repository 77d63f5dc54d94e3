import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf, placeOf } from '../../../../../../test/fixtures/qemu-definition.ts';
import {
  encodeHwInfoTegra241Cmdqv,
  type HostIommuDevice,
  type HwInfoReport,
  iommufdDevice,
  legacyVfioDevice,
} from '../../../../iommu/index.ts';
import { qemu11_1Tables } from '../../../../profiles/qemu-11.1/tables.ts';
import { findMachineType } from '../../../../qemu/index.ts';
import type { DefinedDevice, VmDefinition } from '../../../definition.ts';
import { atsSwitches, type CmdqvAnswer, type IommuJudgement, judgeIommus } from '../index.ts';

const BUS = '-object iommufd,id=iommufd0 -device pxb-pcie,id=pcie.1,bus_nr=8,bus=pcie.0';
const PORTS = '-device pcie-root-port,bus=pcie.1,id=rp1 -device pcie-root-port,bus=pcie.1,id=rp2';
const smmu = (properties = ''): string => `${BUS} -device arm-smmuv3,primary-bus=pcie.1,id=iommu0,accel=on${properties} ${PORTS}`;
const device = (port: number): string => `-device vfio-pci,host=0000:01:00.${port},bus=rp${port},iommufd=iommufd0`;

/** Two levels, little endian, AArch64; 16 StreamID bits; RIL and FWB; 44 bits, all granules. */
const IDR = [0x0d44101b, 0x02730010, 0, 0x1514, 0, 0x74];

function report(changes: Readonly<Record<number, number>> = {}): HwInfoReport {
  const registers = new Uint32Array([0, 0, ...IDR.map((value, index) => changes[index] ?? value), 0, 0]);
  return { type: 2, data: new Uint8Array(registers.buffer), capabilities: 0n, maxPasidLog2: 0, kernel: '7.3.4' };
}

interface Asked {
  readonly hosts?: readonly (HostIommuDevice | null)[];
  readonly cmdqv?: CmdqvAnswer;
  readonly change?: (definition: VmDefinition) => VmDefinition;
}

function judge(words: string, { hosts = [], cmdqv = null, change = each => each }: Asked): IommuJudgement {
  const context = { machine: 'virt', architecture: 'aarch64', accelerator: 'kvm', hasFirmware: true } as const;
  const definition = change(definitionOf(words.split(' '), context));
  const assigned = definition.devices.filter(({ driver }) => driver === 'vfio-pci');
  return judgeIommus({
    definition,
    profile: qemu11_1Tables,
    machine: findMachineType(qemu11_1Tables, 'virt'),
    placeOf: placeOf(definition, 'pcie.0'),
    hostIommuOf: of => hosts[assigned.indexOf(of)] ?? null,
    cmdqvOf: () => cmdqv,
  });
}

const resolvedOf = ({ iommus }: IommuJudgement): Record<string, string | null> =>
  Object.fromEntries(Object.entries(iommus[0]?.plan.properties ?? {}).map(([name, { resolved }]) => [name, resolved]));
const outcomesOf = ({ words }: IommuJudgement): string[] => [...words.values()].map(({ verdict }) => verdict.outcome);

const KNOWN = iommufdDevice(report());

test('judgeIommus resolves nothing by a host that said nothing, and does not guess', () => {
  for (const host of [null, legacyVfioDevice('7.3.4'), iommufdDevice({ ...report(), data: new Uint8Array(4) })]) {
    const judgement = judge(`${smmu()} ${device(1)}`, { hosts: [host] });
    assert.deepEqual(outcomesOf(judgement), ['unknown']);
    const { ats, ril, ssidsize, oas, accel } = resolvedOf(judgement);
    assert.deepEqual({ ats, ril, ssidsize, oas, accel }, { ats: null, ril: null, ssidsize: null, oas: null, accel: 'on' });
    assert.equal([...judgement.words.values()][0]?.pasid, null);
  }
});

test('judgeIommus does not know whether a second device fits what an unknown first one decided, but where any value does', () => {
  const words = `${smmu()} ${device(1)} ${device(2)}`;
  assert.deepEqual(outcomesOf(judge(words, { hosts: [null, KNOWN] })), ['unknown', 'unknown']);
  const most = iommufdDevice(report({ 0: 0x0d44141b, 1: 0x02730510, 5: 0x77 }));
  assert.deepEqual(outcomesOf(judge(words, { hosts: [null, most] })), ['unknown', 'realized']);
  const least = iommufdDevice(report({ 1: 0x0273000f }));
  assert.deepEqual(outcomesOf(judge(words, { hosts: [null, least] })), ['unknown', 'failed']);
});

test('judgeIommus compares what is written out with a host, whatever an unknown one decided of the rest', () => {
  const words = `${smmu(',ats=on')} ${device(1)} ${device(2)}`;
  const [, second] = [...judge(words, { hosts: [null, KNOWN] }).words.values()];
  assert.equal(second?.verdict.outcome, 'unknown');
  const [first] = [...judge(`${smmu(',ats=on,ril=on,ssidsize=0,oas=44')} ${device(1)}`, { hosts: [KNOWN] }).words.values()];
  assert.equal(first?.verdict.outcome === 'failed' && first.verdict.error.message.endsWith('Address Translation Services'), true);
  assert.equal(first?.verdict.outcome === 'failed' && first.verdict.error.mend, 'ats=off');
});

test('judgeIommus nests by FWB, and does not know where a coherent root complex decides', () => {
  const words = `${smmu()} ${device(1)}`;
  assert.deepEqual(outcomesOf(judge(words, { hosts: [KNOWN] })), ['realized']);
  assert.deepEqual(outcomesOf(judge(words, { hosts: [iommufdDevice(report({ 3: 0x1414 }))] })), ['unknown']);
  const oneStage = judge(words, { hosts: [iommufdDevice(report({ 0: 0x0d44101a, 3: 0x1414 }))] });
  assert.deepEqual(outcomesOf(oneStage), ['failed']);
});

test('judgeIommus takes PASIDs where the SMMU has SubstreamIDs, and says what ATS became', () => {
  const able = iommufdDevice(report({ 0: 0x0d44141b, 1: 0x02730510 }));
  const word = [...judge(`${smmu()} ${device(1)}`, { hosts: [able] }).words.values()][0] ?? assert.fail();
  assert.deepEqual([word.pasid, word.smmuAts], [true, true]);
  const none = [...judge(`${smmu(',ssidsize=0,ats=off')} ${device(1)}`, { hosts: [able] }).words.values()][0] ?? assert.fail();
  assert.deepEqual([none.pasid, none.smmuAts], [false, false]);
});

test('judgeIommus uses a Tegra241 CMDQV that is enough, and says of cmdqv=on why one is not', () => {
  const data = (version: number, log2vcmdqs: number, log2vsids: number): HwInfoReport => ({
    ...report(),
    type: 3,
    data: encodeHwInfoTegra241Cmdqv({ flags: {}, version, log2vcmdqs, log2vsids }),
  });
  const verdict = (cmdqv: CmdqvAnswer): string => {
    const [word] = judge(`${smmu(',cmdqv=on')} ${device(1)}`, { hosts: [KNOWN], cmdqv }).words.values();
    if (word === undefined || word.verdict.outcome === 'realized') return '';
    return word.verdict.error.message
      .replace('vfio 0000:01:00.1: Failed to set vIOMMU: ', '')
      .replace('\nCMDQV requested but not supported', '');
  };
  assert.equal(verdict(data(1, 1, 4)), '');
  assert.equal(verdict(data(9, 1, 4)), 'Host CMDQV: unsupported version 9 (expected 1)');
  assert.equal(verdict(data(1, 0, 0)), 'Host CMDQV: insufficient vCMDQs log2=0 (need >= 1)');
  assert.equal(verdict(data(1, 9, 3)), 'Host CMDQV: insufficient SIDs log2=3 (need >= 4)');
  assert.equal(verdict(report()), 'Host CMDQV: unexpected data type 2 (expected 3)');
  assert.match(verdict(null), /whether the host has a Tegra241 CMDQV/);
  const cmdqv = (answer: CmdqvAnswer) => resolvedOf(judge(`${smmu()} ${device(1)}`, { hosts: [KNOWN], cmdqv: answer })).cmdqv;
  assert.deepEqual([cmdqv(data(1, 1, 4)), cmdqv('none'), cmdqv(data(9, 1, 4)), cmdqv(null)], ['on', 'off', 'off', null]);
});

test('judgeIommus refuses an emulated device on the bus, and says that QEMU aborts where it was there first', () => {
  const codes = (words: string): string[] => [...judge(words, { hosts: [KNOWN] }).refused.values()].map(({ code }) => code);
  assert.deepEqual(codes(`${smmu()} -device e1000e,bus=rp1 ${device(2)}`), ['smmuv3.emulated']);
  const ports = '-device pcie-root-port,bus=pcie.1,id=rp1 -device pcie-root-port,bus=pcie.1,id=rp2';
  const early = `${BUS} ${ports} -device e1000e,bus=rp1 -device arm-smmuv3,primary-bus=pcie.1,accel=on ${device(2)}`;
  assert.deepEqual(codes(early), ['smmuv3.emulated-before']);
  assert.deepEqual(codes(`${smmu()} -device e1000e,bus=pcie.0 ${device(2)}`), []);
});

test('judgeIommus does not ask for KVM or firmware where a manager chooses them', () => {
  const change = (definition: VmDefinition): VmDefinition => ({
    ...definition,
    source: { ...definition.source, format: 'libvirt' },
    accelerators: [],
    otherOptions: [],
  });
  const judgement = judge(`${smmu()} ${device(1)}`, { hosts: [KNOWN], change });
  assert.deepEqual([judgement.iommus[0]?.plan.outcome, ...outcomesOf(judgement)], ['realized', 'realized']);
});

test('judgeIommus asks nothing of the IOMMU of another VMM', () => {
  const change = (definition: VmDefinition): VmDefinition => ({ ...definition, vmm: { ...definition.vmm, family: 'cloud-hypervisor' } });
  const { iommus, words } = judge('-device virtio-iommu -device vfio-pci,host=0000:01:00.0', { change });
  assert.deepEqual([iommus.map(({ plan }) => plan.outcome), [...words.values()].map(({ pasid }) => pasid)], [['realized'], [false]]);
});

test('atsSwitches speaks where the SMMU and the device disagree, and of nothing that is not known', () => {
  const [of]: DefinedDevice[] = definitionOf(device(1).split(' '), {
    machine: 'virt',
    architecture: 'aarch64',
    accelerator: 'kvm',
    hasFirmware: true,
  }).devices.slice();
  assert.ok(of);
  const says = (smmuAts: boolean | null, isShown: boolean | null) => atsSwitches(of, { smmuAts }, isShown)?.message ?? '';
  assert.match(says(false, true), /its SMMU does not offer ATS/);
  assert.match(says(true, false), /ATS of 0000:01:00.1 is masked/);
  for (const [smmuAts, isShown] of [
    [true, true],
    [false, false],
    [null, true],
    [true, null],
  ] as const) {
    assert.equal(says(smmuAts, isShown), '');
  }
});
