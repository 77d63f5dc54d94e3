/** The ids of devices: which are refused, which are given twice, and which may be the names of buses that are not PCI. */
import type { DefinedDevice } from '../../definition.ts';
import { findDriver } from './driver.ts';
import { Refusal } from './refusal.ts';

/** QEMU's identifiers. */
const isIdentifier = (id: string): boolean => /^[A-Za-z][A-Za-z0-9._-]*$/.test(id);

/** Controllers that make such buses, which are counted on from the machine's own. */
const IDE_CONTROLLERS = ['ich9-ahci', 'ahci', 'piix3-ide', 'piix4-ide'];

/** Buses that devices of other kinds make, which are not counted here. */
const OTHER_BUS = /^(?:usb-bus|virtio-bus|virtio-serial-bus|scsi|i2c|floppy-bus|sd-bus|nvme-bus|ufs-bus|hda|ccid-bus)(?:\.\d+)?$/;

interface NamedDevice {
  readonly device: DefinedDevice;
  readonly isJson: boolean;
}

/** All ids of a definition. */
export class NameBook {
  readonly #all: readonly NamedDevice[];
  /** Of devices that were made. */
  readonly #claimed = new Set<string>();
  /** Of devices that were not made, why in words: a bus of that name might have been theirs. */
  readonly #lost = new Map<string, string>();
  readonly #ids: ReadonlyMap<string, string>;
  /** By the number of the device: what QEMU says of it while it reads its command line. */
  readonly parseErrors: ReadonlyMap<number, Refusal>;

  constructor(all: readonly NamedDevice[]) {
    this.#all = all;
    this.#ids = new Map(all.flatMap(({ device: { id, driver } }): [string, string][] => (id === null ? [] : [[id, driver]])));
    this.parseErrors = this.#readOptions();
  }

  /** Options that are not JSON are read before any device is made; of two for one id the later is refused. */
  #readOptions(): Map<number, Refusal> {
    const errors = new Map<number, Refusal>();
    const seen = new Set<string>();
    for (const [index, { device, isJson }] of this.#all.entries()) {
      const { id, origin } = device;
      if (id === null || isJson) continue;
      if (!isIdentifier(id)) errors.set(index, new Refusal('place.id', "Parameter 'id' expects an identifier", { origin }));
      else if (seen.has(id)) {
        errors.set(index, new Refusal('place.id', `Duplicate ID '${id}' for device`, { mend: { kind: 'id', id }, origin }));
      } else seen.add(id);
    }
    return errors;
  }

  /** @throws Refusal for a device that QEMU does not take from its command line */
  refuseUnparsed(index: number): void {
    const error = this.parseErrors.get(index);
    if (error) throw error;
  }

  /**
   * Gives a device its id.
   * @throws Refusal in the words of QEMU
   */
  claim({ id, origin }: DefinedDevice, index: number): void {
    if (id === null) return;
    if (this.#all[index]?.isJson && !isIdentifier(id)) throw new Refusal('place.id', `Invalid qdev ID '${id}'`, { origin });
    if (this.#claimed.has(id)) throw new Refusal('place.id', `Duplicate device ID '${id}'`, { mend: { kind: 'id', id }, origin });
    this.#claimed.add(id);
  }

  /** Whether some device has an id. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }

  /** Notes that a device was refused, or that it is not known whether it is made. */
  lose({ id }: DefinedDevice, { isUnknown }: Refusal): void {
    if (id !== null) this.#lost.set(id, isUnknown ? 'of which it is not known what it is' : 'which is refused');
  }

  /** Why it is not known whether there is a bus of a name; null where there is certainly none. */
  doubt(name: string): string | null {
    if (name.includes('/')) return 'a bus that is named by a path is not looked for';
    const lost = this.#lost.get(name);
    if (lost !== undefined) return `the bus is that of ${name}, ${lost}`;
    const isIde =
      /^ide\.\d+$/.test(name) && this.#all.some(({ device: { driver, id } }) => id === null && IDE_CONTROLLERS.includes(driver));
    if (isIde || OTHER_BUS.test(name)) return `whether there is a bus ${name}, which is no PCI bus, is not known`;
    const owner = this.#ids.has(name) ? name : name.replace(/\.\d+$/, '');
    const driver = this.#ids.get(owner);
    if (driver === undefined) return null;
    const known = findDriver(driver);
    // A device calls its own bus by its id, one of several with a number behind it.
    const isPlain = owner === name && known?.isPci && !known.driver.isBridge && known.driver.name !== 'nvme' && known.driver.name !== 'ufs';
    return isPlain || (known?.isPci && known.driver.isBridge) ? null : `whether ${owner} makes a bus ${name} is not known`;
  }
}
