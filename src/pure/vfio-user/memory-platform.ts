/** A machine in memory: files, eventfds and handles as Linux has them, for tests and for devices that run without a socket. */
import type { Handle, MappedMemory, MapRequest, Platform } from '../device/handle.ts';
import { DeviceError } from '../device/pci-device.ts';
import { EINVAL } from '../spec/errno.ts';

/** A file or an eventfd behind handles. */
export interface MemoryObject {
  readonly kind: 'file' | 'event';
  /** The bytes of a file; empty for an eventfd. */
  readonly bytes: Uint8Array;
  /** How often an eventfd was signalled. */
  signals: number;
}

/** A handle of this machine; another one of the same object is what arrives when it is sent. */
export interface MemoryHandle extends Handle {
  readonly object: MemoryObject;
  /** Another handle of the same object, as dup(2) makes one. */
  duplicate(): MemoryHandle;
}

/** Counts what is open, so that a test can see that everything was given back. */
export class MemoryPlatform implements Platform {
  /** Handles that nobody closed yet. */
  openHandles = 0;
  /** Mappings that nobody closed yet. */
  mappings = 0;
  readonly #handles = new WeakMap<Handle, MemoryHandle>();

  /** A handle of a new file of `size` bytes, all 0. */
  createFile(size: number): MemoryHandle {
    return this.#open({ kind: 'file', bytes: new Uint8Array(size), signals: 0 });
  }

  /** A handle of a new eventfd. */
  createEvent(): MemoryHandle {
    return this.#open({ kind: 'event', bytes: new Uint8Array(0), signals: 0 });
  }

  #open(object: MemoryObject): MemoryHandle {
    let isOpen = true;
    this.openHandles++;
    const handle: MemoryHandle = {
      object,
      duplicate: () => this.#open(object),
      // The law is "exactly once"; a second close hits a stranger's descriptor on a real machine.
      close: () => {
        if (!isOpen) throw new TypeError('the handle is closed already');
        isOpen = false;
        this.openHandles--;
      },
    };
    this.#handles.set(handle, handle);
    return handle;
  }

  /**
   * A handle of this machine.
   * @throws TypeError for one of another
   */
  own(handle: Handle): MemoryHandle {
    const own = this.#handles.get(handle);
    if (own === undefined) throw new TypeError('the handle is none of this machine');
    return own;
  }

  /**
   * A range past the file's end is refused at once; on Linux the first access would kill the process.
   * @throws DeviceError EINVAL where the file has fewer bytes
   */
  map(handle: Handle, { offset, size }: MapRequest): MappedMemory {
    const { bytes } = this.own(handle).object;
    if (offset + size > bytes.length) throw new DeviceError(EINVAL, `the file has ${bytes.length} bytes, ${offset + size} are wanted`);
    this.mappings++;
    return { bytes: bytes.subarray(offset, offset + size), close: () => this.mappings-- };
  }

  /** @throws DeviceError EINVAL for a file */
  requireEvent(handle: Handle): void {
    if (this.own(handle).object.kind !== 'event') throw new DeviceError(EINVAL, 'the handle is that of a file, wanted an eventfd');
  }

  signal(handle: Handle): void {
    this.own(handle).object.signals++;
  }
}
