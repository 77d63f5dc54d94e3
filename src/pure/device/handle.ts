/** What the platform opened for us (a file descriptor on Linux, an object in memory elsewhere), and what it does with one. */

/** Has one owner, who closes it exactly once. Who is given one in a call that succeeds owns it from then on. */
export interface Handle {
  /** Gives it back to the platform. */
  close(): void;
}

/** Guest memory in this process's reach. `bytes` end with it: nobody uses them after `close`. */
export interface MappedMemory {
  readonly bytes: Uint8Array;
  /** Unmaps it. */
  close(): void;
}

/** What is mapped of a file, and whether it may be written to. */
export interface MapRequest {
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
  readonly isWritable: boolean;
}

/** What pure code asks of the machine it runs on. */
export interface Platform {
  /**
   * Maps a file that a client passed; the handle stays the caller's.
   * @throws DeviceError where the machine refuses
   */
  map(handle: Handle, request: MapRequest): MappedMemory;
  /** Signals an eventfd: adds 1 to its counter. Never blocks, never throws for a peer that is gone. */
  signal(handle: Handle): void;
}
