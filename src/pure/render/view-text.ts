/** The text of `view`: the capabilities with what becomes of each and why, the properties with their sources, the messages. */
import { hexDigits } from '../bytes/hex.ts';
import type { CapabilityStatus, CapabilityView, Evidence, Message, Realized } from '../guest-view/index.ts';
import { capabilityName } from '../pci/capability-names.ts';
import { EXTENDED_SIZE } from '../pci/config-space.ts';
import { type UnknownPlace, unknownPlaces } from '../pci/unknown-places.ts';
import { formatSource } from '../qemu/effective-properties.ts';
import { tellingProperties, type ViewReport } from '../reports/view-report.ts';
import { PCI_EXT_CAP_ID_PASID } from '../spec/pci-regs.ts';
import { shorten } from '../text/shorten.ts';
import { wrap } from '../text/wrap.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { type Rows, rowsAt, titleRow } from './row.ts';
import { formatSlot } from './slot-text.ts';

const TONES: Readonly<Record<CapabilityStatus, Tone>> = {
  shown: 'good',
  changed: 'warn',
  hidden: 'bad',
  synthesised: 'strong',
  unknown: 'warn',
};

/** The second column of a table of capabilities or properties: nearer where the terminal is narrow. */
const secondColumn = (width: number): number => Math.min(31, width - 11);

function viewRows(paint: Painter): Rows {
  const at = secondColumn(paint.width);
  return rowsAt([2, at, at + 12, at + 19], paint);
}

/** Rows of what changes: its name, before, after, why. */
export function changeRows(paint: Painter): Rows {
  const at = secondColumn(paint.width);
  return rowsAt([2, at, at + 12, at + 24], paint);
}

/** Rows of a property, its value and the value's source. */
export function propertyRows(paint: Painter): Rows {
  const at = secondColumn(paint.width);
  return rowsAt([2, at, at + 12], paint);
}

/** `ATS [1b0 v1]`, `MSI [48]`. */
export function formatCapability({ kind, id, offset, version }: Pick<CapabilityView, 'kind' | 'id' | 'offset' | 'version'>): string {
  const place = hexDigits(offset, 2);
  return `${capabilityName(kind, id)} [${place}${kind === 'extended' && version !== null ? ` v${version}` : ''}]`;
}

/** One row a capability: what the host has, what the guest gets, by which stage, why. */
export function formatCapabilities(capabilities: readonly CapabilityView[], paint: Painter = PLAIN): string[] {
  const row = viewRows(paint);
  const lines = titleRow(row, 'HOST', 'GUEST', 'BY', 'WHY');
  for (const view of capabilities) {
    const host = view.status === 'synthesised' ? `+ ${formatCapability(view)}` : formatCapability(view);
    const { status, stage, reason } = view;
    lines.push(...row(host, [TONES[status], status], stage ?? '', reason?.label ?? ''));
  }
  return lines;
}

/** What the table cannot say since bytes are not known: `? [100…]  unknown  only 256 bytes of config space are known …`. */
export function formatUnknown(places: readonly Pick<UnknownPlace, 'from' | 'to' | 'text'>[], paint: Painter = PLAIN): string[] {
  // It has no stage: the words have that column too.
  const row = propertyRows(paint);
  return places.flatMap(({ from, to, text }) => {
    const [start, end] = [hexDigits(from, 2), hexDigits(to, 2)];
    const range = to === EXTENDED_SIZE - 1 ? `${start}…` : to === from ? start : `${start}-${end}`;
    return row(`? [${range}]`, ['warn', 'unknown'], text);
  });
}

/** One message of a realize, wrapped: `warning: TEXT (CODE)`. */
export function formatMessage({ level, code, message }: Message, paint: Painter = PLAIN): string[] {
  const [first, ...rest] = wrap(`${level}: ${message} (${code})`, paint.width, '  ');
  return [paint(level === 'warning' ? 'warn' : 'dim', first), ...rest];
}

function formatOutcome(realized: Realized, paint: Painter): string[] {
  const messages = realized.messages.flatMap(message => formatMessage(message, paint));
  if (realized.outcome !== 'failed') return messages;
  const [first, ...rest] = wrap(`realize fails: ${realized.error.message} (${realized.error.code})`, paint.width, '  ');
  return [...messages, paint('bad', first), ...rest];
}

const isPasid = ({ kind, id }: CapabilityView): boolean => kind === 'extended' && id === PCI_EXT_CAP_ID_PASID;

/** The machine type, named as a default where nothing that is known speaks for it. */
function formatMachine({ properties: { machine }, machineFrom, profile, facts }: ViewReport): string {
  if (machine !== null) return ` machine ${machine.name}${machineFrom === 'default' ? ' (default)' : ''},`;
  return profile.machines === null ? '' : ` no machine type known for ${shorten(facts.hostArchitecture ?? '')},`;
}

/** The whole view of one device below its heading. */
export function formatView(report: ViewReport, paint: Painter = PLAIN): string[] {
  const { facts, realized, properties, profile, hostIommu } = report;
  const noReport = facts.notAsked ? `no report (${facts.notAsked})` : 'no report';
  const host = hostIommu.backend === 'none' ? noReport : `${hostIommu.backend}, ATS ${hostIommu.atsSupport()}`;
  const lines = wrap(`profile ${profile.name},${formatMachine(report)} host IOMMU: ${host}`, paint.width - 2).map(line => `  ${line}`);
  if (realized.outcome !== 'failed') {
    const unknown = formatUnknown(unknownPlaces(report.config), paint);
    lines.push('', ...formatCapabilities(realized.capabilities, paint), ...unknown);
    if (realized.capabilities.length === 0 && unknown.length === 0)
      lines.push(...viewRows(paint)('none', '', '', 'the function has no capability list'));
    if (report.slot !== undefined) lines.push('', ...formatSlot(report.slot, paint, realized.capabilities.some(isPasid)));
  }
  const row = propertyRows(paint);
  const telling = tellingProperties(properties);
  if (telling.length > 0) lines.push('', ...titleRow(row, 'PROPERTY', 'VALUE', 'SOURCE'));
  for (const { name, text, source } of telling) {
    lines.push(...row(name, text === '' ? '""' : text, formatSource(source)));
  }
  const outcome = formatOutcome(realized, paint);
  return outcome.length === 0 ? lines : [...lines, '', ...outcome];
}

const markOf = (holds: boolean | null): string => (holds === null ? '?' : holds ? '✓' : '✗');

function formatQuestion({ subject, seen }: Evidence): string {
  if (seen === null) return `Does the guest see ${subject}? That is not known.`;
  return `Why does the guest ${seen ? '' : 'not '}see ${subject}?`;
}

/** A chain of evidence, link by link; the first that breaks is pointed at. */
export function formatEvidence(evidence: Evidence, paint: Painter = PLAIN): string[] {
  const { links, broken } = evidence;
  const row = rowsAt([2, 4, 23], paint);
  const lines = wrap(formatQuestion(evidence), paint.width - 2).map(line => paint('strong', `  ${line}`));
  for (const link of links) {
    const tone: Tone = link.holds === null ? 'warn' : link.holds ? 'good' : 'bad';
    lines.push(...row([tone, markOf(link.holds)], link.name, link.text));
    if (link === broken) lines.push(paint('bad', `    ^ the first link that breaks`));
  }
  return lines;
}
