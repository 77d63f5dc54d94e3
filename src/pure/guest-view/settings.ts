/** The properties that decide the guest's view, decoded once, so that realizing many devices reads plain values. */
import type { EffectiveProperties, OnOffAuto } from '../machine/index.ts';

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
}

/** Whether a property replaces a part of the device's identity. */
export function overridesIdentity({ vendorId, deviceId, subsystemVendorId, subsystemId, classCode }: Settings): boolean {
  return vendorId !== null || deviceId !== null || subsystemVendorId !== null || subsystemId !== null || classCode !== null;
}

/** PCI_ANY_ID: the identity is the device's own. */
const ANY_ID = 0xffffffff;

/** The settings of a vfio-pci device with these properties. */
export function settingsOf(properties: EffectiveProperties): Settings {
  const number = (name: string, absent = 0) => Number(properties.get(name)?.value ?? absent);
  const id = (name: string) => (number(name, ANY_ID) === ANY_ID ? null : number(name));
  return {
    ats: (properties.get('ats')?.value ?? 'auto') as OnOffAuto,
    pasidOffset: number('x-vpasid-cap-offset'),
    vendorId: id('x-pci-vendor-id'),
    deviceId: id('x-pci-device-id'),
    subsystemVendorId: id('x-pci-sub-vendor-id'),
    subsystemId: id('x-pci-sub-device-id'),
    classCode: id('x-pci-class-code'),
    multifunction: properties.get('multifunction')?.value === true,
  };
}
