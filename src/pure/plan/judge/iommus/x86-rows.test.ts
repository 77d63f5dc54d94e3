/** What QEMU was seen to do on x86 with a guest's IOMMU and devices of the host, against what is judged without it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definitionOf, placeOf } from '../../../../../test/fixtures/qemu-definition.ts';
import { FIRST_STAGE_ROW, IOMMU_ROWS, type IommuHost, type IommuRow } from '../../../../../test/vm/iommu-rows.ts';
import { type HostIommuDevice, type HwInfoReport, iommufdDevice } from '../../../iommu/index.ts';
import { qemu10_0Tables } from '../../../profiles/qemu-10.0/tables.ts';
import { qemu11_1Tables } from '../../../profiles/qemu-11.1/tables.ts';
import { findMachineType } from '../../../qemu/index.ts';
import { iommu_hw_info_amd, iommu_hw_info_vtd } from '../../../spec/iommufd/hw-info.ts';
import { type DeviceWord, type IommuJudgement, judgeIommus } from './index.ts';

const ADDRESSES: readonly string[] = ['0000:01:00.0', '0000:02:00.0'];
const ECAP = 0xf00f4en;
/** The capability register of QEMU's VT-d with 48 bits and with 39. */
const CAP = { intel: 0x80d2008c222f0606n, 'intel-39': 0x80d2008c22260206n } as const;

function vtdReport(cap: bigint, ecap: bigint, maxPasidLog2 = 0): HwInfoReport {
  const data = new Uint8Array(iommu_hw_info_vtd.size);
  const registers = new DataView(data.buffer);
  registers.setBigUint64(iommu_hw_info_vtd.fields.cap_reg.offset, cap, true);
  registers.setBigUint64(iommu_hw_info_vtd.fields.ecap_reg.offset, ecap, true);
  return { type: 1, data, capabilities: 0n, maxPasidLog2, kernel: '7.3.4' };
}

function reportOf(host: IommuHost): HwInfoReport {
  if (host !== 'amd') return vtdReport(CAP[host], ECAP);
  return { type: 4, data: new Uint8Array(iommu_hw_info_amd.size), capabilities: 8n, maxPasidLog2: 0, kernel: '7.3.4' };
}

interface Asked {
  readonly words: string;
  readonly machine?: string;
  readonly qemu?: '11.1' | '10.0';
  readonly hostIommu: HostIommuDevice | null;
  readonly nests?: boolean;
}

function judge({ words, machine = 'q35', qemu = '11.1', hostIommu, nests }: Asked): IommuJudgement {
  const profile = qemu === '11.1' ? qemu11_1Tables : qemu10_0Tables;
  const text = ADDRESSES.reduce((whole, address, index) => whole.replaceAll(`$${index + 1}`, address), words);
  const context = { machine, architecture: 'x86_64', accelerator: 'tcg', hasFirmware: true } as const;
  const definition = definitionOf(text.split(/\s+/), context);
  const found = findMachineType(profile, machine.split(',')[0] ?? '');
  return judgeIommus({
    definition,
    profile,
    machine: found,
    placeOf: placeOf(definition, found.family === 'pc-i440fx' ? 'pci.0' : 'pcie.0'),
    hostIommuOf: () => hostIommu,
    nestsOf: () => nests ?? null,
  });
}

/** What ends QEMU, as the rows have it. */
function failureOf({ iommus, words, errors }: IommuJudgement): string | null {
  for (const { plan } of iommus) assert.equal(plan.outcome, 'realized', plan.error?.message);
  for (const [{ driver }, { placement, verdict }] of words) {
    for (const each of [placement, verdict]) {
      assert.notEqual(each.outcome, 'unknown');
      if (each.outcome !== 'realized') return `${driver}: ${each.error.message}`.replaceAll(ADDRESSES[0] ?? '', '$1');
    }
  }
  return errors[0]?.message ?? null;
}

function resultOf({ host = 'intel', ...row }: IommuRow): string | null {
  return failureOf(judge({ ...row, hostIommu: iommufdDevice(reportOf(host)) }));
}

for (const row of [...IOMMU_ROWS, FIRST_STAGE_ROW]) {
  test(`judgeIommus says of "${row.title}" what QEMU said`, () => assert.equal(resultOf(row), row.fails));
}

/** Seen with the kernel's answers changed to those of hardware that nests, and its refusal to nest left out. */
const NEST = 1n << 26n;
const FL1GP = 1n << 56n;
const pss = (bits: number): bigint => BigInt(bits - 1) << 35n;
const NESTED: readonly (readonly [properties: string, cap: bigint, ecap: bigint, fails: string | null, pasid: boolean])[] = [
  ['', 0n, NEST, 'First stage 1GB large page is unsupported by host IOMMU', false],
  ['', FL1GP, NEST, null, false],
  ['fs1gp=off', 0n, NEST, null, false],
  ['pasid-bits=20', FL1GP, NEST, 'PASID bits size 20 > host IOMMU PASID bits size 1', true],
  ['pasid-bits=20', FL1GP, NEST | pss(20), null, true],
  ['pasid-bits=8', FL1GP, NEST | pss(17), null, true],
  ['pasid-bits=20', 0n, NEST | pss(20), 'First stage 1GB large page is unsupported by host IOMMU', true],
];

for (const [properties, cap, ecap, fails, pasid] of NESTED) {
  test(`judgeIommus says of fsts=on${properties === '' ? '' : `,${properties}`} with cap ${cap} and ecap ${ecap} what QEMU said`, () => {
    const more = properties === '' ? '' : `,${properties}`;
    const words = `-object iommufd,id=iommufd0 -device intel-iommu,caching-mode=on,scalable-mode=on,fsts=on${more} -device pcie-root-port,id=rp1 -device vfio-pci,host=$1,bus=rp1,iommufd=iommufd0`;
    const hostIommu = iommufdDevice(vtdReport(CAP.intel | cap, ECAP | ecap, 20));
    const judgement = judge({ words, hostIommu, nests: true });
    const wanted = fails === null ? null : `vfio-pci: vfio $1: Failed to set vIOMMU: ${fails}`;
    assert.equal(failureOf(judgement), wanted);
    assert.equal([...judgement.words.values()][0]?.pasid, pasid);
  });
}

const onlyWord = ({ words }: IommuJudgement): DeviceWord => [...words.values()][0] ?? assert.fail();

const CACHED = '-device intel-iommu,caching-mode=on -device vfio-pci,host=$1,bus=pcie.0';

test('judgeIommus does not guess how many bits of addresses a host takes that said nothing', () => {
  const { verdict } = onlyWord(judge({ words: CACHED, hostIommu: null }));
  assert.equal(verdict.outcome, 'unknown');
  assert.match(verdict.outcome === 'unknown' ? verdict.error.message : '', /whether it takes addresses of 48 bits/);
  const old = onlyWord(judge({ words: CACHED, machine: 'pc-q35-9.1', hostIommu: null }));
  assert.equal(old.verdict.outcome, 'realized');
});

test('judgeIommus does not guess whether a kernel nests whose IOMMU could', () => {
  const words = `-object iommufd,id=iommufd0 -device intel-iommu,caching-mode=on,scalable-mode=on,fsts=on -device vfio-pci,host=$1,bus=pcie.0,iommufd=iommufd0`;
  const ecap = ECAP | NEST | (1n << 43n);
  const silent = onlyWord(judge({ words, hostIommu: iommufdDevice(vtdReport(CAP.intel | FL1GP, ecap)) }));
  assert.equal(silent.verdict.outcome, 'unknown');
  const used = onlyWord(judge({ words, hostIommu: iommufdDevice(vtdReport(CAP.intel | FL1GP, ecap, 20)) }));
  assert.equal(used.verdict.outcome, 'realized');
});

test('judgeIommus warns of a device that is made in front of its IOMMU, and of amd-iommu without dma-remap', () => {
  const hostIommu = iommufdDevice(reportOf('intel'));
  const codes = (words: string): string[] => onlyWord(judge({ words, hostIommu })).warnings.map(({ code }) => code);
  assert.deepEqual(codes('-device vfio-pci,host=$1,bus=pcie.0 -device intel-iommu'), ['iommu.after-device']);
  assert.deepEqual(codes('-device amd-iommu -device vfio-pci,host=$1,bus=pcie.0'), ['amd-iommu.dma-remap']);
  assert.deepEqual(codes('-device amd-iommu,dma-remap=on -device vfio-pci,host=$1,bus=pcie.0'), []);
});

test('judgeIommus shows the properties of an IOMMU with who set them, and what AUTO became', () => {
  const judgement = judge({ words: '-device intel-iommu', hostIommu: null });
  assert.equal(judgement.iommus[0]?.plan.properties['aw-bits']?.source, 'default');
  const old = judge({ words: '-device intel-iommu', machine: 'pc-q35-9.1', hostIommu: null });
  assert.deepEqual(old.iommus[0]?.plan.properties['aw-bits'], { value: '39', resolved: '39', source: 'compat row of pc-q35-9.1' });
  assert.deepEqual(old.iommus[0]?.plan.properties.intremap, { value: 'auto', resolved: 'on', source: 'default' });
});

test('judgeIommus leaves a device that a program serves alone, as QEMU does', () => {
  for (const iommu of ['intel-iommu', 'amd-iommu', 'virtio-iommu-pci,granule=64k']) {
    const word = onlyWord(judge({ words: `-device ${iommu} -device vfio-user-pci,bus=pcie.0`, hostIommu: null }));
    assert.deepEqual([word.verdict.outcome, word.warnings], ['realized', []], iommu);
  }
});
