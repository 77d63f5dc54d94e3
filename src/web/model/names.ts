/** Where names of vendors and devices come from: nowhere at first, a pci.ids file where one was given. */
import { signal } from '@preact/signals';
import { BUILT_IN_NAMES, type DeviceNames, parsePciIds } from '../../pure/pci/pci-ids.ts';
import { EMBEDDED } from './embedded.ts';

const given = EMBEDDED?.pciIds ?? '';

export const names = signal<DeviceNames>(given === '' ? BUILT_IN_NAMES : parsePciIds(given));
/** The file that the reader gave; null where none was given. */
export const namesFile = signal<string | null>(null);

/** Three lines in a row of a vendor and of what is below it, as only a pci.ids file has them. */
const VENDOR = /^[0-9a-f]{4} {2}\S.*\n\t[0-9a-f]{4} {2}\S.*\n\t{1,2}[0-9a-f]{4} /im;
const SAMPLE = 16 * 1024;

/** Whether a text is a pci.ids file, judged by its beginning. */
export function isPciIds(bytes: Uint8Array): boolean {
  return VENDOR.test(new TextDecoder().decode(bytes.subarray(0, SAMPLE)));
}

/** Takes the names of a pci.ids file. */
export function takePciIds(name: string, bytes: Uint8Array): void {
  namesFile.value = name;
  names.value = parsePciIds(new TextDecoder().decode(bytes));
}
