/** Profile qemu-10.0 beside qemu-11.1: what it does otherwise, and that it does nothing else otherwise. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatChains, hostIommu, optionsFor } from '../../../test/fixtures/realize-with.ts';
import { legacyVfioDevice } from '../iommu/index.ts';
import { buildConfigSpace } from '../pci/builder.ts';
import { PROFILES } from '../profiles/index.ts';
import { effectiveProperties } from '../qemu/index.ts';
import { settingsOf } from '../rules/settings.ts';
import { explainAts, explainPasid } from './explain.ts';
import { guestBytes } from './guest-view.ts';
import { realize } from './realize.ts';

const device = buildConfigSpace({
  vendorId: 0x1234,
  deviceId: 0x5678,
  classCode: 0x120000,
  standard: [{ id: 0x10, body: `0200${'00'.repeat(0x38)}` }],
  extended: [
    { id: 0x0f, body: '20000000' },
    { id: 0x10, body: '00'.repeat(0x3c) },
    { id: 0x1b, body: '06140000' },
    { id: 0x03, body: '8877665544332211' },
  ],
});

function viewOf(host: Parameters<typeof explainAts>[0]['hostIommu'], viommuPasid = false) {
  const profile = PROFILES['qemu-10.0'];
  const properties = effectiveProperties({ profile });
  const realized = realize(optionsFor(device, { profile, settings: settingsOf(properties), hostIommu: host, viommuPasid }));
  assert.ok(realized.outcome === 'realized');
  const asked = {
    profile,
    guestIommu: { pasid: viommuPasid },
    bytes: 'host',
    facts: { virtualFunction: null, hostArchitecture: null },
    machineFrom: 'default',
  } as const;
  return { realized, explain: { config: device, realized, properties, hostIommu: host, ...asked } };
}

test('qemu-10.0 passes ATS on whatever the kernel reports, and we warn where it cannot be used', () => {
  for (const [host, codes] of [
    [hostIommu('unsupported'), ['warning ats.shown.kernel-unsupported airlock']],
    [hostIommu('supported'), []],
    [legacyVfioDevice(), []],
  ] as const) {
    const { realized } = viewOf(host);
    assert.equal(formatChains(guestBytes(realized)), '10@40 | 000f@100 0003@150');
    assert.deepEqual(
      realized.messages.map(({ level, code, origin }) => `${level} ${code} ${origin}`),
      codes,
    );
  }
});

test('qemu-10.0 leaves the class code alone, which it has no property for', () => {
  assert.equal(settingsOf(effectiveProperties({ profile: PROFILES['qemu-10.0'] })).classCode, null);
  assert.deepEqual(guestBytes(viewOf(hostIommu('supported')).realized).bytes.slice(9, 12), Uint8Array.of(0, 0, 0x12));
});

test('qemu-10.0 synthesises no PASID, and explain says so', () => {
  const { realized, explain } = viewOf(hostIommu('supported', 20), true);
  assert.ok(realized.capabilities.every(({ status }) => status !== 'synthesised'));
  const { broken } = explainPasid(explain);
  assert.deepEqual([broken?.name, broken?.text], ['VMM rule', 'the VMM does not synthesise PASID']);
});

test('explainAts of qemu-10.0 holds though the kernel reports ATS unsupported, since nobody asks it', () => {
  const { links, broken } = explainAts(viewOf(hostIommu('unsupported')).explain);
  assert.equal(broken, null);
  const [, report, property] = links;
  assert.deepEqual([report.name, report.holds], ['kernel report', null]);
  assert.equal(property.text, 'qemu-10.0 has no property ats: ATS is passed on as the device has it');
});

test('qemu-10.0 differs from qemu-11.1 by the rules of ATS, PASID and Intel graphics alone', () => {
  const [newer, older] = (['qemu-11.1', 'qemu-10.0'] as const).map(name => PROFILES[name].rules.map(rule => rule.name));
  assert.deepEqual(
    newer.filter(name => !older.includes(name)),
    ['vmm.ats', 'vmm.ats-absent-qemu', 'vmm.no-ats', 'vmm.igd-qemu-11.1', 'vmm.pasid-qemu'],
  );
  assert.deepEqual(
    older.filter(name => !newer.includes(name)),
    ['vmm.ats-passed-on', 'vmm.no-ats-passed-on', 'vmm.ats-unknown', 'vmm.igd-qemu-10.0'],
  );
});

test('effectiveProperties under qemu-10.0 refuses ats in its words', () => {
  const device = [{ name: 'ats', value: 'on' }];
  assert.throws(() => effectiveProperties({ profile: PROFILES['qemu-10.0'], device }), { message: "Property 'vfio-pci.ats' not found" });
});
