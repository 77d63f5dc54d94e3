/** What a running `serve` tells of its devices over its control socket: plain values, as JSON carries them. */
import type { Message } from '../guest-view/index.ts';
import type { ViewChanges } from './view-changes.ts';
import type { ViewJson } from './view-json.ts';

/** One served device. */
export interface DeviceDescription {
  readonly name: string;
  /** Where VMMs connect. */
  readonly socket: string;
  /** What is served: a file with the device's address in it, or a device of the host. */
  readonly source: string;
  /** Address, class, name and ids, in lines. */
  readonly heading: readonly string[];
  readonly isConnected: boolean;
  readonly profile: string;
  /** null under the profile raw, which knows no machine, no host IOMMU and no view. */
  readonly machine: string | null;
  readonly hostIommu: { readonly backend: string; readonly ats: string } | null;
  /** What the guest of the connected client sees; without a client, what the next one's will see. */
  readonly view: ViewJson | null;
  /** `NAME=VALUE` as they were set since the start, on top of the options of `serve`. */
  readonly set: readonly string[];
  /** What the guest of the next client will see, where that differs from `view`: somebody set a property meanwhile. */
  readonly next: ViewJson | null;
}

/** What `list` tells of a device. */
export interface DeviceSummary
  extends Pick<DeviceDescription, 'name' | 'socket' | 'source' | 'isConnected' | 'profile' | 'machine' | 'set'> {
  /** The property's value, its source, and what becomes of the capability: null where the device has none, or no view. */
  readonly ats: { readonly value: string; readonly source: string; readonly status: string | null } | null;
  /** Whether the next client gets another view than the connected one has. */
  readonly hasNext: boolean;
}

/** Sums over all connections of a device since the start. */
export interface DeviceCounters {
  readonly name: string;
  readonly isConnected: boolean;
  readonly connections: number;
  readonly refused: number;
  /** Messages received, by the name of the command; those that never came are left out. */
  readonly messages: Readonly<Record<string, number>>;
  readonly errors: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly dmaMapped: number;
  readonly dmaByMessage: number;
}

/** What `set` and `unset` have done. */
export interface DeviceChange {
  readonly name: string;
  /** Whether a client is connected, which keeps the view that it has. */
  readonly isConnected: boolean;
  /** All that is set now. */
  readonly set: readonly string[];
  /** What the next client gets that it would not have got before. */
  readonly changes: ViewChanges;
  readonly warnings: readonly Message[];
}
