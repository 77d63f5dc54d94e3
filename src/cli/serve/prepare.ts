/** The devices of `serve`, each realized under the options of `view`, or left untouched by the profile raw. */
import { type ServedConfig, servedConfig } from '../../pure/device/index.ts';
import { type DeviceFacts, regionSizesOf } from '../../pure/facts/index.ts';
import { guestBarSizes } from '../../pure/guest-view/guest-bar-sizes.ts';
import { vfioBytes } from '../../pure/guest-view/guest-view.ts';
import type { ViewRequest } from '../../pure/guest-view/index.ts';
import type { ConfigSpace } from '../../pure/pci/config-space.ts';
import { doesNotAnswer, NO_ANSWER, NO_ANSWER_TEXT } from '../../pure/pci/no-answer.ts';
import type { ViewReport } from '../../pure/render/view-report.ts';
import { formatView } from '../../pure/render/view-text.ts';
import { PCI_CLASS_DEVICE, PCI_COMMAND, PCI_HEADER_TYPE } from '../../pure/spec/pci-regs.ts';
import { type Options, UsageError } from '../command.ts';
import { formatHeading } from '../heading.ts';
import { painter, print, printError } from '../output.ts';
import { parseViewRequest, requestWarnings, VIEW_OPTIONS, viewDevice } from '../view-options.ts';
import { type DeviceOrder, rawOrder, viewOrder } from './device-order.ts';
import type { Source } from './sources.ts';
import { unknownWords } from './unknown-words.ts';

/** The profile that applies no rule. */
export const RAW = 'raw';

/** A device that is to be served. */
export interface Prepared {
  readonly source: Source;
  readonly order: DeviceOrder;
  /** null under the profile raw. */
  readonly report: ViewReport | null;
  /** What a guest meets otherwise than the device has it, or may have it, since not all of its bytes are known. */
  readonly unknown: readonly string[];
}

/** What is shown of a device before it is served, or instead. */
export function formatDevice(device: DeviceFacts, report: ViewReport | null): string[] {
  if (report !== null) return [...formatHeading(device), ...formatView(report, painter())];
  const config = rawConfig(device);
  const { length } = servedConfig(config).config.bytes;
  const untouched = config.isWhole && config.bytes.length === length ? 'untouched' : 'untouched where they are known';
  return [...formatHeading(device), `  profile raw: ${length} bytes of config space ${untouched}; writes stay, without effect`];
}

/** What is served without a rule: what the kernel shows of a device, where that is known. */
function rawConfig({ vfio, config }: DeviceFacts): ConfigSpace {
  return vfio ?? config;
}

/** What of a replayed device can be served. Throws UsageError where no VMM could tell what it is. */
function replayedConfig(name: string, config: ConfigSpace): ServedConfig {
  if (doesNotAnswer(config)) throw new UsageError(`Cannot serve ${name}: ${NO_ANSWER_TEXT} (${NO_ANSWER})`);
  // By the class it is decided what of the host's is kept from a guest.
  if (config.isKnown(0, PCI_COMMAND) && config.isKnown(PCI_CLASS_DEVICE, 2) && config.isKnown(PCI_HEADER_TYPE)) return servedConfig(config);
  throw new UsageError(`Cannot serve ${name}: its vendor and device ID, its class and its header type are not all known`);
}

function prepareRaw(source: Source): Prepared {
  const { device, host } = source;
  if (host !== null) {
    throw new UsageError(
      `--profile raw and ${source.name} exclude each other: what the kernel shows of a device is served by a profile only`,
    );
  }
  const served = replayedConfig(source.name, rawConfig(device));
  return { source, order: rawOrder(served.config, regionSizesOf(device)), report: null, unknown: unknownWords(served) };
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
function viewHost({ name, device }: Source, request: ViewRequest): { readonly report: ViewReport; readonly note: string | null } {
  const { vfio, config } = device;
  if (vfio === null || request.bytes === 'vfio') return { report: viewDevice(device, request), note: null };
  const fromVfio = (why: string) => ({
    report: viewDevice(device, { ...request, bytes: 'vfio' }),
    note: `${name}: ${why}: the view is made from vfio's bytes`,
  });
  if (config.knownLength < vfio.bytes.length) return fromVfio(`${config.knownLength} bytes of the hardware may be read`);
  const report = viewDevice(device, request);
  if (report.realized.outcome === 'failed') return { report, note: null };
  const told = vfioBytes(report.realized).bytes;
  const at = told.findIndex((byte, i) => byte !== vfio.bytes[i]);
  return at < 0 ? { report, note: null } : fromVfio(`the kernel shows byte 0x${at.toString(16)} otherwise than expected`);
}

/** The device with bytes for all that is not known; what its rows leave in doubt is told of the device itself. */
function servedFacts(device: DeviceFacts, config: ConfigSpace): DeviceFacts {
  return { ...device, config, vfio: null, notAsked: null, unread: null, contradictory: null };
}

/** What realizing came to: a device to serve, or why there is none. */
export function prepareView(source: Source, request: ViewRequest): Prepared | { readonly report: ViewReport; readonly failure: string } {
  const { device, host } = source;
  const { report, note } = host === null ? { report: viewDevice(device, request), note: null } : viewHost(source, request);
  if (note !== null) printError(`airlock: warning: ${note}`);
  if (report.realized.outcome === 'failed') return { report, failure: report.realized.error.message };
  const served = host === null ? replayedConfig(source.name, report.config) : null;
  // What is shown is what is known of the device; what is served has bytes for all that is not.
  const realized =
    served === null || served.config === report.config ? report.realized : viewDevice(servedFacts(device, served.config), request).realized;
  if (realized.outcome === 'failed') return { report, failure: realized.error.message };
  if (host !== null && realized.movedArrays !== null) {
    return { report, failure: 'x-msix-relocation cannot be served of a device of the host: its region ends where the table would begin' };
  }
  const barSizes = guestBarSizes(realized, regionSizesOf(device));
  const order = viewOrder(realized, { barSizes, lent: host?.function.lent ?? null });
  return { source, order, report, unknown: served === null ? [] : unknownWords(served) };
}

function told(prepared: readonly Prepared[]): readonly Prepared[] {
  for (const { source, unknown } of prepared) for (const line of unknown) printError(`airlock: warning: ${source.name}: ${line}`);
  return prepared;
}

/** What the devices of `serve` are realized under; null under the profile raw. Throws UsageError for options that do not fit. */
export function serveRequest(options: Options): ViewRequest | null {
  if (options.value('profile') !== RAW) return parseViewRequest(options);
  requireRawOptions(options);
  return null;
}

/** All devices, ready to be served; null where one of them fails to realize, which is told. Throws UsageError for a request that does not fit. */
export function prepareAll(sources: readonly Source[], request: ViewRequest | null): readonly Prepared[] | null {
  if (request === null) return told(sources.map(prepareRaw));
  for (const message of requestWarnings(request)) printError(`airlock: warning: ${message}`);
  const all = sources.map(source => ({ source, made: prepareView(source, request) }));
  const prepared = all.flatMap(({ made }) => ('order' in made ? [made] : []));
  if (prepared.length === all.length) return told(prepared);
  for (const { source, made } of all) {
    if ('order' in made) continue;
    print(formatDevice(source.device, made.report));
    printError(`airlock: nothing is served: ${source.name} fails to realize: ${made.failure}`);
  }
  return null;
}
