/** Devices made ready to be served: realized under a request, or left untouched by the profile raw. */
import { formatHex } from '../pure/bytes/hex.ts';
import { type ServedConfig, servedConfig } from '../pure/device/index.ts';
import { barSizesOf, type DeviceFacts } from '../pure/facts/index.ts';
import { guestBarSizes } from '../pure/guest-view/guest-bar-sizes.ts';
import { vfioBytes } from '../pure/guest-view/guest-view.ts';
import { type ViewRequest, view } from '../pure/guest-view/index.ts';
import type { ConfigSpace } from '../pure/pci/config-space.ts';
import { doesNotAnswer, NO_ANSWER, NO_ANSWER_TEXT } from '../pure/pci/no-answer.ts';
import type { ViewReport } from '../pure/reports/view-report.ts';
import { PCI_CLASS_DEVICE, PCI_COMMAND, PCI_HEADER_TYPE } from '../pure/spec/pci-regs.ts';
import { type DeviceOrder, rawOrder, viewOrder } from './device-order.ts';
import type { ServedHost } from './device-service.ts';
import { ServiceError } from './service-error.ts';
import { unknownWords } from './unknown-words.ts';

/** The profile that applies no rule. */
export const RAW = 'raw';

/** What is to be served, and where. */
export interface Source {
  /** How it is called in messages, metrics and names of sockets. */
  readonly name: string;
  readonly device: DeviceFacts;
  /** Absolute. */
  readonly socket: string;
  /** What it was read from, in a word. */
  readonly origin: string;
  /** The device itself, open; null for what is only replayed. */
  readonly host: ServedHost | null;
}

/** A device that is to be served. */
export interface Prepared {
  readonly source: Source;
  readonly order: DeviceOrder;
  /** null under the profile raw. */
  readonly report: ViewReport | null;
  /** What a guest meets otherwise than the device has it, or may have it, since not all of its bytes are known. */
  readonly unknown: readonly string[];
  /** What the one who runs the service should know of how it was realized; null where there is nothing. */
  readonly note: string | null;
}

/** What is served without a rule: what the kernel shows of a device, where that is known. */
export function rawConfig({ vfio, config }: DeviceFacts): ConfigSpace {
  return vfio ?? config;
}

/** What of a replayed device can be served. Throws ServiceError where no VMM could tell what it is. */
function replayedConfig(name: string, config: ConfigSpace): ServedConfig {
  if (doesNotAnswer(config)) throw new ServiceError(`Cannot serve ${name}: ${NO_ANSWER_TEXT} (${NO_ANSWER})`);
  // By the class it is decided what of the host's is kept from a guest.
  if (config.isKnown(0, PCI_COMMAND) && config.isKnown(PCI_CLASS_DEVICE, 2) && config.isKnown(PCI_HEADER_TYPE)) return servedConfig(config);
  throw new ServiceError(`Cannot serve ${name}: its vendor and device ID, its class and its header type are not all known`);
}

/** A device left as it is. Throws ServiceError where it cannot be served so. */
export function prepareRaw(source: Source): Prepared {
  const { device, host } = source;
  if (host !== null) {
    throw new ServiceError(
      `--profile raw and ${source.name} exclude each other: what the kernel shows of a device is served by a profile only`,
    );
  }
  const served = replayedConfig(source.name, rawConfig(device));
  return { source, order: rawOrder(served.config, barSizesOf(device)), report: null, unknown: unknownWords(served), note: null };
}

/**
 * The view of a device that is open. It is made from the hardware's bytes, as far as they may be read and the kernel shows of them
 * what we say it does; else from what the kernel shows, which is told.
 */
function viewHost({ name, device }: Source, request: ViewRequest): { readonly report: ViewReport; readonly note: string | null } {
  const { vfio, config } = device;
  if (vfio === null || request.bytes === 'vfio') return { report: view(device, request), note: null };
  const fromVfio = (why: string) => ({
    report: view(device, { ...request, bytes: 'vfio' }),
    note: `${name}: ${why}: the view is made from vfio's bytes`,
  });
  if (config.knownLength < vfio.bytes.length) return fromVfio(`${config.knownLength} bytes of the hardware may be read`);
  const report = view(device, request);
  if (report.realized.outcome === 'failed') return { report, note: null };
  const told = vfioBytes(report.realized).bytes;
  const at = told.findIndex((byte, i) => byte !== vfio.bytes[i]);
  return at < 0 ? { report, note: null } : fromVfio(`the kernel shows byte ${formatHex(at)} otherwise than expected`);
}

/** The device with bytes for all that is not known; what its rows leave in doubt is told of the device itself. */
function servedFacts(device: DeviceFacts, config: ConfigSpace): DeviceFacts {
  return { ...device, config, vfio: null, notAsked: null, unread: null, contradictory: null };
}

/** A device that fails to realize, or cannot be served as it is realized. */
export interface Failed {
  readonly report: ViewReport;
  readonly note: string | null;
  readonly failure: string;
}

/** What realizing came to: a device to serve, or why there is none. */
export function prepareView(source: Source, request: ViewRequest): Prepared | Failed {
  const { device, host } = source;
  const { report, note } = host === null ? { report: view(device, request), note: null } : viewHost(source, request);
  if (report.realized.outcome === 'failed') return { report, note, failure: report.realized.error.message };
  const served = host === null ? replayedConfig(source.name, report.config) : null;
  // What is shown is what is known of the device; what is served has bytes for all that is not.
  const realized =
    served === null || served.config === report.config ? report.realized : view(servedFacts(device, served.config), request).realized;
  if (realized.outcome === 'failed') return { report, note, failure: realized.error.message };
  if (host !== null && realized.movedArrays !== null) {
    const { by } = realized.movedArrays;
    const what = by === 'vmm' ? `what profile ${realized.profile.name} does to MSI-X` : by;
    const failure = `${what} cannot be served of a device of the host: its region ends where the table would begin`;
    return { report, note, failure };
  }
  const barSizes = guestBarSizes(realized, barSizesOf(device));
  const order = viewOrder(realized, { barSizes, lent: host?.function.lent ?? null });
  return { source, order, report, unknown: served === null ? [] : unknownWords(served), note };
}
