/** The text of base address registers, the expansion ROM and the windows of bridges. */
import { hexDigits } from '../../bytes/hex.ts';
import { type Bar, type MemoryType, ROM_INDEX } from '../../pci/bars.ts';
import type { BridgeWindow } from '../../pci/bridge-windows.ts';
import { ALL_ONES } from '../../spec/pcie.ts';

const MEMORY_WORDS: Readonly<Record<MemoryType, string>> = {
  '32-bit': '32-bit',
  'below-1M': 'low-1M',
  '64-bit': '64-bit',
  reserved: 'type 3',
};

/** `Region 0: Memory at fc700000 (64-bit, non-prefetchable)`; `-v` leaves out the number. */
export function formatBar(bar: Bar, verbosity: number): string {
  const label = verbosity > 1 ? `\tRegion ${bar.index}: ` : '\t';
  const disabled = bar.enabled ? '' : ' [disabled]';
  if (bar.kind === 'io') {
    // Ports from 0 up are a place like any other as soon as the function decodes them.
    const place = bar.address === 0n && !bar.enabled ? '<unassigned>' : hexDigits(bar.address, 4);
    return `${label}I/O ports at ${place}${disabled}`;
  }
  const place = bar.address === 0n ? '<unassigned>' : hexDigits(bar.address, 8);
  const type = MEMORY_WORDS[bar.memoryType ?? '32-bit'];
  return `${label}Memory at ${place} (${type}, ${bar.prefetchable ? '' : 'non-'}prefetchable)${disabled}`;
}

/** `Expansion ROM at f0000000 [disabled]`; `hasMemory` says whether the function decodes memory at all. */
export function formatRom(bars: readonly Bar[], hasMemory: boolean): string[] {
  const rom = bars.find(bar => bar.index === ROM_INDEX);
  if (rom === undefined) return [];
  const place = rom.raw === BigInt(ALL_ONES) ? '<ignored>' : rom.address === 0n ? '<unassigned>' : hexDigits(rom.address, 8);
  const disabled = (rom.raw & 1n) === 0n ? ' [disabled]' : hasMemory ? '' : ' [disabled by cmd]';
  return [`\tExpansion ROM at ${place}${disabled}`];
}

const WINDOW_WORDS = { io: 'I/O', memory: 'memory', prefetchable: 'prefetchable memory' };
const UNITS = ['', 'K', 'M', 'G', 'T'];

/** In the largest unit that leaves no fraction. */
function formatSize(bytes: bigint): string {
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes % 1024n === 0n) {
    bytes /= 1024n;
    unit++;
  }
  return `${bytes}${UNITS[unit]}`;
}

/** `Memory behind bridge: fc200000-fc2fffff [size=1M] [32-bit]`. */
export function formatWindow({ kind, width, base, limit, raw }: BridgeWindow, verbosity: number): string {
  const words = WINDOW_WORDS[kind];
  if (width === null) return `\t!!! Unknown ${words} range types ${hexDigits(raw[0])}/${hexDigits(raw[1])}`;
  const digits = width / 4;
  const range = `${hexDigits(base, digits)}-${hexDigits(limit, digits)}`;
  const state = base <= limit ? `${range} [size=${formatSize(limit - base + 1n)}]` : `${verbosity > 2 ? `${range} ` : ''}[disabled]`;
  return `\t${words.charAt(0).toUpperCase()}${words.slice(1)} behind bridge: ${state} [${width}-bit]`;
}
