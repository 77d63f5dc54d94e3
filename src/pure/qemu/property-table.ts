/** The table of the properties that devices of one VMM's version have, and the rest of its property system. */
import type { PropertyDeclaration } from './property-declarations.ts';
import type { PropertyValue } from './property-type.ts';

/** The properties of one device, and what other names reach it. */
export interface DriverProperties {
  /** Every type that the device is, itself first; compat rows and -global for any of them reach it. */
  readonly ancestors: readonly string[];
  /** By name, in name order. */
  readonly declarations: ReadonlyMap<string, PropertyDeclaration>;
}

/** The properties that the devices of one VMM's version have. */
export interface PropertyTable {
  /** The VMM: `QEMU`. */
  readonly vmm: string;
  /** Which version of it, in a few words or figures: `11.1`. */
  readonly version: string;
  /** The devices whose properties it holds; the first is the one that a host's device is assigned as. */
  readonly drivers: readonly [string, ...string[]];
  /**
   * The properties of a device.
   * @throws RangeError where the table does not hold the device
   */
  of(driver: string): DriverProperties;
  /** The tables of this VMM's versions, oldest first, this one among them. */
  versions(): readonly PropertyTable[];
  /** Whether a property can be set for all devices of a driver at once, as QEMU's -global does. */
  readonly takesGlobals: boolean;
  /** Words among a device's properties on a command line that are no properties: the VMM takes them out before it sets the others. */
  readonly lineKeys: ReadonlySet<string>;
  /** The declaration that answers for a name which no device lists; undefined for any other name. */
  unlisted(name: string): PropertyDeclaration | undefined;
  /** The VMM's words for a property that the device does not have. */
  unknownWords(driver: string, name: string): string;
  /** Runs the checks that come once all properties are set. Throws PropertyError. */
  check(driver: string, properties: ReadonlyMap<string, { readonly value: PropertyValue }>): void;
}
