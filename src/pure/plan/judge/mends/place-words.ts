/** What mends a place that was refused, in the words of the format that the definition was written in. */
import { hexDigits } from '../../../bytes/hex.ts';
import type { FormatName } from '../../definition.ts';
import { formatAddress } from '../places/occupy.ts';
import type { Mend } from '../places/refusal.ts';

type PlaceMend = Exclude<Mend, { readonly kind: 'setting' }>;

/** As options of QEMU, which other formats take over as they are. */
function inQemuWords(mend: PlaceMend): string {
  switch (mend.kind) {
    case 'address':
      return `addr=${formatAddress(mend.devfn)} is free on ${mend.bus}`;
    case 'multifunction':
      return `multifunction=on for ${mend.of} at ${formatAddress(mend.devfn)}`;
    case 'bus':
      return `bus=${mend.name}`;
    case 'number':
      return mend.option === 'cxl' ? '-machine cxl=on' : `${mend.option}=${mend.value}`;
    case 'id':
      return `another id than ${mend.id}`;
    case 'order':
      return `-device of ${mend.of} before this one`;
  }
}

function numberInLibvirt(option: string, value: number): string {
  if (option === 'cxl') return '-machine cxl=on in <qemu:commandline>';
  if (option === 'acpi-index') return `<acpi index='${value}'/>`;
  return `<target> with ${option === 'bus_nr' ? 'busNr' : option.replace('_nr', 'Nr')}='${value}'`;
}

/** As attributes of libvirt's domain XML. */
function inLibvirtWords(mend: PlaceMend): string {
  switch (mend.kind) {
    case 'address':
      return `<address> with slot='0x${hexDigits(mend.devfn >> 3, 2)}' is free on ${mend.bus}`;
    case 'multifunction':
      return `multifunction='on' in the <address> of ${mend.of} at slot 0x${hexDigits(mend.devfn >> 3, 2)}`;
    case 'bus': {
      const index = /^pcie?\.(\d+)$/.exec(mend.name)?.[1];
      return index === undefined ? `<address> on ${mend.name}` : `<address> with bus='0x${hexDigits(Number(index), 2)}'`;
    }
    case 'number':
      return numberInLibvirt(mend.option, mend.value);
    case 'id':
      return `<alias> with another name than ${mend.id}`;
    case 'order':
      return `<controller> of ${mend.of} with a lower index`;
  }
}

/** In the words of a format; null where it has none for it. */
export function mendWords(mend: Mend | null, format: FormatName): string | null {
  if (mend === null) return null;
  // What mends a property is put into the words of all formats behind this.
  if (mend.kind === 'setting') return mend.words;
  if (format === 'libvirt') return inLibvirtWords(mend);
  return format === 'qemu' || format === 'proxmox' || format === 'incus' ? inQemuWords(mend) : null;
}
