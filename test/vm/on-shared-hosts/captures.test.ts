/** The captures of VMs that the package ships: they are what a VM gives now, and a view of one is a view of the live device. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { VM_CAPTURES, type VmCapture } from '../../../tools/make-vm-captures.ts';
import { missingBed } from '../bed.ts';
import { assertSameViews, assertShipped, type MeasuredCapture, measureCapture } from '../capture-comparison.ts';
import { shareHosts } from '../shared-hosts.ts';

const skip = missingBed();
const hosts = skip === false ? shareHosts('amd') : null;
/** That of the Arm host is compared by test/arm. */
const CAPTURES = VM_CAPTURES.filter(({ iommu }) => iommu !== 'smmuv3');

async function measure(wanted: VmCapture): Promise<MeasuredCapture> {
  assert.ok(hosts && wanted.iommu !== 'smmuv3');
  return measureCapture(wanted, await hosts.get(wanted.iommu));
}

describe('captures/vm-*.json', { skip }, () => {
  const scratch = mkdtempSync(join(tmpdir(), 'airlock-vm-captures-'));
  let measured = new Map<string, MeasuredCapture>();
  const of = (file: string): MeasuredCapture => {
    const found = measured.get(file);
    assert.ok(found);
    return found;
  };
  before(async () => {
    // Two at once, as the test bed has processors for.
    const [last, ...first] = CAPTURES.toReversed();
    const measureAll = (wanted: readonly VmCapture[]) =>
      Promise.all(wanted.map(async capture => [capture.file, await measure(capture)] as const));
    measured = new Map([...(await measureAll(first)), ...(await measureAll(last === undefined ? [] : [last]))]);
  });
  after(async () => {
    rmSync(scratch, { recursive: true });
    await hosts?.release();
  });

  for (const { file } of CAPTURES) {
    it(`${file} is what tools/make-vm-captures.ts makes now, byte for byte`, () => assertShipped(of(file)));

    it(`${file}: airlock view of the capture, on this machine, equals airlock view of the live device`, () => {
      assertSameViews(of(file), scratch);
    });
  }

  it('airlock view of the live device through its own process equals the driver of these tests', async () => {
    assert.ok(hosts);
    const { vm, addresses } = await hosts.get('intel');
    const { code, stdout, stderr } = await vm.run(['airlock', 'view', addresses['virtio-net'], '--json'], { timeoutSeconds: 120 });
    const [driven] = of('vm-intel-iotlb.json').views.get(addresses['virtio-net']) ?? [];
    assert.deepEqual({ code, stdout, stderr }, driven);
  });
});
