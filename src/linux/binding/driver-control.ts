/** The files by which a PCI function changes its driver (sysfs-bus-pci: driver_override, bind, unbind, drivers_probe). */
import { closeSync, constants, existsSync, openSync, writeSync } from 'node:fs';
import { readText } from '../sysfs/attribute.ts';
import { BindingError } from './binding-error.ts';
import { readLinkName, rootPrefix } from './paths.ts';

/** What the kernel can be told about a function and its driver. Every change throws BindingError where it is refused. */
export interface DriverControl {
  driverOf(address: string): string | null;
  overrideOf(address: string): string | null;
  /** null: any driver that knows the function may take it. */
  setOverride(address: string, driver: string | null): void;
  unbind(address: string, driver: string): void;
  bind(address: string, driver: string): void;
  /** Lets the drivers that are there look at the function. */
  probe(address: string): void;
  hasDriver(driver: string): boolean;
}

const HINTS: Readonly<Record<string, string>> = {
  EACCES: 'wanted root',
  EPERM: 'wanted root, and a kernel that is not locked down',
  EROFS: 'sysfs is mounted read-only here',
  ENOENT: 'there is no such file',
  ENODEV: 'the device is gone, or the driver does not take it',
  EINVAL: 'the driver does not take it, as VFIO does where no IOMMU stands behind it',
  EBUSY: 'it is in use',
};

/** One write of the whole text, as the kernel wants it; the file is never made. */
function writeAttribute(path: string, text: string, action: string): void {
  try {
    const fd = openSync(path, constants.O_WRONLY | constants.O_TRUNC);
    try {
      writeSync(fd, text);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const hint = HINTS[code];
    throw new BindingError(`Cannot ${action}: ${code} from ${path}${hint === undefined ? '' : `, ${hint}`}`);
  }
}

/** The control of the host whose file system tree begins at `root`. */
export function driverControl(root = '/'): DriverControl {
  const bus = `${rootPrefix(root)}/sys/bus/pci`;
  const device = (address: string): string => `${bus}/devices/${address}`;
  return {
    driverOf: address => readLinkName(`${device(address)}/driver`),
    overrideOf(address) {
      const text = readText(`${device(address)}/driver_override`);
      return text === null || text === '' || text === '(null)' ? null : text;
    },
    setOverride(address, driver) {
      // An empty line clears it.
      const action = driver === null ? `clear the driver_override of ${address}` : `set the driver_override of ${address} to ${driver}`;
      writeAttribute(`${device(address)}/driver_override`, `${driver ?? ''}\n`, action);
    },
    unbind: (address, driver) => writeAttribute(`${bus}/drivers/${driver}/unbind`, address, `take ${address} from ${driver}`),
    bind: (address, driver) => writeAttribute(`${bus}/drivers/${driver}/bind`, address, `give ${address} to ${driver}`),
    probe: address => writeAttribute(`${bus}/drivers_probe`, address, `find a driver for ${address}`),
    hasDriver: driver => existsSync(`${bus}/drivers/${driver}`),
  };
}
