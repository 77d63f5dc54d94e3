/** The guest's memory as one connection gives it: ranges that the client mapped, reached in place or by message. */

import { itemAt } from '../bytes/checked.ts';
import { formatHex } from '../bytes/hex.ts';
import type { FileMemory, Handle, Platform } from '../device/handle.ts';
import { DeviceError, type DmaRange, type GuestMemory } from '../device/pci-device.ts';
import { EEXIST, EFAULT, EINVAL, ENOENT, ENOSPC } from '../spec/errno.ts';
import type { Counters } from './counters.ts';
import { FileWindows } from './file-windows.ts';
import { VFIO_USER_DMA_READ, VFIO_USER_DMA_WRITE } from './message.ts';
import { decodeDmaReadReply, decodeDmaWriteReply, encodeDmaAccess } from './messages/dma-access.ts';
import type { Requests } from './requests.ts';

/** Largest range that is mapped into this process, as libvfio-user has it: 8 TiB. */
const MOST_MAPPED = 2n ** 43n;

interface Entry {
  readonly range: DmaRange;
  readonly end: bigint;
  /** Its bytes, mapped or to be copied; null where only messages reach them. */
  readonly content: FileWindows | FileMemory | null;
  /** Closed with the range; null where it has been given back already. */
  handle: Handle | null;
}

type Access = 'read' | 'write';

export interface ConnectionMemoryParts {
  readonly platform: Platform;
  readonly requests: Requests;
  readonly counters: Counters;
  readonly files: FileUse;
}

/**
 * What becomes of the file of a range: `mapped` into this process, or reached as its platform wants it, and closed; the same and `kept`
 * as long as the range, for a device that wants it; or not mapped and `passed` on to a device that reaches memory by itself, then closed.
 */
export type FileUse = 'mapped' | 'kept' | 'passed';

export class ConnectionMemory implements GuestMemory {
  readonly #parts: ConnectionMemoryParts;
  /** Sorted by address; no two overlap. */
  readonly #entries: Entry[] = [];
  #maxMaps = 0;
  #maxTransfer = 1;

  constructor(parts: ConnectionMemoryParts) {
    this.#parts = parts;
  }

  /** Sets what the two sides agreed on; until then nothing can be mapped. */
  open(maxMaps: number, maxTransfer: number): void {
    this.#maxMaps = maxMaps;
    this.#maxTransfer = maxTransfer;
  }

  /** From the last range to the first. Removing ranges in this order does not move those that are still to come. */
  get ranges(): readonly DmaRange[] {
    return this.#entries.map(entry => entry.range).reverse();
  }

  /** Place of the first range that ends after `address`. */
  #search(address: bigint): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (itemAt(this.#entries, middle).end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * Adds a range; once it returns, the file's handle is no longer the caller's. Where it throws nothing is kept: DeviceError EEXIST for an
   * overlap, ENOSPC for too many ranges, EINVAL for too large a file, and what the platform throws where it cannot map.
   */
  add(range: DmaRange): void {
    const at = this.#search(range.address);
    const end = range.address + range.size;
    const next = this.#entries[at];
    if (next !== undefined && next.range.address < end) throw new DeviceError(EEXIST, 'a range lies there already');
    if (this.#entries.length >= this.#maxMaps) throw new DeviceError(ENOSPC, `${this.#maxMaps} ranges are mapped, no more were agreed on`);
    const { files } = this.#parts;
    const content = range.file && files !== 'passed' ? this.#reachFile(range, range.file) : null;
    const isNeeded = files !== 'mapped' || (content instanceof FileWindows && !content.isWhole);
    const isDone = range.file !== null && !isNeeded;
    // A process may not have a descriptor for each of 65535 ranges, and a mapping needs none.
    if (isDone) range.file?.handle.close();
    this.#entries.splice(at, 0, { range, end, content, handle: isDone ? null : (range.file?.handle ?? null) });
  }

  #reachFile(range: DmaRange, file: { readonly handle: Handle; readonly offset: bigint }): FileWindows | FileMemory | null {
    if (range.size > MOST_MAPPED) throw new DeviceError(EINVAL, `a file of ${range.size} bytes is more than 8 TiB`);
    if (file.offset + range.size > BigInt(Number.MAX_SAFE_INTEGER)) throw new DeviceError(EINVAL, 'the file is used past 2^53');
    const { platform } = this.#parts;
    const part = { offset: Number(file.offset), size: Number(range.size), isWritable: range.isWritable };
    const way = platform.reach?.(file.handle, part) ?? 'mapped';
    if (way === 'mapped') return new FileWindows(platform, { handle: file.handle, ...part });
    return way === 'messages' ? null : way;
  }

  /** The range that was mapped as this one. DeviceError ENOENT where there is none. */
  exactly(address: bigint, size: bigint): DmaRange {
    const range = this.#entries[this.#search(address)]?.range;
    if (range?.address !== address || range.size !== size) throw new DeviceError(ENOENT, 'no range was mapped there with this size');
    return range;
  }

  /**
   * The ranges that lie inside this one, from the last to the first. By the specification a client takes back exactly one mapping. QEMU
   * takes back at once whatever its guest's IOMMU mapped in pieces, even the whole address space, as the kernel's VFIO_IOMMU_UNMAP_DMA
   * allows; a range that stayed would be somebody else's memory. DeviceError ENOENT where no range lies there, or only part of one.
   */
  within(address: bigint, size: bigint): readonly DmaRange[] {
    const end = address + size;
    const first = this.#search(address);
    let after = first;
    while ((this.#entries[after]?.range.address ?? end) < end) after++;
    const entries = this.#entries.slice(first, after);
    if (entries.length === 0) throw new DeviceError(ENOENT, 'nothing is mapped there');
    if (entries.some(entry => entry.range.address < address || entry.end > end)) {
      throw new DeviceError(ENOENT, 'a range is mapped there that goes on outside');
    }
    return entries.map(entry => entry.range).reverse();
  }

  /** Drops a range of this memory and its file: its bytes are out of reach from then on. */
  remove(range: DmaRange): void {
    this.#drop(range).handle?.close();
  }

  /** The device has taken the range: a file that was only passed on is needed no more. */
  settle(range: DmaRange): void {
    if (this.#parts.files !== 'passed') return;
    const entry = itemAt(this.#entries, this.#search(range.address));
    entry.handle?.close();
    entry.handle = null;
  }

  /** Undoes `add` for a range that the device does not want: the file is the caller's again. */
  release(range: DmaRange): void {
    this.#drop(range);
  }

  #drop(range: DmaRange): Entry {
    const place = this.#search(range.address);
    const entry = itemAt(this.#entries, place);
    this.#entries.splice(place, 1);
    entry.content?.close();
    return entry;
  }

  /** The range that holds `address`. DeviceError EFAULT where none does or it does not allow the access. */
  #entryAt(address: bigint, access: Access): Entry {
    const entry = this.#entries[this.#search(address)];
    const isAllowed = access === 'read' ? entry?.range.isReadable : entry?.range.isWritable;
    if (!entry || address < entry.range.address || !isAllowed) {
      throw new DeviceError(EFAULT, `guest address ${formatHex(address)} cannot be ${access === 'read' ? 'read' : 'written'}`);
    }
    return entry;
  }

  /** Judges a whole span, which may cross from one range into the next, before a byte of it moves. */
  #judge(address: bigint, length: number, access: Access): void {
    if (!Number.isSafeInteger(length) || length < 0) throw new RangeError(`${length} is no length`);
    const end = address + BigInt(length);
    for (let at = address; at < end; at = this.#entryAt(at, access).end);
  }

  view(address: bigint, length: number, access: Access): Uint8Array | null {
    this.#judge(address, length, access);
    if (length === 0) return new Uint8Array(0);
    const { content, range } = this.#entryAt(address, access);
    if (!(content instanceof FileWindows) || address + BigInt(length) > range.address + range.size) return null;
    const bytes = content.bytesAt(Number(address - range.address), length);
    if (bytes.length !== length) return null;
    this.#parts.counters.dmaMapped += length;
    return bytes;
  }

  read(address: bigint, length: number): Promise<Uint8Array> {
    return this.#parts.requests.track(this.#read(address, length));
  }

  write(address: bigint, bytes: Uint8Array): Promise<void> {
    return this.#parts.requests.track(this.#write(address, bytes));
  }

  async #read(address: bigint, length: number): Promise<Uint8Array> {
    this.#judge(address, length, 'read');
    const into = new Uint8Array(length);
    for (let done = 0; done < length; ) done += await this.#step(address + BigInt(done), into.subarray(done), 'read');
    return into;
  }

  async #write(address: bigint, bytes: Uint8Array): Promise<void> {
    this.#judge(address, bytes.length, 'write');
    for (let done = 0; done < bytes.length; ) done += await this.#step(address + BigInt(done), bytes.subarray(done), 'write');
  }

  /**
   * Moves as many of `bytes` as one mapping or one message takes; says how many. The range is looked up each time: while a message
   * was on its way the client may have taken it back.
   */
  #step(address: bigint, bytes: Uint8Array, access: Access): number | Promise<number> {
    const { content, range, end } = this.#entryAt(address, access);
    const left = end - address;
    const length = left < BigInt(bytes.length) ? Number(left) : bytes.length;
    if (content === null) return this.#message(address, bytes.subarray(0, Math.min(length, this.#maxTransfer)), access);
    const at = Number(address - range.address);
    const moved =
      content instanceof FileWindows
        ? moveMapped(content.bytesAt(at, length), bytes, access)
        : copyFile(content, at, bytes.subarray(0, length), access);
    this.#parts.counters.dmaMapped += moved;
    return moved;
  }

  #message(addr: bigint, bytes: Uint8Array, access: Access): Promise<number> {
    const { requests, counters } = this.#parts;
    const place = { addr, count: bytes.length };
    const isRead = access === 'read';
    const payload = isRead ? encodeDmaAccess(place) : encodeDmaAccess(place, bytes);
    return requests.request({ command: isRead ? VFIO_USER_DMA_READ : VFIO_USER_DMA_WRITE, payload }, (reply, handles) => {
      if (isRead) bytes.set(decodeDmaReadReply(reply, place));
      else decodeDmaWriteReply(reply, place);
      for (const handle of handles) handle.close();
      counters.dmaByMessage += bytes.length;
      return bytes.length;
    });
  }
}

/** Moves as many of `bytes` as are mapped at once; says how many. */
function moveMapped(mapped: Uint8Array, bytes: Uint8Array, access: Access): number {
  if (access === 'read') bytes.set(mapped);
  else mapped.set(bytes.subarray(0, mapped.length));
  return mapped.length;
}

function copyFile(file: FileMemory, at: number, bytes: Uint8Array, access: Access): number {
  file[access](at, bytes);
  return bytes.length;
}
