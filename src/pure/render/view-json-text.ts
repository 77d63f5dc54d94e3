/** A view that came as JSON, as text: the tables of `view`, and what differs between two views. */
import { type CapabilityView, REASONS, type Reason } from '../guest-view/index.ts';
import type { CapabilityJson, ViewJson } from '../reports/schemas/view.ts';
import type { ViewChanges } from '../reports/view-changes.ts';
import { type Painter, PLAIN } from './paint.ts';
import { type Rows, titleRow } from './row.ts';
import { changeRows, formatCapabilities, formatCapability, formatMessage, formatUnknown, propertyRows } from './view-text.ts';

/** The words for a table are ours; a reason that another version of airlock gives has its sentence instead. */
function reasonOf({ reason }: CapabilityJson): Reason | null {
  if (reason === null) return null;
  const known: Readonly<Record<string, Reason>> = REASONS;
  const own = Object.hasOwn(known, reason.code) ? known[reason.code] : undefined;
  return own ?? { ...reason, label: reason.text };
}

function capabilityOf(capability: CapabilityJson): CapabilityView {
  const { kind, id, offset, version, status, stage } = capability;
  return {
    kind,
    id: Number(id),
    offset: Number(offset),
    version,
    status,
    stage,
    reason: reasonOf(capability),
  };
}

function formatValue(value: ViewJson['properties'][string]['value']): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return value === null || value === '' ? '""' : String(value);
}

/** The tables and messages of a view, as `formatView` has them below its first line. */
export function formatViewJson({ capabilities, unknown, properties, warnings }: ViewJson, paint: Painter = PLAIN): string[] {
  const row = propertyRows(paint);
  return [
    ...formatCapabilities(capabilities.map(capabilityOf), paint),
    ...formatUnknown(
      unknown.map(({ from, to, text }) => ({ from: Number(from), to: Number(to), text })),
      paint,
    ),
    '',
    ...titleRow(row, 'PROPERTY', 'VALUE', 'SOURCE'),
    ...Object.entries(properties).flatMap(([name, { value, source }]) => row(name, formatValue(value), source)),
    ...(warnings.length === 0 ? [] : ['', ...warnings.flatMap(message => formatMessage(message, paint))]),
  ];
}

/** A row of a table of changes. Of one side that is not there, a dash. */
function changeRow([name, before, after]: readonly [string, string | null, string | null], why: string, row: Rows): string[] {
  return row(name, before ?? '-', ['strong', after ?? '-'], why);
}

/** A table for the properties and one for the capabilities that differ; no line where nothing does. */
export function formatViewChanges({ capabilities, properties }: ViewChanges, paint: Painter = PLAIN): string[] {
  const row = changeRows(paint);
  const heading = (what: string, why: string): string[] => titleRow(row, what, 'BEFORE', 'AFTER', why);
  const lines: string[] = [];
  for (const [name, { before, after }] of Object.entries(properties)) {
    const textOf = (side: typeof before) => (side === null ? null : formatValue(side.value));
    lines.push(...changeRow([name, textOf(before), textOf(after)], after?.source ?? before?.source ?? '', row));
  }
  if (lines.length > 0) lines.unshift(...heading('PROPERTY', 'SOURCE'));
  const rows = capabilities.flatMap(({ before, after }) => {
    const capability = after ?? before;
    if (capability === null) return [];
    const view = capabilityOf(capability);
    return changeRow([formatCapability(view), before?.status ?? null, after?.status ?? null], view.reason?.label ?? '', row);
  });
  if (rows.length === 0) return lines;
  return [...lines, ...(lines.length === 0 ? [] : ['']), ...heading('HOST', 'WHY'), ...rows];
}
