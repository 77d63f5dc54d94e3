/** Lines above a hex dump that name the device: its address, or the path of the file that was dumped. */
import { Bdf } from '../../pci/bdf.ts';
import type { FormLine } from './hex-form.ts';

const ADDRESS = String.raw`(?:[0-9a-f]{4,8}:)?[0-9a-f]{2}:[01][0-9a-f]\.[0-7]`;
/** As lspci begins a device, perhaps between marks. */
const TITLE = new RegExp(`^[=#*\\s]{0,8}(${ADDRESS})(?=[:\\s=#*]|$)`, 'i');
/** A file of sysfs or procfs, in whatever command. */
const PATH = new RegExp(`/(?:sys|proc)/\\S{0,200}?/(${ADDRESS})(?:/config)?(?=["'\\s:]|$)`, 'i');
const LONGEST = 400;

/** null for a line that names no device. */
export function matchTitle(text: string): (FormLine & { readonly kind: 'device' }) | null {
  if (text.length > LONGEST) return null;
  const address = (TITLE.exec(text) ?? PATH.exec(text))?.[1];
  return address === undefined ? null : { kind: 'device', bdf: Bdf.parse(address), at: 0 };
}
