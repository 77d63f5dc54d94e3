/** A reply of IOMMU_GET_HW_INFO becomes a report; kernel releases become versions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iommu_hw_info } from '../spec/iommufd/index.ts';
import { decodeHwInfoReply, iommufdDevice, isKernelAtLeast, isSameReport, parseKernelRelease } from './index.ts';

const fields = { size: 40, data_len: 24, out_data_type: 1, out_max_pasid_log2: 20, out_capabilities: 8n };

test('decodeHwInfoReply reads a whole reply', () => {
  const report = decodeHwInfoReply(iommu_hw_info.encode(fields), new Uint8Array(24).fill(7), '7.3.4');
  assert.deepEqual(report, { type: 1, data: new Uint8Array(24).fill(7), capabilities: 8n, maxPasidLog2: 20, kernel: '7.3.4' });
});

test('decodeHwInfoReply leaves out data that the kernel did not write', () => {
  const reply = iommu_hw_info.encode(fields);
  assert.equal(decodeHwInfoReply(reply, new Uint8Array(64)).data.length, 24);
  assert.equal(decodeHwInfoReply(reply, new Uint8Array(8)).data.length, 8, 'a buffer smaller than what the kernel has');
});

test('decodeHwInfoReply has no capabilities from a reply that ends before them', () => {
  const whole = iommu_hw_info.encode(fields);
  const cases = [whole.slice(0, 32), whole.slice(0, 39), iommu_hw_info.encode({ ...fields, size: 32 })];
  for (const reply of cases) {
    const report = decodeHwInfoReply(reply, new Uint8Array(24), '7.3.4');
    assert.equal(report.capabilities, null);
    assert.equal(report.maxPasidLog2, 20);
    assert.equal(iommufdDevice(report).atsSupport(), 'unreported');
  }
});

test('decodeHwInfoReply refuses a reply that no kernel gives', () => {
  assert.throws(
    () => decodeHwInfoReply(new Uint8Array(31), new Uint8Array(0)),
    new RangeError('Cannot decode iommu_hw_info: 31 bytes, needs 32'),
  );
});

test('parseKernelRelease takes the version off uname -r', () => {
  const vectors: [string, [number, number] | null][] = [
    ['7.3.4-foo', [7, 3]],
    ['6.12.0-1-amd64', [6, 12]],
    ['6.6.87.2-microsoft-standard-WSL2', [6, 6]],
    ['7.1-rc2', [7, 1]],
    ['7.1+', [7, 1]],
    ['7.1', [7, 1]],
    ['10.0.0', [10, 0]],
    [' 6.1.0-37-amd64\n', [6, 1]],
    ['', null],
    ['rubbish', null],
    ['7', null],
    ['7.', null],
    ['.1', null],
    ['v7.1', null],
    ['-7.1', null],
    ['Linux 7.1', null],
    ['7.10000', null],
    ['99999.1', null],
  ];
  for (const [text, expected] of vectors) {
    assert.deepEqual(parseKernelRelease(text), expected && { major: expected[0], minor: expected[1] }, JSON.stringify(text));
  }
});

test('isKernelAtLeast compares as numbers', () => {
  const vectors: [number, number, boolean][] = [
    [7, 1, true],
    [7, 0, false],
    [7, 10, true],
    [6, 19, false],
    [8, 0, true],
    [10, 0, true],
  ];
  for (const [major, minor, expected] of vectors) assert.equal(isKernelAtLeast({ major, minor }, 7, 1), expected);
});

test('isSameReport compares all that is said of the IOMMU, and not who says it', () => {
  const report = { type: 2, data: Uint8Array.of(1, 2), capabilities: 8n, maxPasidLog2: 3, kernel: '7.3.4' };
  assert.ok(isSameReport(report, { ...report, data: Uint8Array.of(1, 2), capabilities: 8, kernel: '7.4.0' }));
  for (const change of [
    { type: 1 },
    { data: Uint8Array.of(1) },
    { data: Uint8Array.of(1, 3) },
    { capabilities: null },
    { maxPasidLog2: 4 },
  ]) {
    assert.ok(!isSameReport(report, { ...report, ...change }));
  }
});
