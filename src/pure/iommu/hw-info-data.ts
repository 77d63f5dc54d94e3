/** What the HW_INFO data of every IOMMU type share: notes, and decoding bytes that an older or newer kernel made shorter or longer. */
import { bytesSource, type Fields, type Layout, type Pieces } from '../bytes/layout.ts';

/** Something to know about a report: `code` is stable, `text` is one sentence for people. A note changes no answer. */
export interface HwInfoNote {
  readonly code: string;
  readonly text: string;
}

/** Fields by register; a register that the data is too short for is absent. */
export interface DecodedData<P extends Pieces> {
  readonly fields: Partial<Fields<P>>;
  readonly notes: readonly HwInfoNote[];
}

/** Fields as an encoder takes them: reserved bytes may be left out. */
export type EncodableFields<P extends Pieces> = Omit<Fields<P>, 'reserved'> & { readonly reserved?: string | undefined };

/** Decodes `data` by the struct's layout; never throws. `struct` gives the C name and the size that this kernel header knows. */
export function decodeData<P extends Pieces>(
  layout: Layout<P>,
  struct: { readonly name: string; readonly size: number },
  data: Uint8Array,
): DecodedData<P> {
  const { fields } = layout.decode(bytesSource(data), 0);
  const notes: HwInfoNote[] = [];
  if (data.length < struct.size) {
    const text = `The report holds ${data.length} of the ${struct.size} bytes of ${struct.name}: the registers behind them are not known.`;
    notes.push({ code: 'hw-info.short', text });
  }
  // The kernel fills a larger buffer with zeros, so only bytes other than 0 are worth a note.
  if (data.subarray(struct.size).some(byte => byte !== 0)) {
    const text = `The report holds ${data.length} bytes, ${struct.name} has ${struct.size}: the kernel knows more than is decoded here.`;
    notes.push({ code: 'hw-info.longer', text });
  }
  return { fields, notes };
}
