import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AssumedReport, assumeReport } from './assumed-report.ts';
import { type HostIommuDevice, iommufdDevice, legacyVfioDevice, noReportDevice } from './host-iommu-device.ts';

const REPORT = { type: 2, data: Uint8Array.of(1, 2), capabilities: 0x3n, maxPasidLog2: 16, kernel: '7.3.4' };
const OLD = { ...REPORT, kernel: '6.12.1' };

/** Known, assumed; then the backend, the answer about ATS, the width of PASIDs, whether it is known, the kernel. */
const ROWS: readonly (readonly [known: HostIommuDevice | null, assumed: AssumedReport, ...answer: unknown[]])[] = [
  [null, {}, 'none', 'unreported', undefined, false, null],
  [null, { kernel: '7.3.4' }, 'none', 'unreported', undefined, false, '7.3.4'],
  [null, { backend: 'iommufd' }, 'none', 'unreported', undefined, false, null],
  [null, { backend: 'legacy' }, 'legacy', 'unreported', undefined, true, null],
  [null, { capabilities: 8n }, 'iommufd', 'unsupported', undefined, false, null],
  [null, { capabilities: 2n, maxPasidLog2: 20, kernel: '7.3.4' }, 'iommufd', 'supported', 20, true, '7.3.4'],
  [noReportDevice('7.3.4'), {}, 'none', 'unreported', undefined, false, '7.3.4'],
  [legacyVfioDevice('7.3.4'), {}, 'legacy', 'unreported', undefined, true, '7.3.4'],
  [legacyVfioDevice('7.3.4'), { backend: 'iommufd' }, 'none', 'unreported', undefined, false, '7.3.4'],
  [legacyVfioDevice('7.3.4'), { capabilities: 8n }, 'iommufd', 'unsupported', undefined, false, '7.3.4'],
  [iommufdDevice(REPORT), {}, 'iommufd', 'supported', 16, true, '7.3.4'],
  [iommufdDevice(REPORT), { backend: 'legacy' }, 'legacy', 'unreported', undefined, true, '7.3.4'],
  [iommufdDevice(REPORT), { capabilities: 8n }, 'iommufd', 'unsupported', 16, true, '7.3.4'],
  [iommufdDevice(REPORT), { maxPasidLog2: 0 }, 'iommufd', 'supported', undefined, true, '7.3.4'],
  [iommufdDevice(REPORT), { kernel: '6.12.1' }, 'iommufd', 'unreported', 16, true, '6.12.1'],
  [iommufdDevice(OLD), {}, 'iommufd', 'unreported', 16, true, '6.12.1'],
  [iommufdDevice(OLD), { kernel: '7.3.4' }, 'iommufd', 'supported', 16, true, '7.3.4'],
];

for (const [i, [known, assumed, ...answer]] of ROWS.entries()) {
  const what = JSON.stringify(assumed, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
  test(`assumeReport (${i + 1}) of ${known?.backend ?? 'nothing'} with ${what} answers ${answer.join(', ')}`, () => {
    const device = assumeReport(known, assumed);
    const { backend, knowsPasid, kernel } = device;
    assert.deepEqual([backend, device.atsSupport(), device.pasid()?.maxLog2, knowsPasid, kernel], answer);
  });
}

test('assumeReport keeps what else the host reported', () => {
  const { report } = assumeReport(iommufdDevice(REPORT), { capabilities: 8n });
  assert.deepEqual([report?.type, report?.data], [REPORT.type, REPORT.data]);
});
