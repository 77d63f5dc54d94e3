/** The property tables of QEMU as released, one for each version. */
import type { DriverName, QemuVersion } from './generated-table.ts';
import { driverAncestors, hiddenDeclaration, knownDrivers, propertyDeclarations } from './property-declarations.ts';
import type { PropertyTable } from './property-table.ts';
import { checkRealizeLimits } from './realize-limits.ts';

/** The versions whose tables there are, oldest first. */
export const QEMU_VERSIONS: readonly QemuVersion[] = ['10.0', '11.1'];

/** Words of a -device line that are no properties of the device. */
const LINE_KEYS: ReadonlySet<string> = new Set(['bus', 'driver', 'id']);

function qemuTable(version: QemuVersion): PropertyTable {
  const drivers = knownDrivers(version);
  const isKnown = (driver: string): driver is DriverName => drivers.some(known => known === driver);
  return {
    vmm: 'QEMU',
    version,
    drivers,
    of(driver) {
      if (!isKnown(driver)) throw new RangeError(`there is no table of ${driver} in QEMU ${version}`);
      return { ancestors: driverAncestors(driver, version), declarations: propertyDeclarations(driver, version) };
    },
    versions: () => QEMU_VERSIONS.map(each => QEMU_PROPERTIES[each]),
    takesGlobals: true,
    lineKeys: LINE_KEYS,
    unlisted: hiddenDeclaration,
    unknownWords: (driver, name) => `Property '${driver}.${name}' not found`,
    check: checkRealizeLimits,
  };
}

/** The tables by version. */
export const QEMU_PROPERTIES: Readonly<Record<QemuVersion, PropertyTable>> = { '10.0': qemuTable('10.0'), '11.1': qemuTable('11.1') };
