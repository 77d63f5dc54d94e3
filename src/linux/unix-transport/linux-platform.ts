/** What pure code asks of the machine, on Linux: maps a client's files, signals its eventfds (mmap(2), memfd_create(2), eventfd(2)). */
import { fstatSync, type Stats } from 'node:fs';
import { constants } from 'node:os';
import type { FileMemory, Handle, MappedMemory, MapRequest, Platform } from '../../pure/device/handle.ts';
import { DeviceError } from '../../pure/device/pci-device.ts';
import {
  canMap,
  Descriptor,
  FileMappings,
  type FilePart,
  pageSize,
  SyscallError,
  sealAgainstShrinking,
  setNonBlocking,
} from '../ffi/index.ts';
import { libc } from '../ffi/libc.ts';
import { FilesByCalls, takesCalls } from './files-by-calls.ts';
import { EVENT_FD, openKind } from './open-kind.ts';

/** How far a client's files are trusted. */
export interface LinuxPlatformOptions {
  /**
   * What to do with a file that its owner can make shorter: touching what is gone of a mapping ends this process with SIGBUS. A memfd is
   * sealed against that where it allows seals (QEMU's memory-backend-memfd does); no other file can be. `copy` (default) reads and writes
   * such a file by calls, so that a device has no view of it; `refuse` takes no such file; `map` trusts the client with this process.
   */
  readonly shrinkable?: 'copy' | 'refuse' | 'map';
}

/** S_IFMT: the bits of `st_mode` that say a file's type (stat(2)). */
const TYPE_MASK = 0o170000;
/** Bytes of the smallest page of any machine: nobody offers memory in smaller pieces. */
const SMALLEST_PAGE = 4096;
const ONE = new Uint8Array(BigUint64Array.of(1n).buffer);

/** The platform of a real socket: handles are file descriptors. */
export class LinuxPlatform implements Platform {
  readonly pageSize = pageSize();
  readonly #shrinkable: 'copy' | 'refuse' | 'map';
  readonly #files = new FilesByCalls();
  readonly #mappings = new FileMappings();
  /** Handles that `signal` has looked at, and whether each may be written to. */
  readonly #vetted = new WeakMap<Handle, boolean>();

  constructor({ shrinkable = 'copy' }: LinuxPlatformOptions = {}) {
    this.#shrinkable = shrinkable;
  }

  /**
   * Only a file that cannot become shorter is mapped, but by the option; one that calls cannot write to is left to messages.
   * @throws DeviceError EINVAL for a range beyond the file's end and for what is no file, EACCES for a file that is not open for what is
   * wanted, EPERM where such files are refused, ENOSPC for too many of them
   */
  reach(handle: Handle, request: MapRequest): FileMemory | 'mapped' | 'messages' {
    const descriptor = ownDescriptor(handle);
    if (this.#shrinkable !== 'copy' || sealAgainstShrinking(descriptor)) return 'mapped';
    const stats = fstatSync(descriptor.number);
    requireInside(stats, request);
    requireAccess(descriptor, request);
    return takesCalls(descriptor) ? this.#files.open(descriptor, stats, request) : 'messages';
  }

  /**
   * Maps a part of a client's file.
   * @throws DeviceError EINVAL for a range beyond the file's end and for what is no file, EPERM where mapping is refused, else the kernel's
   * errno for a range or file that it cannot map
   * @throws SyscallError where this process cannot map anything
   */
  map(handle: Handle, request: MapRequest): MappedMemory {
    const descriptor = ownDescriptor(handle);
    const isSealed = sealAgainstShrinking(descriptor);
    if (!isSealed && this.#shrinkable !== 'map') {
      throw new DeviceError(constants.errno.EPERM, `Cannot map ${descriptor.target}: its owner can make it shorter, wanted a sealed memfd`);
    }
    const stats = fstatSync(descriptor.number);
    requireInside(stats, request);
    requireAccess(descriptor, request);
    return new MappedPart(this.#mapFile(descriptor, stats, request), request.size);
  }

  /** What the kernel refuses of a peer's file is the peer's mistake, not a failure here. */
  #mapFile(descriptor: Descriptor, stats: Stats, { offset, size: length, isWritable: writable }: MapRequest): FilePart {
    try {
      return this.#mappings.map(descriptor, stats, { offset, length, writable });
    } catch (error) {
      if (!(error instanceof SyscallError) || error.errno === constants.errno.ENOMEM) throw error;
      throw new DeviceError(error.errno, error.message);
    }
  }

  /** @throws DeviceError EINVAL for anything but an eventfd */
  requireEvent(handle: Handle): void {
    const kind = openKind(ownDescriptor(handle));
    if (kind !== EVENT_FD) throw new DeviceError(constants.errno.EINVAL, `the descriptor is that of ${kind}, wanted ${EVENT_FD}`);
  }

  /** The signal is lost where the counter is full or the peer is gone. */
  signal(handle: Handle): void {
    if (!(handle instanceof Descriptor) || handle.isClosed) return;
    let isEventFd = this.#vetted.get(handle);
    if (isEventFd === undefined) {
      isEventFd = prepareEventFd(handle);
      this.#vetted.set(handle, isEventFd);
    }
    if (isEventFd) libc().write(handle.number, ONE, 8);
  }
}

/** A part that few devices touch: its bytes become an array when they are first asked for. */
class MappedPart implements MappedMemory {
  readonly #part: FilePart;
  readonly #size: number;
  #bytes: Uint8Array | null = null;
  #isClosed = false;

  constructor(part: FilePart, size: number) {
    this.#part = part;
    this.#size = size;
  }

  get bytes(): Uint8Array {
    if (this.#isClosed) throw new TypeError('Cannot use guest memory: it is unmapped');
    this.#bytes ??= new Uint8Array(libc().view(this.#part.address, this.#size));
    return this.#bytes;
  }

  close(): void {
    this.#isClosed = true;
    this.#bytes = null;
    this.#part.close();
  }
}

function ownDescriptor(handle: Handle): Descriptor {
  if (handle instanceof Descriptor) return handle;
  throw new TypeError('Cannot use a handle that is no descriptor of this process');
}

/** Only regular files say where they end; memfds and huge pages are such files. */
function requireInside(stats: Stats, { offset, size }: MapRequest): void {
  const { EINVAL } = constants.errno;
  if (!stats.isFile()) throw new DeviceError(EINVAL, 'Cannot map guest memory: the descriptor is that of no file');
  if (!(offset >= 0 && size > 0 && offset + size <= stats.size)) {
    throw new DeviceError(EINVAL, `Cannot map ${size} bytes at ${offset} of guest memory: the file has ${stats.size}`);
  }
}

/** As mmap(2) would refuse the part by itself; other parts of the file may be mapped already, through another descriptor. */
function requireAccess(descriptor: Descriptor, { offset, isWritable }: MapRequest): void {
  const { EACCES, EINVAL } = constants.errno;
  if (offset % SMALLEST_PAGE !== 0) throw new DeviceError(EINVAL, `Cannot map guest memory at ${offset} of its file: no page begins there`);
  if (!canMap(descriptor, isWritable)) {
    const access = isWritable ? 'reading and writing' : 'reading';
    throw new DeviceError(EACCES, `Cannot map ${descriptor.target}: it was not opened for ${access}`);
  }
}

/**
 * An eventfd is a file without a type. A file that has a type, such as a pipe, must not be written to because a peer says so. An owner who
 * fills the counter would make a write wait, so writing is set to fail instead.
 */
function prepareEventFd(descriptor: Descriptor): boolean {
  try {
    const stats = fstatSync(descriptor.number);
    if ((stats.mode & TYPE_MASK) !== 0) return false;
    setNonBlocking(descriptor);
    return true;
  } catch {
    return false;
  }
}
