/** Logs of starts, from which nothing starts: values written into one have no effect. */
import type { FormatName } from '../definition.ts';

/** What libvirt writes before the command line of each start. */
const LIBVIRT_START = /^\d{4}-\d\d-\d\d [\d:.+]+: starting up/m;

/** Whether a definition is a log of what was started, and whose: by libvirt's own lines, or by the name of the file. */
export function isStartLog(
  { format, file }: { readonly format: FormatName; readonly file: string },
  text: string,
): 'libvirt' | 'named' | false {
  if (format !== 'qemu') return false;
  if (LIBVIRT_START.test(text)) return 'libvirt';
  return /\.log(?:\.\d{1,4})?$/.test(file) ? 'named' : false;
}
