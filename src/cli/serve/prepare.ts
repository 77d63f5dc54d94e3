/** The devices of `serve`, each realized under the options of `view`, or left untouched by the profile raw. */
import { vfioBytes } from '../../pure/guest-view/guest-view.ts';
import type { ViewReport } from '../../pure/render/view-report.ts';
import { formatView } from '../../pure/render/view-text.ts';
import { type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import type { InputDevice } from '../input-device.ts';
import { painter, print, printError } from '../output.ts';
import { VIEW_OPTIONS, Viewer } from '../view-options.ts';
import { type DeviceOrder, rawOrder, viewOrder } from './device-order.ts';
import type { Source } from './sources.ts';

/** The profile that applies no rule. */
export const RAW = 'raw';

/** A device that is to be served. */
export interface Prepared {
  readonly source: Source;
  readonly order: DeviceOrder;
  /** null under the profile raw. */
  readonly report: ViewReport | null;
}

/** What is shown of a device before it is served, or instead. */
export function formatDevice(device: InputDevice, report: ViewReport | null): string[] {
  if (report !== null) return [formatHeading(device), ...formatView(report, painter())];
  const { bytes } = device.vfio ?? device.config;
  return [formatHeading(device), `  profile raw: ${bytes.length} bytes of config space untouched; writes stay, without effect`];
}

function prepareRaw(source: Source): Prepared {
  const { device, host } = source;
  if (host !== null) {
    throw new UsageError(
      `--profile raw and ${source.name} exclude each other: what the kernel shows of a device is served by a profile only`,
    );
  }
  return { source, order: rawOrder(device.vfio ?? device.config, device.barSizes), report: null };
}

/** An option of view that the profile raw would leave without an effect is a mistake. */
function requireRawOptions(options: Options): void {
  const other = VIEW_OPTIONS.find(({ name }) => name !== 'profile' && options.given[name] !== undefined);
  if (other !== undefined) throw new UsageError(`--${other.name} and --profile raw exclude each other: raw bytes pass through no rule`);
}

/**
 * The view of a device that is open. It is made from the hardware's bytes, as far as they may be read and the kernel shows of them
 * what we say it does; else from what the kernel shows, which is told.
 */
function viewHost({ name, device }: Source, viewer: Viewer): { readonly report: ViewReport; readonly note: string | null } {
  const { vfio, config } = device;
  if (vfio === null || viewer.isOfVfio) return { report: viewer.view(device), note: null };
  const fromVfio = (why: string) => ({ report: viewer.view(device, 'vfio'), note: `${name}: ${why}: the view is made from vfio's bytes` });
  if (config.knownLength < vfio.bytes.length) return fromVfio(`${config.knownLength} bytes of the hardware may be read`);
  const report = viewer.view(device);
  if (report.realized.outcome === 'failed') return { report, note: null };
  const told = vfioBytes(report.realized).bytes;
  const at = told.findIndex((byte, i) => byte !== vfio.bytes[i]);
  return at < 0 ? { report, note: null } : fromVfio(`the kernel shows byte 0x${at.toString(16)} otherwise than expected`);
}

/** What realizing came to: a device to serve, or why there is none. */
export function prepareView(source: Source, viewer: Viewer): Prepared | { readonly report: ViewReport; readonly failure: string } {
  const { device, host } = source;
  const { report, note } = host === null ? { report: viewer.view(device), note: null } : viewHost(source, viewer);
  if (note !== null) printError(`airlock: warning: ${note}`);
  if (report.realized.outcome === 'failed') return { report, failure: report.realized.error.message };
  const order = viewOrder(report.realized, viewer.profile.name, { barSizes: device.barSizes, lent: host?.function.lent ?? null });
  return { source, order, report };
}

/** All devices, ready to be served; null where one of them fails to realize, which is told. Throws UsageError for options that do not fit. */
export function prepareAll(sources: readonly Source[], options: Options): readonly Prepared[] | null {
  if (options.value('profile') === RAW) {
    requireRawOptions(options);
    return sources.map(prepareRaw);
  }
  const viewer = new Viewer(options);
  for (const { message } of viewer.properties.warnings) printError(`airlock: warning: ${message}`);
  const all = sources.map(source => prepareView(source, viewer));
  const prepared = all.filter(it => 'order' in it);
  if (prepared.length === all.length) return prepared;
  for (const [i, it] of all.entries()) {
    if ('order' in it) continue;
    print(formatDevice(sources[i].device, it.report));
    printError(`airlock: nothing is served: ${sources[i].name} fails to realize: ${it.failure}`);
  }
  return null;
}
