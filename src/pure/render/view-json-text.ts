/** A view that came as JSON, as text: the tables of `view`, and what differs between two views. */
import { type CapabilityView, REASONS, type Reason } from '../guest-view/index.ts';
import { type Painter, PLAIN } from './paint.ts';
import type { ViewChanges } from './view-changes.ts';
import type { CapabilityJson, ViewJson } from './view-json.ts';
import { formatCapabilities, formatCapability, formatMessage } from './view-text.ts';
import { wrap } from './wrap.ts';

const WIDTH = 80;
/** Where the last column begins. */
const COLUMN = 55;

/** The words for a table are ours; a reason that another version of airlock gives has its sentence instead. */
function reasonOf({ reason }: CapabilityJson): Reason | null {
  if (reason === null) return null;
  const known: Readonly<Record<string, Reason>> = REASONS;
  return Object.hasOwn(known, reason.code) ? known[reason.code] : { ...reason, label: reason.text };
}

function capabilityOf(capability: CapabilityJson): CapabilityView {
  const { kind, id, offset, version, status, stage } = capability;
  return {
    kind: kind as CapabilityView['kind'],
    id: Number(id),
    offset: Number(offset),
    version,
    status: status as CapabilityView['status'],
    stage: stage as CapabilityView['stage'],
    reason: reasonOf(capability),
  };
}

function formatValue(value: ViewJson['properties'][string]['value']): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null || value === '' ? '""' : String(value);
}

/** The tables and messages of a view, as `formatView` has them below its first line. */
export function formatViewJson({ capabilities, properties, warnings }: ViewJson, paint: Painter = PLAIN): string[] {
  return [
    ...formatCapabilities(capabilities.map(capabilityOf), paint),
    '',
    paint('dim', `  ${'PROPERTY'.padEnd(28)} ${'VALUE'.padEnd(11)} SOURCE`),
    ...Object.entries(properties).map(([name, { value, source }]) => `  ${name.padEnd(28)} ${formatValue(value).padEnd(11)} ${source}`),
    ...(warnings.length === 0 ? [] : ['', ...warnings.flatMap(message => formatMessage(message, paint))]),
  ];
}

/** A row of a table of changes. Of one side that is not there, a dash. */
function changeRow([name, before, after]: readonly [string, string | null, string | null], why: string, paint: Painter): string[] {
  const [first, ...rest] = wrap(why, WIDTH - COLUMN);
  const change = `${(before ?? '-').padEnd(11)} ${paint('strong', (after ?? '-').padEnd(11))}`;
  return [`  ${name.padEnd(28)} ${change} ${first}`.trimEnd(), ...rest.map(line => ' '.repeat(COLUMN) + line)];
}

/** A table for the properties and one for the capabilities that differ; no line where nothing does. */
export function formatViewChanges({ capabilities, properties }: ViewChanges, paint: Painter = PLAIN): string[] {
  const heading = (what: string, why: string) => paint('dim', `  ${what.padEnd(28)} ${'BEFORE'.padEnd(11)} ${'AFTER'.padEnd(11)} ${why}`);
  const lines: string[] = [];
  for (const [name, { before, after }] of Object.entries(properties)) {
    const values = [before, after].map(side => (side === null ? null : formatValue(side.value)));
    lines.push(...changeRow([name, values[0], values[1]], after?.source ?? before?.source ?? '', paint));
  }
  if (lines.length > 0) lines.unshift(heading('PROPERTY', 'SOURCE'));
  const rows = capabilities.flatMap(({ before, after }) => {
    const capability = after ?? before;
    if (capability === null) return [];
    const view = capabilityOf(capability);
    return changeRow([formatCapability(view), before?.status ?? null, after?.status ?? null], view.reason?.label ?? '', paint);
  });
  if (rows.length === 0) return lines;
  return [...lines, ...(lines.length === 0 ? [] : ['']), heading('HOST', 'WHY'), ...rows];
}
