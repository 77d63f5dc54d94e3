import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostIommu, optionsFor } from '../../../test/fixtures/realize-with.ts';
import { type HostIommuDevice, noReportDevice } from '../iommu/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { PROFILES } from '../profiles/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { settingsOf } from '../rules/settings.ts';
import { explainAts } from './explain.ts';
import { realize } from './realize.ts';

const NO_GUEST_IOMMU = {
  guestIommu: { pasid: false },
  bytes: 'host',
  facts: { virtualFunction: null, hostArchitecture: null },
  machineFrom: 'default',
} as const;

/** The links of the list alone, in order, of a device with ATS. */
function links(vendorId: number, host: HostIommuDevice, ats: 'on' | 'off' | 'auto' = 'auto'): string[] {
  const extended = [{ id: 0x0f, body: '20000000' }];
  const config = buildConfigSpace({ vendorId, deviceId: 0x731f, classCode: 0x030000, standard: [{ id: 0x10, body: '0200' }], extended });
  const profile = PROFILES['qemu-11.1'];
  const properties = effectiveProperties({ profile, device: [{ name: 'ats', value: ats }] });
  const realized = realize(optionsFor(config, { profile, settings: settingsOf(properties), hostIommu: host }));
  const chain = explainAts({ config, realized, properties, hostIommu: host, profile, ...NO_GUEST_IOMMU });
  return chain.links.filter(({ name }) => name === 'no-ATS list' || name === 'guest driver').map(({ holds, text }) => `${holds} ${text}`);
}

const DEVICE = '1002:731f (AMD Navi 10)';
const GUEST = `null a Linux guest of 5.17 or newer never uses ATS on ${DEVICE}`;

test("explainAts has Linux's list as evidence beside the report, and of the guest's driver where the guest sees ATS", () => {
  assert.deepEqual(links(0x1002, noReportDevice('7.3.4')), [
    `null the host kernel 7.3.4 never uses ATS on ${DEVICE} and will report it as unsupported`,
    GUEST,
  ]);
  const listed = `null Linux 5.17 and newer never use ATS on ${DEVICE}`;
  assert.deepEqual(links(0x1002, hostIommu('unsupported')), [listed]);
  assert.deepEqual(links(0x1002, hostIommu('unsupported'), 'on'), [listed], 'of a realize that fails');
  assert.deepEqual(links(0x1002, hostIommu('supported')), [listed, GUEST]);
  assert.equal(links(0x1002, noReportDevice(), 'off').length, 1);
  assert.deepEqual(links(0x10de, noReportDevice('7.3.4')), []);
});
