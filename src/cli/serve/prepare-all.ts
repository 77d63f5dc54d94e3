/** Prepares the devices of `serve`: realizes them under the options' request or leaves them untouched, and tells the user. */

import { servedConfig } from '../../pure/device/index.ts';
import type { DeviceFacts } from '../../pure/facts/index.ts';
import type { ViewRequest } from '../../pure/guest-view/index.ts';
import { formatView } from '../../pure/render/view-text.ts';
import type { ViewReport } from '../../pure/reports/view-report.ts';
import { type Prepared, prepareRaw, prepareView, RAW, rawConfig, type Source } from '../../service/prepare.ts';
import { type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import { painter, print, printError } from '../output.ts';
import { inUsersWords, parseViewRequest, requestWarnings, VIEW_OPTIONS } from '../view-options.ts';

/** Prints a device's view before it is served, or why it is not served. */
export function formatDevice(device: DeviceFacts, report: ViewReport | null): string[] {
  if (report !== null) return [...formatHeading(device), ...formatView(report, painter())];
  const config = rawConfig(device);
  const { length } = servedConfig(config).config.bytes;
  const untouched = config.isWhole && config.bytes.length === length ? 'untouched' : 'untouched where they are known';
  return [...formatHeading(device), `  profile raw: ${length} bytes of config space ${untouched}; writes stay, without effect`];
}

/** Refuses options of view that have no effect under the profile raw. */
function requireRawOptions(options: Options): void {
  const other = VIEW_OPTIONS.find(({ name }) => name !== 'profile' && options.given[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other.name} and --profile raw exclude each other: raw bytes pass through no rule`);
}

function told(prepared: readonly Prepared[]): readonly Prepared[] {
  for (const { source, unknown } of prepared) for (const line of unknown) printError(`airlock: warning: ${source.name}: ${line}`);
  return prepared;
}

/** The request that the devices are realized under; null under the profile raw. Throws UsageError for options that do not fit. */
export function serveRequest(options: Options): ViewRequest | null {
  if (options.value('profile') !== RAW) return parseViewRequest(options);
  requireRawOptions(options);
  return null;
}

/** All devices, ready to be served; null, and told why, where one fails to realize. Throws UsageError for a request that does not fit. */
export function prepareAll(sources: readonly Source[], request: ViewRequest | null): readonly Prepared[] | null {
  if (request === null) return told(sources.map(prepareRaw));
  for (const message of requestWarnings(request)) printError(`airlock: warning: ${message}`);
  const all = sources.map(source => ({ source, made: inUsersWords(request, () => prepareView(source, request)) }));
  for (const { made } of all) if (made.note !== null) printError(`airlock: warning: ${made.note}`);
  const prepared = all.flatMap(({ made }) => ('order' in made ? [made] : []));
  if (prepared.length === all.length) return told(prepared);
  for (const { source, made } of all) {
    if ('order' in made) continue;
    print(formatDevice(source.device, made.report));
    printError(`airlock: nothing is served: ${source.name} fails to realize: ${made.failure}`);
  }
  return null;
}
