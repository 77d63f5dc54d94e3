/** The slot of a view as JSON: sizes as hex strings, null for what is not known. */
import { formatHex } from '../bytes/hex.ts';
import type { GuestRom, Slot, SlotBar } from '../slot/index.ts';
import type { SlotJson } from './schemas/slot.ts';

const sizeText = (size: bigint | null): string | null => (size === null ? null : formatHex(size));

function barJson({ index, state, kind, width, prefetchable, size, sizeFrom }: SlotBar): SlotJson['bars'][number] {
  return { index, state, kind, width, prefetchable, size: sizeText(size), sizeFrom };
}

function romJson({ state, by, size, sizeFrom }: GuestRom): SlotJson['rom'] {
  return { state, by, size: sizeText(size), sizeFrom };
}

export function slotJson({ bars, rom, interruptPin, port }: Slot): SlotJson {
  return { bars: bars.map(barJson), rom: romJson(rom), interruptPin, port };
}

/** The most parts that are kept, which bounds memory for any input. */
const MOST_KEPT = 16384;
const kept = new Map<string, string>();

/** Keeps the JSON of a part by a key that determines it: the same parts recur over a million devices. */
function keptText(key: string, make: () => unknown): string {
  let text = kept.get(key);
  if (text === undefined) {
    text = JSON.stringify(make());
    if (kept.size < MOST_KEPT) kept.set(key, text);
  }
  return text;
}

function barText(bar: SlotBar): string {
  const { index, state, kind, width, prefetchable, size, sizeFrom } = bar;
  return keptText(`${index} ${state} ${kind} ${width} ${prefetchable} ${size} ${sizeFrom}`, () => barJson(bar));
}

function portText(port: Slot['port']): string {
  const { placement, atomicCompletion: a, endEndPrefixes: e } = port;
  const atomics = `${a.code} ${a.bits32} ${a.bits64} ${a.bits128} ${a.text}`;
  return keptText(`${placement} ${atomics} ${e.code} ${e.guest} ${e.host} ${e.text}`, () => port);
}

/** The same text as `JSON.stringify(slotJson(slot))`, several times as fast. */
export function formatSlotJson({ bars, rom, interruptPin, port }: Slot): string {
  let list = '';
  for (const bar of bars) list += list === '' ? barText(bar) : `,${barText(bar)}`;
  const romText = keptText(`${rom.state} ${rom.by} ${rom.size} ${rom.sizeFrom}`, () => romJson(rom));
  const pin = interruptPin === null ? 'null' : `"${interruptPin}"`;
  return `{"bars":[${list}],"rom":${romText},"interruptPin":${pin},"port":${portText(port)}}`;
}
