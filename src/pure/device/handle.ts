/** A handle is something that the platform opened for us (a file descriptor on Linux, an object in memory elsewhere). */

/** A handle has one owner, who closes it exactly once. A call that takes one and succeeds becomes the owner. */
export interface Handle {
  /** Gives it back to the platform. */
  close(): void;
}

/** Guest memory that is mapped into this process. `bytes` must not be used after `close`. */
export interface MappedMemory {
  readonly bytes: Uint8Array;
  /** Unmaps it. */
  close(): void;
}

/** A part of a client's file that is not mapped: its bytes are copied. Offsets count from the start of the part, and lie inside it. */
export interface FileMemory {
  /** @throws DeviceError EFAULT where the file has become shorter */
  read(offset: number, into: Uint8Array): void;
  /** @throws DeviceError EFAULT where the file cannot be written */
  write(offset: number, bytes: Uint8Array): void;
  /** Gives it back. */
  close(): void;
}

/** Which part of a file is mapped, and whether it may be written to. */
export interface MapRequest {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly isWritable: boolean;
}

/** What pure code asks of the machine it runs on. */
export interface Platform {
  /** Bytes of its pages, in which memory is mapped; 4096 where it is left out. */
  readonly pageSize?: number;
  /**
   * How a part of a file that a client passed is reached: `mapped`, which is the default; by copying its bytes; or by `messages` to the
   * client, as if it had passed no file. The handle stays the caller's.
   * @throws DeviceError where the machine refuses
   */
  reach?(handle: Handle, request: MapRequest): FileMemory | 'mapped' | 'messages';
  /**
   * Maps a file that a client passed; the handle stays the caller's.
   * @throws DeviceError where the machine refuses
   */
  map(handle: Handle, request: MapRequest): MappedMemory;
  /**
   * Judges a handle that a client passed to be signalled; it stays the caller's.
   * @throws DeviceError EINVAL, with words that say what it is, for one that is no eventfd
   */
  requireEvent(handle: Handle): void;
  /** Signals an eventfd: adds 1 to its counter. Never blocks, never throws for a peer that is gone. */
  signal(handle: Handle): void;
}
