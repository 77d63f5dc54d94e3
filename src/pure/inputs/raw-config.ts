/** Raw config space, as sysfs gives it in a device's `config` file (Linux Documentation/PCI/sysfs-pci.rst). */
import { ConfigSpace } from '../pci/config-space.ts';

/** 64 without privilege, 256 for a conventional function, 4096 for PCI Express. */
export const RAW_SIZES: readonly number[] = [64, 256, 4096];

/**
 * Takes the bytes without a copy.
 * @throws RangeError for a length that no config space has
 */
export function parseRawConfig(bytes: Uint8Array): ConfigSpace {
  if (!RAW_SIZES.includes(bytes.length)) {
    throw new RangeError(`cannot take ${bytes.length} bytes as a raw config space: wanted ${RAW_SIZES.join(', ')} bytes`);
  }
  return new ConfigSpace(bytes);
}
