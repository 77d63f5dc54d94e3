/** Regions read and written by message: the path that nearly every message takes, so it allocates nothing. */
import { byteAt, itemAt } from '../bytes/checked.ts';
import type { PciDevice } from '../device/pci-device.ts';
import type { MessageBuffer } from './endpoint.ts';
import { ACCESS_COUNT, ACCESS_DATA, ACCESS_OFFSET, ACCESS_REGION } from './messages/region-access.ts';
import { MessageError } from './protocol-error.ts';

/** The subarrays for accesses of up to this many bytes, as a CPU makes them, are made in advance. */
const CACHED = 8;

function subarrays(bytes: Uint8Array, at: number): Uint8Array[] {
  return Array.from({ length: CACHED + 1 }, (_, length) => bytes.subarray(at, at + length));
}

export class RegionAccess {
  readonly #device: PciDevice;
  readonly #output: MessageBuffer;
  /** Subarrays of the reply's data, by length. */
  readonly #replies: readonly Uint8Array[];
  readonly #scratch = new Uint8Array(CACHED);
  readonly #scratches = subarrays(this.#scratch, 0);

  /** `output` has room for the largest reply. */
  constructor(device: PciDevice, output: MessageBuffer) {
    this.#device = device;
    this.#output = output;
    this.#replies = subarrays(output.bytes, ACCESS_DATA);
  }

  /** Whether `count` bytes at `offset` lie in a region that allows the access. MessageError where they do not. */
  #judge(region: number, offset: number, count: number, isWrite: boolean): void {
    const { regions } = this.#device;
    const there = regions[region];
    if (there === undefined) throw new MessageError(`region ${region} of ${regions.length}`);
    const { size, isReadable, isWritable } = there;
    if (count === 0) throw new MessageError('an access of no bytes');
    if (offset + count > size) throw new MessageError(`region ${region} has ${size} bytes, ${count} at ${offset} end past them`);
    if (!(isWrite ? isWritable : isReadable)) throw new MessageError(`region ${region} cannot be ${isWrite ? 'written' : 'read'}`);
  }

  /** Copies offset, region and count into the reply. */
  #echo(view: DataView, at: number): void {
    const { view: output } = this.#output;
    output.setUint32(ACCESS_OFFSET, view.getUint32(at + ACCESS_OFFSET, true), true);
    output.setUint32(ACCESS_OFFSET + 4, view.getUint32(at + ACCESS_OFFSET + 4, true), true);
    output.setUint32(ACCESS_REGION, view.getUint32(at + ACCESS_REGION, true), true);
    output.setUint32(ACCESS_COUNT, view.getUint32(at + ACCESS_COUNT, true), true);
  }

  /** A read of at most `limit` bytes: fills the reply but for its header, returns its length. */
  read(input: MessageBuffer, at: number, length: number, limit: number): number {
    const { view } = input;
    if (length !== ACCESS_DATA) throw new MessageError(`${length} bytes, wants ${ACCESS_DATA}`);
    // Read as two halves, since a bigint would be a new object. Above 2^53 the sum is inexact, but then it is past any region.
    const offset = view.getUint32(at + ACCESS_OFFSET + 4, true) * 2 ** 32 + view.getUint32(at + ACCESS_OFFSET, true);
    const region = view.getUint32(at + ACCESS_REGION, true);
    const count = view.getUint32(at + ACCESS_COUNT, true);
    if (count > limit) throw new MessageError(`${count} bytes, at most ${limit}`);
    this.#judge(region, offset, count, false);
    const into = count <= CACHED ? itemAt(this.#replies, count) : this.#output.bytes.subarray(ACCESS_DATA, ACCESS_DATA + count);
    this.#device.readRegion(region, offset, into);
    this.#echo(view, at);
    return ACCESS_DATA + count;
  }

  /** A write of at most `limit` bytes: fills the reply but for its header, returns its length. */
  write(input: MessageBuffer, at: number, length: number, limit: number): number {
    const { view, bytes } = input;
    if (length < ACCESS_DATA) throw new MessageError(`${length} bytes, needs ${ACCESS_DATA}`);
    const offset = view.getUint32(at + ACCESS_OFFSET + 4, true) * 2 ** 32 + view.getUint32(at + ACCESS_OFFSET, true);
    const region = view.getUint32(at + ACCESS_REGION, true);
    const count = view.getUint32(at + ACCESS_COUNT, true);
    if (count > limit) throw new MessageError(`${count} bytes, at most ${limit}`);
    if (length !== ACCESS_DATA + count) throw new MessageError(`${length - ACCESS_DATA} bytes of data for a count of ${count}`);
    this.#judge(region, offset, count, true);
    this.#device.writeRegion(region, offset, this.#dataOf(bytes, at + ACCESS_DATA, count));
    this.#echo(view, at);
    return ACCESS_DATA;
  }

  #dataOf(bytes: Uint8Array, at: number, count: number): Uint8Array {
    if (count > CACHED) return bytes.subarray(at, at + count);
    const scratch = this.#scratch;
    for (let i = 0; i < count; i++) scratch[i] = byteAt(bytes, at + i);
    return itemAt(this.#scratches, count);
  }

  /** Whether a write that is one of several may be done. MessageError where not. */
  judgeWrite(region: number, offset: bigint, count: number): void {
    this.#judge(region, Number(offset), count, true);
  }
}
