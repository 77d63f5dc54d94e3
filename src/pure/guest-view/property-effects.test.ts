/** Compares what pure/machine says of a property's effect with the view: each that changes it does, and each that leaves it does. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostIommu, optionsFor } from '../../../test/fixtures/realize-with.ts';
import { formatHexBytes } from '../bytes/hex.ts';
import { buildConfigSpace, type CapabilityPart } from '../pci/builder.ts';
import type { ConfigSpace } from '../pci/config-space.ts';
import { PROFILES, type Profile } from '../profiles/index.ts';
import { effectiveProperties, type PropertyDeclaration } from '../qemu/index.ts';
import { settingsOf } from '../rules/settings.ts';
import { guestBarSizes, guestRomSize } from './guest-bar-sizes.ts';
import { guestBytes } from './guest-view.ts';
import { guestMasks } from './masks.ts';
import { realize } from './realize.ts';

const zeros = (bytes: number) => '00'.repeat(bytes);
const pm: CapabilityPart = { id: 0x01, offset: 0x40, body: '030000000000' };
const express: CapabilityPart = { id: 0x10, offset: 0x70, body: `0200${zeros(56)}` };
const msix: CapabilityPart = { id: 0x11, offset: 0xb0, body: '03000000000000200000' };
const vendor: CapabilityPart = { id: 0x09, offset: 0xc0, body: '08a1b2c3d4e5' };

function device(vendorId: number, deviceId: number, classCode: number, registers: Readonly<Record<number, string>> = {}): ConfigSpace {
  return buildConfigSpace({
    ...{ vendorId, deviceId, classCode, subsystemVendorId: 0x1af4, subsystemId: 0x1100, interruptPin: 1 },
    bars: [0x0c, 0, 0x08],
    standard: [pm, express, msix, vendor],
    extended: [
      { id: 0x0f, offset: 0x100, body: zeros(4) },
      { id: 0x03, offset: 0x110, body: '8877665544332211' },
    ],
    override: Object.entries(registers).map(([at, bytes]) => ({ at: Number(at), bytes })),
  });
}

const DEVICES = {
  gpu: device(0x10de, 0x2204, 0x030000),
  network: device(0x1af5, 0x0001, 0x020000),
  graphics: device(0x8086, 0x3e92, 0x030000, { 80: 'c102', 92: '0100008c', 252: '1880e586' }),
  raid: device(0x8086, 0x201d, 0x010400),
};

const SIZES = [0x4000, 0, 0x1000, 0, 0, 0];

/** Property assignments: all that is done with one device is done to all of them. */
interface Trial {
  readonly driver: string;
  readonly profile: Profile;
  readonly name: string;
  readonly value: string | null;
}

/** What must be set beside a property so that it can do something. */
const BESIDE: Readonly<Record<string, { readonly name: string; readonly value: string }>> = {
  romsize: { name: 'romfile', value: 'rom.bin' },
};

/** All that a guest, a migration and the owner of the VM meet of a device, as text. */
function outcome(config: ConfigSpace, { driver, profile, name, value }: Trial): string {
  const beside = Object.hasOwn(BESIDE, name) ? [BESIDE[name]] : [];
  const properties = effectiveProperties({
    driver,
    profile,
    device: value === null ? beside : [...beside, { name, value }],
  });
  const settings = settingsOf(properties);
  const choices = { profile, hostIommu: hostIommu('supported', 20), viommuPasid: true, barSizes: SIZES };
  const realized = realize(optionsFor(config, { ...choices, settings }));
  if (realized.outcome === 'failed') return JSON.stringify([realized.error, realized.messages]);
  const romSize = guestRomSize(settings, 0x10000);
  const sizes = romSize === null ? SIZES : [...SIZES, romSize];
  const { write, compare } = guestMasks(realized, sizes, settings.comparesVendorBodies);
  const bytes = [guestBytes(realized).bytes, write, compare].map(formatHexBytes);
  return JSON.stringify([bytes, guestBarSizes(realized, SIZES), romSize, realized.messages]);
}

/** Valid values of a type, among them one that is not the default. */
const BY_TYPE: Readonly<Record<string, readonly string[]>> = {
  bool: ['on', 'off'],
  OnOffAuto: ['on', 'off', 'auto'],
  OffAutoPCIBAR: ['bar2', 'auto'],
  int32: ['0', '1'],
  uint8: ['1'],
  uint16: ['0x200'],
  uint32: ['0x1000', '1'],
  size: ['4096', '65536'],
};
const BY_NAME: Readonly<Record<string, readonly string[]>> = {
  addr: ['05.0'],
  host: ['0000:3b:00.0'],
  'vf-token': ['12345678-1234-1234-1234-123456789abc'],
  romfile: ['', 'rom.bin'],
  'x-pci-class-code': ['0x088000'],
  'x-igd-gms': ['3'],
  iommu: ['on'],
  pci_device_id: ['5'],
  pci_segment: ['1'],
  x_exclude_mmap_bars: ['[0,2-4]'],
  x_nv_gpudirect_clique: ['1'],
};

const ALL_PROFILES: readonly Profile[] = Object.values(PROFILES);

function declarationOf({ properties }: Profile, driver: string, name: string): PropertyDeclaration | undefined {
  return properties?.drivers.includes(driver) ? properties.of(driver).declarations.get(name) : undefined;
}

/** One that cannot be set has none. */
function valuesOf(profile: Profile, driver: string, name: string): readonly string[] {
  const declaration = declarationOf(profile, driver, name);
  if (declaration === undefined || name === 'busnr') return [];
  return BY_NAME[name] ?? BY_TYPE[declaration.type.name] ?? ['x'];
}

/** The profiles and devices of which some value changes something, of all where the property can be set. */
function changed(driver: string, name: string): { readonly tried: number; readonly changes: readonly string[] } {
  const changes: string[] = [];
  let tried = 0;
  for (const profile of ALL_PROFILES) {
    const values = valuesOf(profile, driver, name);
    if (values.length === 0) continue;
    for (const [kind, config] of Object.entries(DEVICES)) {
      const before = outcome(config, { driver, profile, name, value: null });
      for (const value of values) {
        tried++;
        if (outcome(config, { driver, profile, name, value }) !== before) changes.push(`${profile.name}: ${name}=${value} of the ${kind}`);
      }
    }
  }
  return { tried, changes };
}

/** A guest's IOMMUs and the device of a server, which no view is made of. */
const NOT_SEEN: readonly string[] = ['vfio-user-pci', 'arm-smmuv3', 'intel-iommu', 'amd-iommu', 'virtio-iommu-pci'];

/** Every property of every profile's assigned devices, each once. */
const judged = new Map<string, { readonly driver: string; readonly name: string; readonly changesView: boolean }>();
for (const profile of ALL_PROFILES) {
  const drivers = profile.properties?.drivers ?? [];
  for (const driver of drivers.filter(name => !NOT_SEEN.includes(name))) {
    for (const { name, effect } of profile.properties?.of(driver).declarations.values() ?? []) {
      const isOfFirst = driver !== drivers[0] && declarationOf(profile, drivers[0] ?? '', name) !== undefined;
      if (!isOfFirst) judged.set(`${driver}.${name}`, { driver, name, changesView: effect.changesView });
    }
  }
}

for (const [whole, { driver, name, changesView }] of judged) {
  test(`${whole} ${changesView ? 'changes the view of some device' : 'leaves every view as it is'}`, () => {
    const { tried, changes } = changed(driver, name);
    assert.ok(tried > 0 || name === 'busnr');
    if (!changesView) assert.deepEqual(changes, []);
    else assert.notEqual(changes.length, 0, `${tried} values of ${name} changed nothing`);
  });
}
