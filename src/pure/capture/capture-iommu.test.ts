import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Capture, type CaptureDevice, captureIommu } from './index.ts';

const HW_INFO = { type: '0x2', data: '0a0b', capabilities: '0x0', maxPasidLog2: 0 };

function iommuOf(iommu: CaptureDevice['iommu'], kernel: string | undefined = '7.3.4') {
  const device: CaptureDevice = { address: '0000:00:00.0', config: '', ...(iommu && { iommu }) };
  const capture: Capture = { schemaVersion: 2, format: 'airlock-capture', host: { ...(kernel && { kernel }) }, devices: [device] };
  return captureIommu(capture, device);
}

const VECTORS: readonly (readonly [what: string, iommu: CaptureDevice['iommu'], kernel: string, backend: string, answer: string])[] = [
  ['no report', undefined, '7.3.4', 'none', 'unreported'],
  ['a legacy container', { backend: 'legacy' }, '7.3.4', 'legacy', 'unreported'],
  ['a legacy container that a report contradicts', { backend: 'legacy', hwInfo: HW_INFO }, '7.3.4', 'legacy', 'unreported'],
  ['iommufd without an answer', { backend: 'iommufd' }, '7.3.4', 'none', 'unreported'],
  ['a clear flag', { backend: 'iommufd', hwInfo: HW_INFO }, '7.3.4', 'iommufd', 'supported'],
  ['a clear flag of an old kernel', { backend: 'iommufd', hwInfo: HW_INFO }, '6.12.1', 'iommufd', 'unreported'],
  ['a set flag', { backend: 'iommufd', hwInfo: { ...HW_INFO, capabilities: '0x8' } }, '7.3.4', 'iommufd', 'unsupported'],
  ['no capabilities', { backend: 'iommufd', hwInfo: { ...HW_INFO, capabilities: null } }, '7.3.4', 'iommufd', 'unreported'],
];

for (const [what, iommu, kernel, backend, answer] of VECTORS) {
  test(`captureIommu of ${what} answers ${answer}`, () => {
    const device = iommuOf(iommu, kernel);
    assert.equal(device.backend, backend);
    assert.equal(device.atsSupport(), answer);
  });
}

test('captureIommu hands the report on as it came, all 64 bits of it', () => {
  const hwInfo = { type: '0xfeedbeef', data: '0a0b', capabilities: '0xfffffffffffffff1', maxPasidLog2: 20 };
  const { report } = iommuOf({ backend: 'iommufd', hwInfo });
  assert.deepEqual(report, {
    type: 0xfeedbeef,
    data: Uint8Array.of(0x0a, 0x0b),
    capabilities: 0xfffffffffffffff1n,
    maxPasidLog2: 20,
    kernel: '7.3.4',
  });
});
