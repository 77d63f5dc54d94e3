/** Guest memory that a client shows to a server without a file: DMA_READ and DMA_WRITE are answered from it. */
import { formatHex } from '../bytes/hex.ts';
import { DeviceError } from '../device/pci-device.ts';
import { EFAULT } from '../spec/errno.ts';
import { decodeDmaRequest, encodeDmaAccess } from './messages/dma-access.ts';

export interface ClientRange {
  readonly address: bigint;
  readonly size: bigint;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** The memory itself; null where the server maps a file, so that messages reach nothing. */
  readonly bytes: Uint8Array | null;
}

export class ClientMemory {
  readonly #ranges = new Set<ClientRange>();

  add(range: ClientRange): void {
    this.#ranges.add(range);
  }

  remove(range: ClientRange): void {
    this.#ranges.delete(range);
  }

  /** Drops the ranges that lie inside this one. */
  removeWithin(address: bigint, size: bigint): void {
    for (const range of this.#ranges) {
      if (range.address >= address && range.address + range.size <= address + size) this.#ranges.delete(range);
    }
  }

  clear(): void {
    this.#ranges.clear();
  }

  /** `count` bytes of one range. DeviceError EFAULT where they are not all there, or the server has no right to them. */
  #span(addr: bigint, count: number, isWrite: boolean): Uint8Array {
    for (const { address, size, isReadable, isWritable, bytes } of this.#ranges) {
      if (addr < address || addr + BigInt(count) > address + size) continue;
      if (bytes === null || !(isWrite ? isWritable : isReadable)) break;
      const at = Number(addr - address);
      return bytes.subarray(at, at + count);
    }
    throw new DeviceError(EFAULT, `${count} bytes at ${formatHex(addr)} cannot be ${isWrite ? 'written' : 'read'}`);
  }

  /** The payload of the reply to a server's DMA command. MessageError or DeviceError for one that is refused. */
  answer(payload: Uint8Array, limit: number, isWrite: boolean): Uint8Array {
    const { addr, count, data } = decodeDmaRequest(payload, limit, isWrite);
    const span = this.#span(addr, count, isWrite);
    if (!isWrite) return encodeDmaAccess({ addr, count }, span);
    span.set(data);
    return encodeDmaAccess({ addr, count });
  }
}
