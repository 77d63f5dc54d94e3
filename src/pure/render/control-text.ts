/** The text of `ctl`: served devices, one device with its view, counters, and what a set property changes. */
import type { Message } from '../guest-view/index.ts';
import type { DeviceChange, DeviceCounters, DeviceDescription, DeviceSummary } from '../reports/schemas/control.ts';
import { type ViewChanges, viewChanges } from '../reports/view-changes.ts';
import { wrap, wrapName } from '../text/wrap.ts';
import { type Painter, PLAIN, type Tone } from './paint.ts';
import { rowsFor } from './resources-text.ts';
import { rowsAt } from './row.ts';
import { formatViewChanges, formatViewJson } from './view-json-text.ts';
import { formatMessage } from './view-text.ts';

/** Where words begin beside a label. */
const COLUMN = 11;
/** Shown where nothing is set on top of the options of `serve`. */
const AT_START = 'the options of serve alone';

/** The profile of `serve` that applies no rule. */
const RAW = 'raw';

function block(text: string, { width }: Painter): string[] {
  return wrapName(text, width - 2, '  ').map(line => `  ${line}`);
}

function labelled(label: string, words: string, paint: Painter, tone?: Tone): string[] {
  const row = rowsAt([2, COLUMN], paint);
  return tone === undefined ? row(label, words) : row([tone, label], [tone, words]);
}

function formatName({ name, isConnected }: Pick<DeviceSummary, 'name' | 'isConnected'>, paint: Painter): string {
  return `${paint('strong', name)}: ${isConnected ? paint('good', 'a client is connected') : paint('dim', 'no client')}`;
}

function formatPlace(
  { socket, source, profile, machine }: Pick<DeviceSummary, 'socket' | 'source' | 'profile' | 'machine'>,
  paint: Painter,
): string[] {
  const words = [profile, ...(profile === RAW ? ['the bytes untouched'] : []), ...(machine === null ? [] : [`machine ${machine}`])].join(
    ', ',
  );
  return [...labelled('socket', socket, paint), ...labelled('source', source, paint), ...labelled('profile', words, paint)];
}

const ATS_WORDS: Readonly<Record<string, string>> = { shown: 'the guest sees ATS', hidden: 'ATS is masked' };

function formatAts({ ats, set, hasNext }: DeviceSummary, paint: Painter): string[] {
  if (ats === null) return [];
  const status = ats.status === null ? 'the device has no ATS' : (ATS_WORDS[ats.status] ?? `ATS ${ats.status}`);
  const next = set.length === 0 ? AT_START : set.join(' ');
  return [
    ...labelled('ats', `${ats.value} (${ats.source}): ${status}`, paint),
    ...(hasNext ? labelled('next', `${next}, for the next client`, paint, 'warn') : []),
  ];
}

/** Every device in a few lines. */
export function formatDeviceList(devices: readonly DeviceSummary[], paint: Painter = PLAIN): string[] {
  return devices.flatMap(device => [formatName(device, paint), ...formatPlace(device, paint), ...formatAts(device, paint)]);
}

function formatNext(view: DeviceDescription['view'], { next, set }: DeviceDescription, paint: Painter): string[] {
  if (view === null || next === null) return [];
  const [first, ...rest] = wrap(`For the next client: ${set.length === 0 ? AT_START : set.join(' ')}`, paint.width, '  ');
  return ['', paint('strong', first), ...rest, ...formatChanges(viewChanges(view, next), next.warnings, paint)];
}

function formatChanges(changes: ViewChanges, warnings: readonly Message[], paint: Painter): string[] {
  const lines = formatViewChanges(changes, paint);
  const messages = warnings.flatMap(message => formatMessage(message, paint));
  return messages.length === 0 ? lines : [...lines, ...(lines.length === 0 ? [] : ['']), ...messages];
}

/** One device with its view, and with what waits for the next client. */
export function formatDescription(device: DeviceDescription, paint: Painter = PLAIN): string[] {
  const { heading, view, hostIommu } = device;
  return [
    formatName(device, paint),
    ...heading.flatMap(line => block(line, paint)),
    ...formatPlace(device, paint),
    ...(hostIommu === null ? [] : labelled('host', `IOMMU ${hostIommu.backend}, ATS ${hostIommu.ats}`, paint)),
    ...(view === null ? [] : ['', ...formatViewJson(view, paint)]),
    ...formatNext(view, device, paint),
  ];
}

function formatBytes(count: number): string {
  return `${count} ${count === 1 ? 'byte' : 'bytes'}`;
}

/** The counters of one device, under its name. */
export function formatCounters(counters: DeviceCounters, paint: Painter = PLAIN): string[] {
  const row = rowsFor(paint);
  const { connections, refused, messages, errors, bytesReceived, bytesSent, dmaMapped, dmaByMessage } = counters;
  const received = Object.entries(messages);
  const sum = received.reduce((total, [, count]) => total + count, 0);
  return [
    formatName(counters, paint),
    ...row('clients', `${connections} served, ${refused} refused`),
    ...row('messages', `${sum} received, ${errors} refused; ${formatBytes(bytesReceived)} in, ${formatBytes(bytesSent)} out`),
    ...row('DMA', `${formatBytes(dmaMapped)} through mappings, ${formatBytes(dmaByMessage)} by message`),
    ...received.flatMap(([command, count]) => row(`  ${command}`, String(count))),
  ];
}

/** What `set` and `unset` have done. */
export function formatChange({ name, isConnected, set, changes, warnings }: DeviceChange, paint: Painter = PLAIN): string[] {
  const what = set.length === 0 ? AT_START : set.join(' ');
  const until = isConnected ? '; the present one keeps what it has' : '';
  const [first, ...rest] = wrap(`${name}: ${what}, from the next client on${until}`, paint.width, '  ');
  const nothing = changes.capabilities.length + Object.keys(changes.properties).length === 0;
  return [paint('strong', first), ...rest, ...(nothing ? ['  nothing changes by that'] : []), ...formatChanges(changes, warnings, paint)];
}
