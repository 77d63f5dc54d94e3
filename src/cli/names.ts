/** Names of devices from the host's own pci.ids, the file that lspci reads; it is loaded only when a name is needed. */
import { readFileSync } from 'node:fs';
import { BUILT_IN_NAMES, type DeviceNames, parsePciIds } from '../pure/pci/pci-ids.ts';

const PLACES = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids', '/usr/local/share/pci.ids'];

let loaded: DeviceNames | undefined;

/** The host's names; only those of classes where it has no pci.ids. AIRLOCK_PCI_IDS names another file. */
export function deviceNames(): DeviceNames {
  loaded ??= load();
  return loaded;
}

function load(): DeviceNames {
  const { AIRLOCK_PCI_IDS } = process.env;
  for (const path of AIRLOCK_PCI_IDS === undefined ? PLACES : [AIRLOCK_PCI_IDS]) {
    try {
      return parsePciIds(readFileSync(path, 'utf8'));
    } catch {
      // Names are a comfort: a file that is not there or cannot be read leaves the ids as numbers.
    }
  }
  return BUILT_IN_NAMES;
}
