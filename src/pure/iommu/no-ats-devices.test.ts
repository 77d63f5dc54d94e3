import assert from 'node:assert/strict';
import { test } from 'node:test';
import { iommufdDevice, legacyVfioDevice, noReportDevice } from './host-iommu-device.ts';
import { findNoAtsDevice, NO_ATS_DEVICES, type PciIdentity } from './no-ats-devices.ts';
import { expectNoAts, guestNeverUsesAts } from './no-ats-expectation.ts';

const identity = (vendorId: number | null, deviceId: number | null, more: Partial<PciIdentity> = {}): PciIdentity => ({
  ...{ vendorId, deviceId, revisionId: 0, subsystemVendorId: 0, subsystemId: 0, ...more },
});

const NAVI = identity(0x1002, 0x731f, { revisionId: 0xca });
const E2000 = (revisionId: number | null) => identity(0x8086, 0x1452, { revisionId });
const board = (subsystemVendorId: number | null, subsystemId: number | null, revisionId: number | null = 0xcf) =>
  identity(0x1002, 0x15d8, { revisionId, subsystemVendorId, subsystemId });

const MATCHES: readonly (readonly [string, PciIdentity, string | null])[] = [
  ['a device that is always meant', NAVI, 'AMD Navi 10'],
  ['the same with nothing but its ids known', { ...NAVI, revisionId: null, subsystemVendorId: null, subsystemId: null }, 'AMD Navi 10'],
  ['another device of the vendor', identity(0x1002, 0x73bf), null],
  ["the device ID of another vendor's", identity(0x10de, 0x731f), null],
  ['the last revision before the mended one', E2000(0x1f), 'Intel IPU E2000 before stepping C0'],
  ['the mended revision', E2000(0x20), null],
  ['an unknown revision', E2000(null), 'Intel IPU E2000 before stepping C0?'],
  ['one of the boards', board(0xea50, 0xcc08), 'AMD Raven of some boards'],
  ['a board of another maker', board(0x1043, 0xcc08), null],
  ['another board of the maker', board(0xea50, 0xcc09), null],
  ['another revision on the board', board(0xea50, 0xcc08, 0xce), null],
  ['a board that is not known', board(null, null), 'AMD Raven of some boards?'],
  ['a board that is half known, and not one of them', board(0x1043, null), null],
  ['unknown ids', identity(null, null), null],
  ['an unknown device ID', identity(0x1002, null), null],
];

for (const [name, device, wanted] of MATCHES) {
  test(`findNoAtsDevice: ${name}`, () => {
    const match = findNoAtsDevice(device);
    assert.equal(match === null ? null : `${match.devices.name}${match.isSure ? '' : '?'}`, wanted);
  });
}

test('NO_ATS_DEVICES has each device once', () => {
  const ids = NO_ATS_DEVICES.flatMap(({ vendorId, deviceIds }) => deviceIds.map(id => `${vendorId}:${id}`));
  assert.equal(new Set(ids).size, ids.length);
});

const answered = (capabilities: bigint, kernel: string) =>
  iommufdDevice({ type: 1, data: new Uint8Array(0), capabilities, maxPasidLog2: 0, kernel });

test('expectNoAts says what a kernel will report by its version, and is silent where it has reported', () => {
  const words = (host: Parameters<typeof expectNoAts>[1], isAsked = true) => {
    const expected = expectNoAts(NAVI, host, isAsked);
    return expected === null ? null : `${expected.code} ${expected.isSure} ${expected.text}`;
  };
  const navi = '1002:731f (AMD Navi 10)';
  assert.equal(
    words(noReportDevice('7.3.4-1')),
    `ats.quirk.expected-unsupported true the host kernel 7.3.4-1 never uses ATS on ${navi} and will report it as unsupported`,
  );
  assert.equal(
    words(noReportDevice()),
    `ats.quirk.expected-unsupported false Linux 5.17 and newer never use ATS on ${navi}; a host kernel of 7.1 or newer will report it as unsupported`,
  );
  assert.equal(
    words(noReportDevice('6.12.0')),
    `ats.quirk.never-used true the host kernel 6.12.0 never uses ATS on ${navi} and, older than 7.1, cannot report so`,
  );
  assert.equal(
    words(answered(0n, '6.12.0')),
    `ats.quirk.never-used true the host kernel 6.12.0 never uses ATS on ${navi} and, older than 7.1, cannot report so`,
  );
  assert.equal(
    words(noReportDevice('5.10.0')),
    `ats.quirk.later-kernel false Linux 5.17 and newer never use ATS on ${navi}; of the host kernel 5.10.0 it is not known`,
  );
  assert.equal(
    words(legacyVfioDevice('7.3.4')),
    `ats.quirk.never-used true the host kernel 7.3.4 never uses ATS on ${navi}, and a legacy container cannot report so`,
  );
  assert.equal(
    words(noReportDevice('7.3.4'), false),
    `ats.quirk.never-used true the host kernel 7.3.4 never uses ATS on ${navi}, and this VMM does not ask`,
  );
  assert.deepEqual([words(answered(0n, '7.3.4')), words(answered(8n, '7.3.4')), words(answered(8n, '6.12'))], [null, null, null]);
});

test('expectNoAts is not sure where a revision that decides is not known', () => {
  const expected = expectNoAts(E2000(null), noReportDevice('7.3'));
  assert.equal(expected?.isSure, false);
  assert.match(expected?.text ?? '', /if its revision and board, which are not known, are those meant/);
});

test('guestNeverUsesAts names the release of the guest', () => {
  assert.equal(
    guestNeverUsesAts(E2000(0)),
    'a Linux guest of 6.7 or newer never uses ATS on 8086:1452 (Intel IPU E2000 before stepping C0)',
  );
  assert.equal(guestNeverUsesAts(E2000(0x20)), null);
});
