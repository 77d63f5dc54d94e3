/** What the host IOMMU device answers about ATS and PASID, and from what. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HostIommuDevice, type HwInfoReport, iommufdDevice, legacyVfioDevice, noReportDevice } from './index.ts';

const report = (over: Partial<HwInfoReport>): HwInfoReport => ({
  type: 1,
  data: new Uint8Array(0),
  capabilities: 0n,
  maxPasidLog2: 0,
  ...over,
});

const ats = (device: HostIommuDevice): [string, string] => [device.atsSupport(), device.atsEvidence().code];

test('iommufdDevice answers for ATS by flag, then by kernel', () => {
  const vectors: [Partial<HwInfoReport>, string, string][] = [
    [{ capabilities: 0n, kernel: '7.3.4' }, 'supported', 'flag-clear'],
    [{ capabilities: 0n, kernel: '7.1.0-rc1' }, 'supported', 'flag-clear'],
    [{ capabilities: 0n, kernel: '8.0.0' }, 'supported', 'flag-clear'],
    [{ capabilities: 0n, kernel: '10.0.0' }, 'supported', 'flag-clear'],
    [{ capabilities: 0n, kernel: '7.0.12-2-amd64' }, 'unreported', 'kernel-older-than-flag'],
    [{ capabilities: 0n, kernel: '6.12.0-1-amd64' }, 'unreported', 'kernel-older-than-flag'],
    [{ capabilities: 0n }, 'supported', 'flag-clear-kernel-unknown'],
    [{ capabilities: 0n, kernel: 'rubbish' }, 'supported', 'flag-clear-kernel-unknown'],
    [{ capabilities: 8n, kernel: '7.3.4' }, 'unsupported', 'flag-set'],
    [{ capabilities: 8n }, 'unsupported', 'flag-set'],
    [{ capabilities: 8n, kernel: '6.12.0' }, 'unsupported', 'flag-set'],
    [{ capabilities: 8 }, 'unsupported', 'flag-set'],
    [{ capabilities: 0xffff_fff7, kernel: '7.3.4' }, 'supported', 'flag-clear'],
    [{ capabilities: (1n << 64n) - 1n }, 'unsupported', 'flag-set'],
    [{ capabilities: null, kernel: '7.3.4' }, 'unreported', 'capabilities-not-returned'],
    [{ type: 0xfeedbeef, capabilities: 8n }, 'unsupported', 'flag-set'],
    [{ type: 0, capabilities: 0n, kernel: '7.3.4' }, 'supported', 'flag-clear'],
  ];
  for (const [over, answer, code] of vectors) {
    const device = iommufdDevice(report(over));
    assert.deepEqual(ats(device), [answer, code], `${over.capabilities} ${over.kernel}`);
    assert.equal(device.atsEvidence().answer, device.atsSupport());
  }
});

test('iommufdDevice says in its evidence what it assumes', () => {
  const text = (over: Partial<HwInfoReport>) => iommufdDevice(report(over)).atsEvidence().text;
  assert.match(text({}), /assumed to be 7\.1 or newer/);
  assert.match(text({ kernel: '6.12.0-1-amd64' }), /6\.12\.0-1-amd64 is older .* \(7\.1\)/);
});

test('legacyVfioDevice and noReportDevice cannot say', () => {
  assert.deepEqual(ats(legacyVfioDevice()), ['unreported', 'legacy-container']);
  assert.deepEqual(ats(noReportDevice()), ['unreported', 'no-report']);
  for (const device of [legacyVfioDevice(), noReportDevice()]) assert.deepEqual([device.pasid(), device.report], [null, null]);
  assert.deepEqual(
    [legacyVfioDevice().backend, noReportDevice().backend, iommufdDevice(report({})).backend],
    ['legacy', 'none', 'iommufd'],
  );
});

test('iommufdDevice gives PASID only with a width', () => {
  const vectors: [number, bigint | null, unknown][] = [
    [0, 0n, null],
    [0, 6n, null],
    [20, 0n, { maxLog2: 20, exec: false, priv: false }],
    [20, 2n, { maxLog2: 20, exec: true, priv: false }],
    [16, 4n, { maxLog2: 16, exec: false, priv: true }],
    [1, 0xfn, { maxLog2: 1, exec: true, priv: true }],
    [20, null, { maxLog2: 20, exec: false, priv: false }],
  ];
  for (const [maxPasidLog2, capabilities, expected] of vectors) {
    assert.deepEqual(iommufdDevice(report({ maxPasidLog2, capabilities })).pasid(), expected);
  }
});

test('iommufdDevice gives the same object each time, so that asking allocates nothing', () => {
  const device = iommufdDevice(report({ maxPasidLog2: 20 }));
  assert.equal(device.pasid(), device.pasid());
  assert.equal(device.atsEvidence(), device.atsEvidence());
  assert.ok(Object.isFrozen(device.pasid()) && Object.isFrozen(device.atsEvidence()));
});
