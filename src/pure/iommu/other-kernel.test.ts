/** A host's report under another kernel, and what each release has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HostIommuDevice, iommufdDevice, legacyVfioDevice } from './index.ts';
import { kernelHas } from './kernel-features.ts';
import { underKernel } from './other-kernel.ts';

test('kernelHas knows what a release has, and not what a maker gave an old one later', () => {
  const told = (['iommufd', 'vfio-cdev', 'hw-info-ats'] as const).map(feature =>
    ['5.15.0', '6.2.0', '6.6.1', '7.0.9', '7.1.0-rc1', '5.14.0-427.el9.x86_64', '6.4.0-150600.23-default', '6.8.0-1024-nvidia-64k'].map(
      release => kernelHas(release, feature),
    ),
  );
  assert.deepEqual(told, [
    [false, true, true, true, true, null, true, true],
    [false, false, true, true, true, null, null, true],
    [false, false, false, false, true, null, null, null],
  ]);
  assert.equal(kernelHas(null, 'iommufd'), null);
  assert.equal(kernelHas('mine', 'iommufd'), null);
});

const asked = (kernel: string, capabilities: bigint | null, maxPasidLog2 = 0, type = 1): HostIommuDevice =>
  iommufdDevice({ type, data: new Uint8Array(4), capabilities, maxPasidLog2, kernel });
const told = (device: HostIommuDevice) => `${device.atsSupport()} ${device.atsEvidence().code}`;

test('underKernel takes the word of a kernel that knows the flag to another that does, and to none that does not', () => {
  const vectors: readonly (readonly [own: string, capabilities: bigint | null, kernel: string, says: string])[] = [
    ['7.3.4', 8n, '7.1.0', 'unsupported flag-set'],
    ['7.3.4', 0n, '7.1.0', 'supported flag-clear'],
    ['7.3.4', 8n, '6.18.0', 'unreported kernel-older-than-flag'],
    ['7.3.4', 0n, '6.18.0', 'unreported kernel-older-than-flag'],
    ['6.12.0', 0n, '7.3.0', 'unreported other-kernel'],
    ['6.12.0', null, '7.3.0', 'unreported other-kernel'],
    ['6.12.0', 0n, '6.18.0', 'unreported kernel-older-than-flag'],
    ['6.12.0', 8n, '7.3.0', 'unsupported flag-set'],
    ['7.3.4', 8n, '6.12.0-55.el10.x86_64', 'unreported other-kernel'],
    ['6.12.0-55.el10.x86_64', 0n, '7.3.0', 'unreported other-kernel'],
    ['7.3.4', 8n, '6.1.0', 'unreported no-report'],
  ];
  for (const [own, capabilities, kernel, says] of vectors) {
    const device = underKernel(asked(own, capabilities), kernel);
    assert.equal(told(device), says, `${own} ${capabilities} ${kernel}`);
    assert.equal(device.kernel, kernel);
  }
  const own = asked('6.12.0', 0n);
  assert.equal(underKernel(own, '6.12.0'), own);
});

test('underKernel says nothing of a kernel where nothing was said of the own one, and a legacy container stays one', () => {
  assert.equal(told(underKernel(null, '7.3.0')), 'unreported no-report');
  assert.equal(told(underKernel(legacyVfioDevice('6.1.0'), '7.3.0')), 'unreported legacy-container');
});

test('underKernel knows of PASIDs and of an SMMU what both kernels report', () => {
  const pasid = (device: HostIommuDevice) => [device.knowsPasid, device.pasid()?.maxLog2 ?? 0];
  assert.deepEqual(pasid(underKernel(asked('7.3.4', 2n, 20), '7.1.0')), [true, 20]);
  assert.deepEqual(pasid(underKernel(asked('7.3.4', 2n, 20), '6.12.0')), [true, 0]);
  assert.deepEqual(pasid(underKernel(asked('6.12.0', 0n), '7.1.0')), [false, 0]);
  const types = (own: string, type: number, kernel: string) => underKernel(asked(own, 0n, 0, type), kernel).report?.type;
  assert.deepEqual(
    [types('7.3.4', 2, '7.1.0'), types('7.3.4', 2, '6.12.0'), types('6.12.0', 0, '7.3.4'), types('6.12.0', 1, '7.3.4')],
    [2, 0, undefined, 1],
  );
});
