/** The text of Enhanced Allocation. */
import { hexDigits } from '../../../bytes/hex.ts';
import {
  BAR_EQUIVALENTS,
  EA_PROPERTIES,
  enhancedAllocation,
  enhancedAllocationBridge,
} from '../../../pci/capabilities/enhanced-allocation.ts';
import type { CapabilityFields } from '../../../pci/capability.ts';
import { formatFlags, renderer } from '../renderer.ts';

type Entry = CapabilityFields<typeof enhancedAllocation>['entries'][number];

const PROPERTIES: ReadonlySet<string> = new Set(Object.values(EA_PROPERTIES));
const BARS: ReadonlySet<string> = new Set(Object.values(BAR_EQUIVALENTS));

/** `[08]` for a property without a name. */
function formatProperties(name: string): string {
  if (PROPERTIES.has(name)) return name;
  const code = /0x([0-9a-f]+)/.exec(name)?.[1] ?? '';
  return `[${code.padStart(2, '0')}]`;
}

/** The upper half, where there is one, in as many digits as it needs; the lower in eight. */
function formatAddress(low: number, upper: number | undefined): string {
  return (upper === undefined ? '' : hexDigits(upper)) + hexDigits(low, 8);
}

function formatEntry(entry: Entry, index: number): string[] {
  const { header, base, maxOffset } = entry;
  const secondary = formatProperties(header.secondaryProperties);
  const fallback = header.secondaryProperties === EA_PROPERTIES[255] ? ', PrimaryProperties should be used' : '';
  const lines = [
    `Entry ${index}: ${formatFlags({ Enable: header.enable, Writable: header.writable })} EntrySize=${header.entrySize}`,
    `\t BAR Equivalent Indicator: ${BARS.has(header.barEquivalent) ? header.barEquivalent : 'reserved'}`,
    `\t PrimaryProperties: ${formatProperties(header.primaryProperties)}`,
    `\t SecondaryProperties: ${secondary}${fallback}`,
  ];
  if (base !== undefined) lines.push(`\t Base: ${formatAddress(base.address, entry.baseUpper)}`);
  if (maxOffset !== undefined) lines.push(`\t MaxOffset: ${formatAddress(maxOffset.offset, entry.maxOffsetUpper)}`);
  return lines;
}

export const enhancedAllocationText = renderer(enhancedAllocation, ({ first, entries }) => ({
  title: `Enhanced Allocation (EA): NumEntries=${first.entries}`,
  lines: entries.flatMap(formatEntry),
}));

export const enhancedAllocationBridgeText = renderer(enhancedAllocationBridge, fields => {
  const buses = `secondary=${fields.fixedSecondaryBus}, subordinate=${fields.fixedSubordinateBus}`;
  return { title: `Enhanced Allocation (EA): NumEntries=${fields.first.entries}, ${buses}`, lines: fields.entries.flatMap(formatEntry) };
});
