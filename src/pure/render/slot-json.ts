/** The slot of a view as JSON: sizes as hex strings, null for what is not known. */
import { formatHex } from '../bytes/hex.ts';
import type { GuestRom, Slot, SlotBar } from '../slot/index.ts';

export interface SlotJson {
  /** One for each region, and for each register of which it is not known whether it has one; what is not there has none. */
  readonly bars: readonly {
    readonly index: number;
    readonly state: SlotBar['state'];
    readonly kind: SlotBar['kind'];
    readonly width: SlotBar['width'];
    readonly prefetchable: boolean | null;
    readonly size: string | null;
    readonly sizeFrom: SlotBar['sizeFrom'];
  }[];
  readonly rom: {
    readonly state: GuestRom['state'];
    readonly by: GuestRom['by'];
    readonly size: string | null;
    readonly sizeFrom: GuestRom['sizeFrom'];
  };
  readonly interruptPin: Slot['interruptPin'];
  readonly port: Slot['port'];
}

const sizeText = (size: bigint | null): string | null => (size === null ? null : formatHex(size));

export function slotJson({ bars, rom, interruptPin, port }: Slot): SlotJson {
  return {
    bars: bars.map(bar => ({ ...bar, size: sizeText(bar.size) })),
    rom: { state: rom.state, by: rom.by, size: sizeText(rom.size), sizeFrom: rom.sizeFrom },
    interruptPin,
    port,
  };
}
