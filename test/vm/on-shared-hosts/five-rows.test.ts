/** The five rows that `ats` was asked to fulfil, with a real kernel that gives both answers: QEMU and Airlock beside each other. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { type AirlockRun, airlockInVm } from '../airlock-runs.ts';
import { missingBed, probeProgram } from '../bed.ts';
import { runInnerQemusOnce } from '../inner-qemu-once.ts';
import { type SharedHost, type SharedIommu, shareHosts } from '../shared-hosts.ts';
import { type AtsOutcome, type CoverRow, formatCoverTable, outcomeInBytes } from './cover-table.ts';

const skip = missingBed();
const hosts = skip === false ? shareHosts() : null;

const ROWS: readonly (readonly [ats: string, iommus: readonly SharedIommu[], expected: AtsOutcome])[] = [
  ['off', ['intel', 'intel-no-iotlb'], 'masked'],
  ['auto', ['intel'], 'shown'],
  ['auto', ['intel-no-iotlb'], 'masked'],
  ['on', ['intel'], 'shown'],
  ['on', ['intel-no-iotlb'], 'realize fails'],
];
const PROFILES = ['airlock', 'qemu-11.1'];

/** IOMMU_HW_CAP_PCI_ATS_NOT_SUPPORTED (linux/iommufd.h). */
const ATS_NOT_SUPPORTED = 8n;
const USED = '0x0, may be used';
const UNSUPPORTED = '0x8, not supported';

/** What an independent program is told by the kernel. */
async function kernelSays({ vm, addresses }: SharedHost): Promise<string> {
  await vm.copyIn(probeProgram(), '/usr/local/bin/probe');
  const { hwInfo } = JSON.parse(await vm.output(['probe', addresses['virtio-net']]));
  const { capabilities } = hwInfo;
  return `${capabilities}, ${(BigInt(capabilities) & ATS_NOT_SUPPORTED) === 0n ? 'may be used' : 'not supported'}`;
}

async function qemuSays({ vm, addresses }: SharedHost, values: readonly string[]): Promise<string[]> {
  const options = { address: addresses['virtio-net'], machine: 'q35', backend: 'iommufd' } as const;
  const results = await runInnerQemusOnce(
    vm,
    values.map(ats => ({ ...options, properties: [`ats=${ats}`] })),
  );
  for (const { code, guest } of results) assert.equal(code, guest === null ? 1 : 0);
  return results.map(({ guest }) => outcomeInBytes(guest));
}

function airlockOutcome({ code, stdout }: AirlockRun): AtsOutcome {
  const [device] = JSON.parse(stdout).devices;
  assert.equal(code, device.outcome === 'realized' ? 0 : 1);
  return outcomeInBytes(device.guest === null ? null : Buffer.from(device.guest, 'hex'));
}

/** One outcome where all agree, else all of them. */
function together(outcomes: readonly string[]): string {
  const distinct = [...new Set(outcomes)];
  return distinct.length === 1 ? `${distinct[0]}` : outcomes.join(' / ');
}

async function rowsOf(get: (iommu: SharedIommu) => Promise<SharedHost>): Promise<CoverRow[]> {
  const values = [...new Set(ROWS.map(([ats]) => ats))];
  const seen = async (iommu: SharedIommu) => {
    const host = await get(iommu);
    const says = await kernelSays(host);
    const runs = values.flatMap(ats =>
      PROFILES.map(profile => ['view', host.addresses['virtio-net'], '--json', '--ats', ats, '--profile', profile]),
    );
    const views = (await airlockInVm(host.vm, runs)).map(airlockOutcome);
    const outcomes = new Map<string, { qemu: string; airlock: string }>();
    const said = await qemuSays(host, values);
    for (const [index, ats] of values.entries()) {
      outcomes.set(ats, { qemu: said[index] ?? 'nothing', airlock: together(views.slice(2 * index, 2 * index + 2)) });
    }
    return [iommu, { says, outcomes }] as const;
  };
  const byIommu = new Map(await Promise.all((['intel', 'intel-no-iotlb'] as const).map(seen)));
  return ROWS.map(([ats, iommus, expected]) => {
    const answers = iommus.map(iommu => byIommu.get(iommu));
    const cell = (name: 'qemu' | 'airlock') => together(answers.map(answer => answer?.outcomes.get(ats)?.[name] ?? 'nothing'));
    const kernel = answers.map(answer => answer?.says ?? 'nothing').join(' or ');
    return { ats, kernelSays: kernel, expected, qemu: cell('qemu'), airlock: cell('airlock') };
  });
}

describe('ats, in five rows', { skip }, () => {
  after(() => hosts?.release());

  it('is to the guest of QEMU and of Airlock what it was asked to be, under both answers of the kernel', async t => {
    assert.ok(hosts);
    const rows = await rowsOf(hosts.get);
    for (const line of formatCoverTable(rows)) t.diagnostic(line);
    assert.deepEqual(
      rows.map(({ kernelSays: says }) => says),
      [`${USED} or ${UNSUPPORTED}`, USED, UNSUPPORTED, USED, UNSUPPORTED],
    );
    for (const { ats, kernelSays: says, expected, qemu, airlock } of rows) {
      assert.deepEqual({ qemu, airlock }, { qemu: expected, airlock: expected }, `ats=${ats}, ${says}`);
    }
  });
});
