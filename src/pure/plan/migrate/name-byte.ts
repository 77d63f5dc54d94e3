/** Names a byte of config space as people do: by capability and register field, on both sides of a migration. */
import { compare } from '../../guest-view/index.ts';
import { capabilityLabel } from '../../pci/capability-names.ts';
import { ConfigSpace } from '../../pci/config-space.ts';
import { decodeDevice, holdsByte } from '../../pci/decode-device.ts';
import { PCI_STD_HEADER_SIZEOF } from '../../spec/pci-regs.ts';

/** A byte on one side. */
export interface NamedByte {
  /** `header`, `ATS [1b0]`, or `no capability`. */
  readonly place: string;
  /** Fields that the byte changes, with their values on this side: `control.smallestTranslationUnit = 0`; empty where none is known. */
  readonly fields: readonly string[];
}

function placeOf(config: ConfigSpace, at: number): string {
  if (at < PCI_STD_HEADER_SIZEOF) return 'header';
  const holder = decodeDevice(config).capabilities.find(capability => holdsByte(capability, at));
  return holder === undefined ? 'no capability' : capabilityLabel(holder.ref);
}

/** The fields of `own` that would be others if the byte at `at` were `other`. */
function fieldsOf(own: ConfigSpace, at: number, other: number): string[] {
  const bytes = own.bytes.slice();
  bytes[at] = other;
  const changed = new ConfigSpace(bytes, own.isWhole ? null : Uint8Array.from(bytes, (_, i) => Number(own.isKnown(i))));
  return compare({ config: own }, { config: changed })
    .differences.filter(({ field, place }) => field !== '' && place !== 'bytes')
    .map(({ field, a }) => `${field} = ${a ?? 'not there'}`);
}

/** Names the byte at `at` on both sides; `read` is the source's, `device` the destination's. */
export function nameByte(source: ConfigSpace, destination: ConfigSpace, at: number): { source: NamedByte; destination: NamedByte } {
  const [read, device] = [source.bytes[at] ?? 0, destination.bytes[at] ?? 0];
  return {
    source: { place: placeOf(source, at), fields: fieldsOf(source, at, device) },
    destination: { place: placeOf(destination, at), fields: fieldsOf(destination, at, read) },
  };
}
