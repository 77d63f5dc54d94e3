/** Names of devices from the host's own pci.ids, the file that lspci reads; it is loaded only when a name is needed. */
import { readFileSync } from 'node:fs';
import { BUILT_IN_NAMES, type DeviceNames, parsePciIds } from '../pure/pci/pci-ids.ts';
import { refusalWords } from '../service/system-words.ts';
import { printError } from './output.ts';

const PLACES = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids', '/usr/local/share/pci.ids'];

let loaded: DeviceNames | undefined;

/** The host's names; only those of classes where it has no pci.ids. AIRLOCK_PCI_IDS names another file. */
export function deviceNames(): DeviceNames {
  loaded ??= load();
  return loaded;
}

/** A line of a vendor or a class, as pci.ids has them. */
const NAMED = /^(?:[0-9a-f]{4}|C [0-9a-f]{2}) /im;

/** The names of a file that the user chose; one that gives none is told, but for one without a byte, such as /dev/null. */
function loadChosen(path: string): DeviceNames {
  let fault = 'it is no pci.ids';
  try {
    const text = readFileSync(path, 'utf8');
    if (text === '' || NAMED.test(text)) return parsePciIds(text);
  } catch (error) {
    fault = refusalWords(error);
  }
  printError(`airlock: warning: AIRLOCK_PCI_IDS gives no names: ${path}: ${fault}`);
  return BUILT_IN_NAMES;
}

function load(): DeviceNames {
  const { AIRLOCK_PCI_IDS } = process.env;
  if (AIRLOCK_PCI_IDS === '') return BUILT_IN_NAMES;
  if (AIRLOCK_PCI_IDS !== undefined) return loadChosen(AIRLOCK_PCI_IDS);
  for (const path of PLACES) {
    try {
      return parsePciIds(readFileSync(path, 'utf8'));
    } catch {
      // Names are a comfort: a file that is not there or cannot be read leaves the ids as numbers.
    }
  }
  return BUILT_IN_NAMES;
}
