/** The table of what ats means, written down: every profile, machine type, value and answer, with and without ATS on the device. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatChains, hostIommu, optionsFor } from '../../../test/fixtures/realize-with.ts';
import { guestBytes } from '../guest-view/guest-view.ts';
import { realize } from '../guest-view/realize.ts';
import { type HostIommuDevice, iommufdDevice, legacyVfioDevice, noReportDevice } from '../iommu/index.ts';
import { buildConfigSpace, type CapabilityPart } from '../pci/builder.ts';
import { PROFILES, type ProfileName } from '../profiles/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { decideAts } from './ats.ts';
import { settingsOf } from './settings.ts';

/**
 * The value given on the device (`-` for none), then by the host's answer what becomes of ATS; then of a device without ATS, in
 * the last column where the host says unsupported. QEMU asks the host before it looks at the device.
 */
const TABLE = `
  profile    machine      ats   unsupported  supported  unreported    without    without,unsupported
  airlock    pc-q35-11.1  -     masked!      shown      shown?        nothing    nothing
  airlock    pc-q35-11.1  off   masked       masked     masked        nothing    nothing
  airlock    pc-q35-11.1  auto  masked!      shown      shown?        nothing    nothing
  airlock    pc-q35-11.1  on    fails        shown      shown!        absent!    absent!
  airlock    pc-q35-11.0  -     fails        shown      shown!        absent!    absent!
  airlock    pc-q35-11.0  off   masked       masked     masked        nothing    nothing
  airlock    pc-q35-11.0  auto  masked!      shown      shown?        nothing    nothing
  airlock    pc-q35-11.0  on    fails        shown      shown!        absent!    absent!
  airlock    pc-q35-10.0  -     fails        shown      shown!        absent!    absent!
  airlock    pc-q35-10.0  off   masked       masked     masked        nothing    nothing
  airlock    pc-q35-10.0  auto  masked!      shown      shown?        nothing    nothing
  airlock    pc-q35-10.0  on    fails        shown      shown!        absent!    absent!
  qemu-11.1  pc-q35-11.1  -     masked!      shown      shown?        nothing    nothing
  qemu-11.1  pc-q35-11.1  off   masked       masked     masked        nothing    nothing
  qemu-11.1  pc-q35-11.1  auto  masked!      shown      shown?        nothing    nothing
  qemu-11.1  pc-q35-11.1  on    fails        shown      shown!        absent!    fails
  qemu-11.1  pc-q35-11.0  -     masked!      shown      shown?        nothing    nothing
  qemu-11.1  pc-q35-11.0  off   masked       masked     masked        nothing    nothing
  qemu-11.1  pc-q35-11.0  auto  masked!      shown      shown?        nothing    nothing
  qemu-11.1  pc-q35-11.0  on    fails        shown      shown!        absent!    fails
  qemu-11.1  pc-q35-10.0  -     masked!      shown      shown?        nothing    nothing
  qemu-11.1  pc-q35-10.0  off   masked       masked     masked        nothing    nothing
  qemu-11.1  pc-q35-10.0  auto  masked!      shown      shown?        nothing    nothing
  qemu-11.1  pc-q35-10.0  on    fails        shown      shown!        absent!    fails
  qemu-10.0  pc-q35-10.0  -     passed!      passed     passed        nothing    nothing
  qemu-10.0  pc-q35-2.4   -     passed!      passed     passed        nothing    nothing`;

const SHOWN = '10@40 | 0001@100 000f@150 0003@160';
const MASKED = '10@40 | 0001@100 0003@160';

/** What each word of the table stands for: the guest's lists, the reason at the ATS capability, and the messages. */
const MEANING: Readonly<Record<string, readonly [chains: string, reason: string, ...messages: string[]]>> = {
  shown: [SHOWN, 'shown ats.shown.kernel-supported'],
  passed: [SHOWN, 'shown ats.shown.passed-on'],
  'passed!': [
    SHOWN,
    'shown ats.shown.passed-on',
    'warning ats.shown.kernel-unsupported airlock ATS is shown to the guest, but the host kernel reports that it cannot be used',
  ],
  'shown?': [
    SHOWN,
    'shown ats.shown.unreported',
    'note ats.shown.unreported airlock ATS is shown to the guest, but the host kernel has not reported whether it can be used',
  ],
  'shown!': [
    SHOWN,
    'shown ats.shown.unreported',
    'warning ats.shown.unreported airlock ATS is shown to the guest, but the host kernel has not reported whether it can be used',
  ],
  masked: [MASKED, 'hidden ats.masked.off'],
  'masked!': [
    MASKED,
    'hidden ats.masked.kernel-unsupported',
    'warning ats.masked.kernel-unsupported vmm vfio-pci: host kernel reports ATS unsupported; ATS capability will be masked',
  ],
  fails: ['fails', 'ats.required.kernel-unsupported', 'vfio-pci: ATS requested but not supported by kernel'],
  nothing: [MASKED, 'none'],
  'absent!': [MASKED, 'none', 'warning ats.absent vmm vfio-pci: ats=on requested, but host device has no ATS extended capability'],
};

const oldKernel = iommufdDevice({ type: 1, data: new Uint8Array(0), capabilities: 0n, maxPasidLog2: 0, kernel: '6.12.0' });
const HOSTS: Readonly<Record<string, readonly HostIommuDevice[]>> = {
  unsupported: [hostIommu('unsupported')],
  supported: [hostIommu('supported')],
  unreported: [legacyVfioDevice(), noReportDevice(), oldKernel],
};

/** Registers of ATS: queue depth 32, page aligned; the host's driver has enabled it. */
const ATS_BODY = '20000080';

function device(hasAts: boolean) {
  const ats: CapabilityPart[] = hasAts ? [{ id: 0x0f, body: ATS_BODY, offset: 0x150 }] : [];
  return buildConfigSpace({
    vendorId: 0x1234,
    deviceId: 0x5678,
    classCode: 0x030000,
    standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}`, offset: 0x40 }],
    extended: [
      { id: 0x01, body: '00'.repeat(0x44), version: 2, offset: 0x100 },
      ...ats,
      { id: 0x03, body: '8877665544332211', offset: 0x160 },
    ],
  });
}

interface Case {
  readonly profile: ProfileName;
  readonly machine: string;
  readonly value: string;
  readonly host: HostIommuDevice;
  readonly hasAts: boolean;
}

/** In the form of MEANING. */
function outcome({ profile, machine, value, host, hasAts }: Case): string[] {
  const given = value === '-' ? [] : [{ name: 'ats', value }];
  const settings = settingsOf(effectiveProperties({ profile: PROFILES[profile], machine, device: given }));
  const realized = realize(optionsFor(device(hasAts), { profile: PROFILES[profile], settings, hostIommu: host }));
  if (realized.outcome === 'failed')
    return ['fails', realized.error.code, realized.error.message, ...realized.messages.map(m => m.message)];
  const ats = realized.capabilities.find(({ id, kind }) => id === 0x0f && kind === 'extended');
  return [
    formatChains(guestBytes(realized)),
    ats === undefined ? 'none' : `${ats.status} ${ats.reason?.code}`,
    ...realized.messages.map(({ level, code, origin, message }) => `${level} ${code} ${origin} ${message}`),
  ];
}

const rows = TABLE.trim()
  .split('\n')
  .slice(1)
  .map(line => line.trim().split(/\s+/));

for (const [profile = '', machine = '', value = '', unsupported = '', supported = '', unreported = '', without = '', unable = ''] of rows) {
  test(`realize under ${profile} on ${machine} with ats ${value}: ${unsupported}, ${supported}, ${unreported}; without ATS ${without}`, () => {
    const expected: Readonly<Record<string, string>> = { unsupported, supported, unreported };
    for (const [answer, hosts] of Object.entries(HOSTS)) {
      for (const host of hosts) {
        assert.equal(host.atsSupport(), answer);
        const base = { profile: profile as ProfileName, machine, value, host };
        assert.deepEqual(outcome({ ...base, hasAts: true }), MEANING[expected[answer] ?? ''], `${answer}, ${host.backend}`);
        assert.deepEqual(
          outcome({ ...base, hasAts: false }),
          MEANING[answer === 'unsupported' ? unable : without],
          `${answer}, ${host.backend}, without ATS`,
        );
      }
    }
  });
}

test('realize has a row for each profile, machine type and value of ats', () => {
  // QEMU 10.0 has no values of it.
  assert.equal(rows.length, 2 * 3 * 4 + 2);
  assert.equal(new Set(rows.map(row => row.slice(0, 3).join(' '))).size, rows.length);
});

test('realize leaves the registers of masked ATS readable under qemu-11.1 alone', () => {
  const registers = (profile: ProfileName, ats: 'on' | 'off') => {
    const realized = realize(optionsFor(device(true), { profile: PROFILES[profile], settings: { ats } }));
    return realized.outcome === 'realized' ? guestBytes(realized).bytes.slice(0x150, 0x158) : null;
  };
  const bytes = Uint8Array.of(0x0f, 0x00, 0x01, 0x16, 0x20, 0x00, 0x00, 0x80);
  assert.deepEqual(registers('airlock', 'on'), bytes);
  assert.deepEqual(registers('airlock', 'off'), new Uint8Array(8));
  assert.deepEqual(registers('qemu-11.1', 'on'), bytes);
  assert.deepEqual(registers('qemu-11.1', 'off'), bytes);
});

test('decideAts answers for an SMMUv3 as it does for a device', () => {
  assert.deepEqual(decideAts('auto', 'unsupported'), { result: 'masked', code: 'ats.masked.kernel-unsupported', level: 'warning' });
  assert.deepEqual(decideAts('auto', 'unreported'), { result: 'shown', code: 'ats.shown.unreported', level: 'note' });
  assert.deepEqual(decideAts('on', 'unreported'), { result: 'shown', code: 'ats.shown.unreported', level: 'warning' });
  assert.deepEqual(decideAts('on', 'unsupported'), { result: 'fails', code: 'ats.required.kernel-unsupported', level: null });
  assert.deepEqual(decideAts('off', 'supported'), { result: 'masked', code: 'ats.masked.off', level: null });
});
