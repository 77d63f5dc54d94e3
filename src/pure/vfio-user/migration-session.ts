/** Stop-and-copy migration of a device over one connection: its states and its data (linux/vfio.h, enum vfio_device_mig_state). */
import { DeviceError, type DeviceMigration } from '../device/pci-device.ts';
import { EINVAL, ENOSPC } from '../spec/errno.ts';
import {
  VFIO_DEVICE_STATE_ERROR,
  VFIO_DEVICE_STATE_RESUMING,
  VFIO_DEVICE_STATE_RUNNING,
  VFIO_DEVICE_STATE_STOP,
  VFIO_DEVICE_STATE_STOP_COPY,
} from '../spec/vfio/index.ts';

/** Largest state that a device is given, in bytes; a client may send any number of messages. */
export const DEFAULT_MAX_STATE = 64 << 20;

const REACHABLE: readonly number[] = [
  VFIO_DEVICE_STATE_STOP,
  VFIO_DEVICE_STATE_RUNNING,
  VFIO_DEVICE_STATE_STOP_COPY,
  VFIO_DEVICE_STATE_RESUMING,
];

export class MigrationSession {
  readonly #device: DeviceMigration;
  readonly #maxState: number;
  #state: number = VFIO_DEVICE_STATE_RUNNING;
  /** What is still to be read while in STOP_COPY. */
  #saved: Uint8Array = new Uint8Array(0);
  #received: Uint8Array[] = [];
  #receivedSize = 0;

  constructor(device: DeviceMigration, maxState: number) {
    this.#device = device;
    this.#maxState = maxState;
  }

  /** `VFIO_DEVICE_STATE_…` */
  get state(): number {
    return this.#state;
  }

  /**
   * Goes to a state along the arcs of stop-and-copy. All of them touch STOP, so no way has more than two. DeviceError EINVAL for a
   * state that cannot be asked for, and from ERROR, which only a reset leaves. Where the device refuses an arc, throws what the device
   * throws, in the last state that was reached.
   */
  setState(wanted: number): void {
    if (!REACHABLE.includes(wanted)) throw new DeviceError(EINVAL, `state ${wanted} cannot be asked for`);
    if (this.#state === VFIO_DEVICE_STATE_ERROR) throw new DeviceError(EINVAL, 'the device has failed and must be reset');
    if (wanted === this.#state) return;
    if (this.#state !== VFIO_DEVICE_STATE_STOP) this.#stop();
    if (wanted !== VFIO_DEVICE_STATE_STOP) this.#leaveStop(wanted);
  }

  #stop(): void {
    if (this.#state === VFIO_DEVICE_STATE_RUNNING) this.#device.stop();
    if (this.#state === VFIO_DEVICE_STATE_RESUMING) this.#load();
    this.#saved = new Uint8Array(0);
    this.#state = VFIO_DEVICE_STATE_STOP;
  }

  #leaveStop(wanted: number): void {
    if (wanted === VFIO_DEVICE_STATE_RUNNING) this.#device.resume();
    if (wanted === VFIO_DEVICE_STATE_STOP_COPY) this.#saved = this.#device.save();
    this.#dropReceived();
    this.#state = wanted;
  }

  /** Half a state is worse than none: a device that refuses what it got is in ERROR. */
  #load(): void {
    const whole = new Uint8Array(this.#receivedSize);
    let at = 0;
    for (const part of this.#received) {
      whole.set(part, at);
      at += part.length;
    }
    this.#dropReceived();
    try {
      this.#device.load(whole);
    } catch (error) {
      this.#state = VFIO_DEVICE_STATE_ERROR;
      throw error;
    }
  }

  #dropReceived(): void {
    this.#received = [];
    this.#receivedSize = 0;
  }

  /** The next bytes of the saved state, at most `size`; fewer mean that there are no more. */
  read(size: number): Uint8Array {
    if (this.#state !== VFIO_DEVICE_STATE_STOP_COPY) throw new DeviceError(EINVAL, `state ${this.#state} has no data to read`);
    const part = this.#saved.subarray(0, size);
    this.#saved = this.#saved.subarray(part.length);
    return part;
  }

  /** Takes a part of a state; `part` is copied. */
  write(part: Uint8Array): void {
    if (this.#state !== VFIO_DEVICE_STATE_RESUMING) throw new DeviceError(EINVAL, `state ${this.#state} takes no data`);
    if (this.#receivedSize + part.length > this.#maxState) throw new DeviceError(ENOSPC, `a state of more than ${this.#maxState} bytes`);
    if (part.length === 0) return;
    this.#received.push(part.slice());
    this.#receivedSize += part.length;
  }

  /** The device was reset: it runs, whatever it was doing. */
  afterReset(): void {
    this.#dropReceived();
    this.#saved = new Uint8Array(0);
    if (this.#state !== VFIO_DEVICE_STATE_RUNNING) this.#device.resume();
    this.#state = VFIO_DEVICE_STATE_RUNNING;
  }

  /** The client is gone: the next one must find a device that runs. One left with half a state is reset by `reset`. */
  end(reset: () => void): void {
    const isBroken = this.#state === VFIO_DEVICE_STATE_RESUMING || this.#state === VFIO_DEVICE_STATE_ERROR;
    if (isBroken) reset();
    this.afterReset();
  }
}
