/** The lines of pci.ids that name some devices, so that a page shows the names that this machine knows. */
import { hexDigits } from '../../pure/bytes/hex.ts';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import type { DeviceNames } from '../../pure/pci/pci-ids.ts';
import { PCI_CLASS_REVISION, PCI_SUBSYSTEM_VENDOR_ID, PCI_VENDOR_ID } from '../../pure/spec/pci-regs.ts';

/** Lines by number, each with those below it. */
class Names extends Map<string, { readonly name: string; readonly below: Names }> {
  /** The names below `id`, which is added where it has a name. */
  add(id: string, name: string | null): Names {
    const known = this.get(id);
    if (known !== undefined) return known.below;
    const below = new Names();
    if (name !== null) this.set(id, { name, below });
    return below;
  }

  lines(indent = ''): string[] {
    return [...this].flatMap(([id, { name, below }]) => [`${indent}${id}  ${name}`, ...below.lines(`${indent}\t`)]);
  }
}

/** Vendors, devices, boards and classes of these devices as far as they have a name, in the format of pci.ids. */
export function deviceNameLines(devices: Iterable<DeviceFacts>, names: DeviceNames): string {
  const [vendors, classes] = [new Names(), new Names()];
  for (const { config, virtualFunction } of devices) {
    const ids = config.read(PCI_VENDOR_ID, 4);
    const classCode = config.read(PCI_CLASS_REVISION, 4);
    if (ids === undefined || classCode === undefined) continue;
    const [vendorId, deviceId] = [virtualFunction?.vendorId ?? ids & 0xffff, virtualFunction?.deviceId ?? ids >>> 16];
    const device = vendors
      .add(hexDigits(vendorId, 4), names.vendor(vendorId))
      .add(hexDigits(deviceId, 4), names.device(vendorId, deviceId));
    const board = config.read(PCI_SUBSYSTEM_VENDOR_ID, 4);
    if (board !== undefined) {
      const [subsystemVendorId, subsystemId] = [board & 0xffff, board >>> 16];
      const name = names.subsystem(vendorId, deviceId, subsystemVendorId, subsystemId);
      vendors.add(hexDigits(subsystemVendorId, 4), names.vendor(subsystemVendorId));
      device.add(`${hexDigits(subsystemVendorId, 4)} ${hexDigits(subsystemId, 4)}`, name);
    }
    const { baseClass, subclass, programmingInterface } = names.classNames(classCode >>> 8);
    classes
      .add(`C ${hexDigits(classCode >>> 24, 2)}`, baseClass)
      .add(hexDigits((classCode >>> 16) & 0xff, 2), subclass)
      .add(hexDigits((classCode >>> 8) & 0xff, 2), programmingInterface);
  }
  return [...vendors.lines(), ...classes.lines()].map(line => `${line}\n`).join('');
}
