/** What the control socket can ask of a served device, and how the device refuses. */
import type { DeviceDescription } from '../../pure/reports/schemas/control.ts';

/** Sums over all connections of a device; `messages` by the number of the command, those that are no command at 0. */
export interface DeviceTotals {
  readonly messages: ArrayLike<number>;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly errors: number;
  readonly dmaMapped: number;
  readonly dmaByMessage: number;
  readonly connections: number;
  readonly refused: number;
  readonly isConnected: boolean;
}

/** The device cannot be as it is wanted, which is nobody's fault. The message goes to the client unchanged. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** All but `describe` may reject with RefusedError, and with ServiceError for words that fit nothing. */
export interface ControlledDevice {
  /** Unique among the devices that are served. */
  readonly name: string;
  /** Makes no new view, since it is called for each device of a list. */
  describe(): DeviceDescription;
  counters(): Promise<DeviceTotals>;
  /** Ends the connection of the client after the message being handled; false where there is none. The socket stays. */
  endSession(): Promise<boolean>;
  /**
   * Realizes the device with these `NAME=VALUE`, on top of what was set before and of the options of `serve`; the next connection
   * gets it. ServiceError in the words of the property parser, RefusedError where it fails to realize: then nothing changes.
   */
  set(words: readonly string[]): Promise<void>;
  /** Takes back what `set` has set: these names, or all where there are none. ServiceError for a name that was not set. */
  unset(names: readonly string[]): Promise<void>;
}
