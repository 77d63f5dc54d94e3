/** The properties that decide the guest's view, decoded once, so that realizing many devices reads plain values. */
import type { EffectiveProperties, EffectiveProperty, OnOffAuto } from '../qemu/index.ts';

/** Decoded values of vfio-pci's properties of the same meaning; `null` where the property is not set. */
export interface Settings {
  /** `auto` where the version of the VMM has no such property. */
  readonly ats: OnOffAuto;
  /** x-vpasid-cap-offset: where PASID is placed; 0 for the default place. */
  readonly pasidOffset: number;
  readonly vendorId: number | null;
  readonly deviceId: number | null;
  readonly subsystemVendorId: number | null;
  readonly subsystemId: number | null;
  /** x-pci-class-code: base class, subclass and programming interface, 24 bits. */
  readonly classCode: number | null;
  readonly multifunction: boolean;
  /** x-nv-gpudirect-clique: 0 to 15. */
  readonly clique: number | null;
  /** x-msix-relocation: `off`, `auto`, or `bar0` to `bar5`. */
  readonly msixRelocation: string;
  /** rombar and romfile: whose expansion ROM the guest has. */
  readonly rom: 'device' | 'file' | 'none';
  /** romsize: bytes of the region of a romfile; null for as many as the file needs. */
  readonly romSize: number | null;
  /** skip-vsc-check=off: a migration compares the bodies of vendor-specific capabilities too. */
  readonly comparesVendorBodies: boolean;
  readonly igd: IgdSettings;
  readonly demands: Demands;
}

/** What is asked for an Intel graphics device. */
export interface IgdSettings {
  /** x-igd-opregion: whether the guest gets a copy of the OpRegion. */
  readonly opRegion: boolean;
  /** x-igd-lpc: whether the guest's LPC bridge takes the host's identity. */
  readonly lpcBridge: boolean;
  /** x-igd-gms: stolen memory in units of 32 MiB; 0 for what the host gave. */
  readonly stolenMemory: number;
  /** x-igd-legacy-mode. */
  readonly legacyMode: OnOffAuto;
}

/** Properties that change no byte, but with which the VMM refuses some devices or all. */
export interface Demands {
  readonly display: OnOffAuto;
  /** Whether xres or yres is set. */
  readonly resolution: boolean;
  readonly ramfb: boolean;
  readonly ramfbMigration: OnOffAuto;
  readonly balloon: boolean;
  readonly vga: boolean;
  readonly migration: OnOffAuto;
  readonly failoverPair: boolean;
  readonly sriovPf: boolean;
}

/** Whether a property replaces a part of the device's identity. */
export function overridesIdentity({ vendorId, deviceId, subsystemVendorId, subsystemId, classCode }: Settings): boolean {
  return vendorId !== null || deviceId !== null || subsystemVendorId !== null || subsystemId !== null || classCode !== null;
}

/** All ones: the identity, or the size, is the device's own. */
const ANY_ID = 0xffffffff;

type Meanings = ReadonlyMap<string, EffectiveProperty>;

/** The properties by the names that QEMU's vfio-pci has for what they mean. */
function byMeaning(properties: EffectiveProperties): Meanings {
  const all = [...properties.values()];
  return all.every(({ name, means }) => name === means) ? properties : new Map(all.map(property => [property.means, property]));
}

const isOn = (properties: Meanings, name: string) => properties.get(name)?.value === true;
const isGiven = (properties: Meanings, name: string) => (properties.get(name)?.value ?? '') !== '';

function onOffAuto(properties: Meanings, name: string): OnOffAuto {
  const value = properties.get(name)?.value;
  return value === 'on' || value === 'off' ? value : 'auto';
}

function romOf(properties: Meanings): Settings['rom'] {
  const file = properties.get('romfile')?.value ?? null;
  if (Number(properties.get('rombar')?.value ?? -1) === 0 || file === '') return 'none';
  return file === null ? 'device' : 'file';
}

function igdSettings(properties: Meanings): IgdSettings {
  return {
    opRegion: isOn(properties, 'x-igd-opregion'),
    lpcBridge: isOn(properties, 'x-igd-lpc'),
    stolenMemory: Number(properties.get('x-igd-gms')?.value ?? 0),
    legacyMode: onOffAuto(properties, 'x-igd-legacy-mode'),
  };
}

function demandsOf(properties: Meanings): Demands {
  return {
    display: onOffAuto(properties, 'display'),
    resolution: ['xres', 'yres'].some(name => Number(properties.get(name)?.value ?? 0) !== 0),
    ramfb: isOn(properties, 'ramfb'),
    ramfbMigration: onOffAuto(properties, 'x-ramfb-migrate'),
    balloon: isOn(properties, 'x-balloon-allowed'),
    vga: isOn(properties, 'x-vga'),
    migration: onOffAuto(properties, 'enable-migration'),
    failoverPair: isGiven(properties, 'failover_pair_id'),
    sriovPf: isGiven(properties, 'sriov-pf'),
  };
}

/** The settings of an assigned device with these properties. */
export function settingsOf(effective: EffectiveProperties): Settings {
  const properties = byMeaning(effective);
  const number = (name: string, absent = 0) => Number(properties.get(name)?.value ?? absent);
  const id = (name: string) => (number(name, ANY_ID) === ANY_ID ? null : number(name));
  const clique = properties.get('x-nv-gpudirect-clique')?.value ?? null;
  return {
    ats: onOffAuto(properties, 'ats'),
    pasidOffset: number('x-vpasid-cap-offset'),
    vendorId: id('x-pci-vendor-id'),
    deviceId: id('x-pci-device-id'),
    subsystemVendorId: id('x-pci-sub-vendor-id'),
    subsystemId: id('x-pci-sub-device-id'),
    classCode: id('x-pci-class-code'),
    multifunction: isOn(properties, 'multifunction'),
    clique: clique === null ? null : Number(clique),
    msixRelocation: String(properties.get('x-msix-relocation')?.value ?? 'off'),
    rom: romOf(properties),
    romSize: id('romsize'),
    comparesVendorBodies: properties.get('skip-vsc-check')?.value === false,
    igd: igdSettings(properties),
    demands: demandsOf(properties),
  };
}
