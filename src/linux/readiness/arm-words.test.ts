/** Words about an SMMUv3, made of reports as a kernel gives them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iommufdDevice, legacyVfioDevice } from '../../pure/iommu/index.ts';
import { iommu_hw_info_arm_smmuv3 } from '../../pure/spec/iommufd/index.ts';
import { isArm, smmuAtsCause } from './arm-words.ts';

const smmu = (idr0: number) => ({
  type: 2,
  data: iommu_hw_info_arm_smmuv3.encode({ idr: [idr0, 0, 0, 0, 0, 0] }),
  capabilities: 8n,
  maxPasidLog2: 0,
});

test("smmuAtsCause reads the SMMU's register, and says nothing of other IOMMUs", () => {
  // The register of QEMU's emulated SMMUv3, which has no ATS, and the same with ATS.
  assert.match(smmuAtsCause(iommufdDevice(smmu(0x0d44101b))) ?? '', /^Its SMMU has no ATS/);
  assert.match(smmuAtsCause(iommufdDevice(smmu(0x0d44141b))) ?? '', /^Its SMMU has ATS .*root complex \(IORT/);
  assert.equal(smmuAtsCause(iommufdDevice({ ...smmu(0), type: 1 })), null);
  assert.equal(smmuAtsCause(iommufdDevice({ ...smmu(0), data: new Uint8Array(0) })), null);
  assert.equal(smmuAtsCause(legacyVfioDevice()), null);
  assert.equal(smmuAtsCause(iommufdDevice({ ...smmu(0), capabilities: 0n })), null, 'nothing is amiss');
});

test('isArm knows both names of the architecture', () => {
  assert.deepEqual(['aarch64', 'arm64', 'x86_64', 'riscv64', null].map(isArm), [true, true, false, false, false]);
});
