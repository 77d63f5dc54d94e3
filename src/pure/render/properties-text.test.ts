import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_PROFILE, ownProperties, PROFILES, type Profile, type ProfileName } from '../profiles/index.ts';
import type { DriverName } from '../qemu/index.ts';
import { propertyFacts } from '../qemu/property-facts.ts';
import { bool } from '../qemu/property-types/words.ts';
import { propertiesJson } from '../reports/properties-json.ts';
import { createPainter, PLAIN } from './paint.ts';
import { formatProperties, formatProperty } from './properties-text.ts';

const NO_EFFECT = { changesView: false, text: 'does nothing' };

function whole(name: string, driver: DriverName = 'vfio-pci', profile: ProfileName = 'airlock'): string {
  const facts = propertyFacts(driver, PROFILES[profile]).find(other => other.name === name);
  return facts === undefined
    ? assert.fail(name)
    : formatProperty(facts, PROFILES[profile], PLAIN)
        .join('\n')
        .replace(/\n {13}/g, ' ');
}

test('formatProperty says what the tables show of one property, and nothing beyond them', () => {
  const ats = whole('ats');
  assert.match(ats, /^vfio-pci\.ats\n/);
  for (const line of [
    'type       OnOffAuto',
    'takes      auto, on or off',
    'default    auto',
    'version    since 11.1, or a version between 10.0 and 11.1',
    'rows       on: pc-i440fx-5.2 to pc-i440fx-11.0, pc-q35-5.2 to pc-q35-11.0, virt-5.2 to virt-11.0; a row of the airlock profile, QEMU as released has none',
  ]) {
    assert.ok(ats.includes(`\n  ${line}`), `${line}\n${ats}`);
  }
  assert.match(ats, /view {7}changes it: the ATS capability is shown, masked/);
  assert.match(whole('bootindex'), /view {7}stays as it is: the property goes into the firmware's boot order/);
  assert.match(whole('ats', 'vfio-pci', 'qemu-11.1'), /rows {7}no machine type sets it$/);
  assert.match(whole('oas', 'arm-smmuv3'), /version {4}not known: there is no table of arm-smmuv3 in QEMU 10\.0/);
  assert.match(whole('oas', 'arm-smmuv3'), /takes {6}auto, 44 or 48\n/);
  assert.match(whole('x-igd-opregion'), /default {4}on; off in QEMU 10\.0\n/);
  assert.match(whole('x-pcie-extcap-init', 'vfio-pci', 'qemu-10.0'), /version {4}10\.0 has it, 11\.1 has it no more\n/);
  assert.match(whole('x-pcie-ext-tag'), /rows {7}off \(a row for pci-device\): /);
});

test('formatProperties has every property with its type, and no line beyond its width', () => {
  for (const [driver, profile] of [
    ['vfio-pci', 'airlock'],
    ['vfio-pci-nohotplug', 'qemu-10.0'],
    ['arm-smmuv3', 'qemu-11.1'],
  ] as const) {
    const all = propertyFacts(driver, PROFILES[profile]);
    const lines = formatProperties(all, PLAIN);
    for (const { name, declaredType } of all)
      assert.ok(
        lines.some(line => line.startsWith(`${name}=${declaredType} (default `)),
        name,
      );
    for (const width of [40, 60, 80, 120]) {
      const paint = createPainter({ width });
      const wide = [...formatProperties(all, paint), ...all.flatMap(facts => formatProperty(facts, PROFILES[profile], paint))];
      assert.deepEqual(
        wide.filter(line => line.length > width),
        [],
      );
    }
  }
});

test('propertiesJson survives JSON, numbers beyond a double too', () => {
  const document = propertiesJson('vfio-pci', 'airlock', propertyFacts('vfio-pci', PROFILES.airlock));
  assert.deepEqual(JSON.parse(JSON.stringify(document)), document);
  const queued = document.properties.find(({ name }) => name === 'x-migration-max-queued-buffers-size');
  assert.equal(queued?.default, '18446744073709551615');
  assert.equal(document.properties.find(({ name }) => name === 'host')?.default, null);
});

test('formatProperty of a VMM with one table and no machine types claims no other version, and no rows', () => {
  const declaration = { ...{ name: 'on', type: bool, declaredType: 'bool', default: false, help: 'a switch' }, effect: NO_EFFECT };
  const properties = ownProperties({ vmm: 'Visor', version: '3', driver: 'device', declarations: [declaration] });
  const profile: Profile = { ...DEFAULT_PROFILE, name: 'visor-3', properties, machines: null };
  const [facts] = propertyFacts('device', profile);
  assert.ok(facts !== undefined);
  assert.deepEqual(formatProperty(facts, profile, PLAIN).slice(-3), [
    '  version    Visor 3',
    '  view       stays as it is: the property does nothing',
    '  rows       profile visor-3 has no machine types',
  ]);
});
