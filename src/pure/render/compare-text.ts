/** The text of `compare`: a line for each difference, then how far the two sides could be compared. */
import { formatHex } from '../bytes/hex.ts';
import type { Comparison, Difference } from '../guest-view/index.ts';
import type { UnknownPlace } from '../pci/unknown-places.ts';
import { type CompareReport, type CompareSide, sideName, unknownOfSide } from '../reports/compare-report.ts';
import { wrapName } from '../text/wrap.ts';
import { type Painter, PLAIN } from './paint.ts';
import { formatPlaces, formatRange } from './unknown-places-text.ts';

/** The longest run that is shown whole, and the digits that are shown of a longer one. */
const [MOST_DIGITS, HEAD_DIGITS] = [32, 16];
/** The most runs of bytes on a line, and the most places of a side. */
const [MOST_RANGES, MOST_PLACES] = [4, 6];

/** A side's value; of a long run of bytes only its head. */
function formatValue(value: string | null, { place }: Difference): string {
  if (value === null) return '-';
  return place === 'bytes' && value.length > MOST_DIGITS ? `${value.slice(0, HEAD_DIGITS)}…` : value;
}

/** `0x100 ATS [100] control.enable: false | true`, `0x800 bytes 800-8ff: 0001020304050607… | 0000000000000000…`. */
export function formatDifference(difference: Difference): string {
  const { at, place, field, a, b, length } = difference;
  const which = length === undefined ? field : formatRange({ from: at, to: at + length - 1 });
  const where = [formatHex(at, 3), place, which].filter(part => part !== '').join(' ');
  return `${where}: ${formatValue(a, difference)} | ${formatValue(b, difference)}`;
}

function formatCompared({ compared }: Comparison): string {
  const ranges = compared.slice(0, MOST_RANGES).map(formatRange).join(', ');
  const more = compared.length > MOST_RANGES ? ` and ${compared.length - MOST_RANGES} more runs` : '';
  const count = compared.reduce((sum, { from, to }) => sum + to + 1 - from, 0);
  return `${count} bytes compared, ${ranges}${more}`;
}

function sideLines(side: CompareSide, places: readonly UnknownPlace[]): string[] {
  const unknown = formatPlaces(places, MOST_PLACES).map(line => `${side.name}: ? ${line}`);
  return [...unknown, ...side.doubts.map(({ message }) => `${side.name}: ${message}`)];
}

/** How far the comparison goes; nothing where it goes all the way. */
function formatReach(report: CompareReport, comparison: Comparison, paint: Painter): string[] {
  const { a, b } = report;
  const sides = [...sideLines(a, unknownOfSide(report, 'a')), ...sideLines(b, unknownOfSide(report, 'b'))];
  if (sides.length === 0) return [];
  const title = comparison.outcome === 'different' ? '' : `${sideName(a)} and ${sideName(b)}: same as far as known: `;
  const [first, ...rest] = wrapName(`${title}${formatCompared(comparison)}`, paint.width, '  ');
  return [paint('warn', first), ...rest, ...sides.flatMap(line => wrapName(line, paint.width - 2, '    ').map(text => `  ${text}`))];
}

/** Empty where both sides are known as a whole and are the same. */
export function formatComparison(report: CompareReport, comparison: Comparison, paint: Painter = PLAIN): string[] {
  const { differences } = comparison;
  const reach = formatReach(report, comparison, paint);
  if (differences.length === 0) return reach;
  const title = wrapName(`WHERE: A | B, of ${sideName(report.a)} and ${sideName(report.b)}`, paint.width, '  ');
  const lines = differences.flatMap(difference => wrapName(formatDifference(difference), paint.width, '    '));
  return [...title.map(line => paint('dim', line)), ...lines, ...reach];
}
