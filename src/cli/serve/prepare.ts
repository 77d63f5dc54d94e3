/** The devices of `serve`, each realized under the options of `view`, or left untouched by the profile raw. */
import { formatView } from '../../pure/render/view-text.ts';
import { type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import { painter, print, printError } from '../output.ts';
import { VIEW_OPTIONS, Viewer } from '../view-options.ts';
import { type DeviceOrder, rawOrder, viewOrder } from './device-order.ts';
import type { Source } from './sources.ts';

/** The profile that applies no rule. */
export const RAW = 'raw';

/** A device that is to be served, and what is shown of it before. */
export interface Prepared {
  readonly source: Source;
  readonly order: DeviceOrder;
  readonly lines: readonly string[];
}

function prepareRaw(source: Source): Prepared {
  const { device } = source;
  const config = device.vfio ?? device.config;
  const note = `  profile raw: ${config.bytes.length} bytes of config space untouched, each takes writes`;
  return { source, order: rawOrder(config, device.barSizes), lines: [formatHeading(device), note] };
}

/** An option of view that the profile raw would leave without an effect is a mistake. */
function requireRawOptions(options: Options): void {
  const other = VIEW_OPTIONS.find(({ name }) => name !== 'profile' && options.given[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other.name} and --profile raw exclude each other: raw bytes pass through no rule`);
}

/** Null where the device fails to realize, which is told. */
function prepareView(source: Source, viewer: Viewer): Prepared | null {
  const { device } = source;
  const report = viewer.view(device);
  const lines = [formatHeading(device), ...formatView(report, painter())];
  if (report.realized.outcome === 'failed') {
    print(lines);
    printError(`airlock: nothing is served: ${source.name} fails to realize: ${report.realized.error.message}`);
    return null;
  }
  return { source, order: viewOrder(report.realized, viewer.profile.name, device.barSizes), lines };
}

/** All devices, ready to be served; null where one of them fails to realize. Throws UsageError for options that do not fit. */
export function prepareAll(sources: readonly Source[], options: Options): readonly Prepared[] | null {
  if (options.value('profile') === RAW) {
    requireRawOptions(options);
    return sources.map(prepareRaw);
  }
  const viewer = new Viewer(options);
  for (const { message } of viewer.properties.warnings) printError(`airlock: warning: ${message}`);
  const prepared = sources.map(source => prepareView(source, viewer));
  return prepared.includes(null) ? null : prepared.filter(it => it !== null);
}
