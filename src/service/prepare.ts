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
  /** One word for what it was read from. */
  readonly origin: string;
  /** The open device; null for one that is only replayed. */
  readonly host: ServedHost | null;
}

/** A device that is to be served. */
export interface Prepared {
  readonly source: Source;
  readonly order: DeviceOrder;
  /** null under the profile raw. */
  readonly report: ViewReport | null;
  /** Where a guest meets something other than the device may have, since not all of its bytes are known. */
  readonly unknown: readonly string[];
  /** A note to the user about how it was realized; null where there is none. */
  readonly note: string | null;
}

/** The bytes that are served without a rule: what the kernel shows of the device where that is known. */
export function rawConfig({ vfio, config }: DeviceFacts): ConfigSpace {
  return vfio ?? config;
}

/** Why a replay of these bytes cannot be served: no VMM could tell what the device is. null where it can be. */
export function unservableWords(config: ConfigSpace): string | null {
  if (doesNotAnswer(config)) return `${NO_ANSWER_TEXT} (${NO_ANSWER})`;
  if (!config.bytes.some((_, at) => config.isKnown(at))) return 'no byte of its config space is known';
  // The class decides which of the host's addresses are kept from a guest.
  if (config.isKnown(0, PCI_COMMAND) && config.isKnown(PCI_CLASS_DEVICE, 2) && config.isKnown(PCI_HEADER_TYPE)) return null;
  return 'its vendor and device ID, its class and its header type are not all known';
}

/** The part of a replayed device that can be served. Throws ServiceError where there is none. */
function replayedConfig(name: string, config: ConfigSpace): ServedConfig {
  const words = unservableWords(config);
  if (words !== null) throw new ServiceError(`Cannot serve ${name}: ${words}`);
  return servedConfig(config);
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
 * The view of an open device. It is made from the hardware's bytes where they may be read and the kernel shows of them
 * what our rules say; else from what the kernel shows, and the user is told.
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

/** The device with a value for each unknown byte; doubts about how it was read belong to the device itself, and stay there. */
function servedFacts(device: DeviceFacts, config: ConfigSpace): DeviceFacts {
  return { ...device, config, vfio: null, notAsked: null, unread: null, contradictory: null };
}

/** A device that fails to realize, or cannot be served as it is realized. */
export interface Failed {
  readonly report: ViewReport;
  readonly note: string | null;
  readonly failure: string;
}

/** The result of realizing: a device to serve, or why there is none. */
export function prepareView(source: Source, request: ViewRequest): Prepared | Failed {
  const { device, host } = source;
  const { report, note } = host === null ? { report: view(device, request), note: null } : viewHost(source, request);
  if (report.realized.outcome === 'failed') return { report, note, failure: report.realized.error.message };
  const served = host === null ? replayedConfig(source.name, report.config) : null;
  // The view that is shown has unknown bytes; the one that is served has a value for each.
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
