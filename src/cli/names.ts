/** Names of devices from the host's own pci.ids, the file that lspci reads; it is loaded only when a name is needed. */
import { readFileSync } from 'node:fs';
import { BUILT_IN_NAMES, type DeviceNames, parsePciIds } from '../pure/pci/pci-ids.ts';
import { refusalWords } from '../service/system-words.ts';
import { printError } from './output.ts';

const PLACES = ['/usr/share/misc/pci.ids', '/usr/share/hwdata/pci.ids', '/usr/share/pci.ids', '/usr/local/share/pci.ids'];

let loaded: DeviceNames | undefined;

/** The names of the host's pci.ids, or of the file in AIRLOCK_PCI_IDS; without either only names of classes. */
export function deviceNames(): DeviceNames {
  loaded ??= load();
  return loaded;
}

/** Matches a line of pci.ids that names a vendor or a class. */
const NAMED = /^(?:[0-9a-f]{4}|C [0-9a-f]{2}) /im;

/** The names in a file that the user chose; warns where it has none, unless it is empty as /dev/null is. */
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
      // Without a readable file ids stay numbers, which is no error.
    }
  }
  return BUILT_IN_NAMES;
}
