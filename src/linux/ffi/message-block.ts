/** One message of a UNIX socket with room for bytes and descriptors, in native memory (sendmsg(2), cmsg(3), unix(7)). */
import { pointer, s32, u32, u64 } from '../../pure/bytes/c-types.ts';
import { struct } from '../../pure/bytes/struct.ts';
import { SCM_MAX_FD, SCM_RIGHTS, SOL_SOCKET } from './constants.ts';
import { NativeBlock } from './native-block.ts';

/** As the kernel lays them out on 64-bit machines. */
const msghdr = struct('msghdr', {
  msg_name: pointer,
  msg_namelen: u32,
  pad: u32,
  msg_iov: pointer,
  msg_iovlen: u64,
  msg_control: pointer,
  msg_controllen: u64,
  msg_flags: s32,
});
const iovec = struct('iovec', { iov_base: pointer, iov_len: u64 });
const cmsghdr = struct('cmsghdr', { cmsg_len: u64, cmsg_level: s32, cmsg_type: s32 });

const IOVEC = msghdr.size;
const IOV_BASE = IOVEC + iovec.fields.iov_base.offset;
const IOV_LEN = IOVEC + iovec.fields.iov_len.offset;
const CONTROL = IOVEC + iovec.size;
const { msg_control: POINTER, msg_controllen: CONTROL_LENGTH, msg_flags: FLAGS } = msghdr.fields;

const CONTROL_AT = BigInt(CONTROL);

/** A 64-bit length, all of whose values here are below 2^32. */
function setLow(view: DataView, at: number, length: number): void {
  view.setUint32(at, length, true);
  view.setUint32(at + 4, 0, true);
}

/** Control messages begin at multiples of 8. */
const aligned = (length: number): number => (length + 7) & ~7;

/** Room for a message of up to `dataSize` bytes and `maxDescriptors` descriptors; the addresses in it are set once. */
export class MessageBlock implements Disposable {
  readonly maxDescriptors: number;
  readonly dataSize: number;
  readonly #block: NativeBlock;
  readonly #data: Uint8Array<ArrayBuffer>;
  readonly #mapped: DataView<ArrayBuffer>;
  readonly #dataAt: number;
  readonly #controlSize: number;
  #address: bigint | null;
  /** Where the iovec points to now. */
  #at = -1;
  /** Whether it points to room for control messages now. */
  #hasRoom = false;

  /** Throws RangeError for no room for data, or for more than the 253 descriptors that the kernel passes at once. */
  constructor(dataSize: number, maxDescriptors: number) {
    if (!Number.isInteger(dataSize) || dataSize < 1) throw new RangeError(`Cannot make room for ${dataSize} bytes: wanted 1 and more`);
    if (!Number.isInteger(maxDescriptors) || maxDescriptors < 0 || maxDescriptors > SCM_MAX_FD) {
      throw new RangeError(`Cannot make room for ${maxDescriptors} descriptors: wanted 0 to ${SCM_MAX_FD}`);
    }
    this.dataSize = dataSize;
    this.maxDescriptors = maxDescriptors;
    // A multiple of 16, so that numbers in the data are aligned.
    this.#dataAt = Math.ceil((CONTROL + cmsghdr.size + aligned(4 * maxDescriptors)) / 16) * 16;
    this.#block = NativeBlock.allocate(this.#dataAt + dataSize);
    this.#mapped = this.#block.view;
    this.#address = this.#block.addressOf();
    this.#data = this.#block.bytes.subarray(this.#dataAt);
    // The padding is not counted: with an odd number of descriptors it would leave room for one more.
    this.#controlSize = maxDescriptors === 0 ? 0 : cmsghdr.size + 4 * maxDescriptors;
    msghdr.write({ msg_iov: this.#block.addressOf(IOVEC), msg_iovlen: 1n }, this.#block.bytes);
  }

  /** Address of the msghdr. Throws TypeError once disposed of, as everything here does. */
  get address(): bigint {
    if (this.#address === null) throw new TypeError('Cannot use a message: its memory is unmapped');
    return this.#address;
  }

  get #view(): DataView<ArrayBuffer> {
    if (this.#address === null) throw new TypeError('Cannot use a message: its memory is unmapped');
    return this.#mapped;
  }

  /** The room for data, without a copy; it ends with the block. */
  get data(): Uint8Array<ArrayBuffer> {
    if (this.#address === null) throw new TypeError('Cannot use a message: its memory is unmapped');
    return this.#data;
  }

  /** Points the message at `length` bytes from byte `at` of the data on. Throws RangeError outside of the data. */
  #aim(at: number, length: number): void {
    if (!(at >= 0 && length >= 1 && at + length <= this.dataSize)) {
      throw new RangeError(`Cannot pass ${length} bytes at ${at} of ${this.dataSize}: wanted 1 and more, inside`);
    }
    // This runs for every message, and making a bigint costs as much as all the rest.
    if (at !== this.#at) this.#view.setBigUint64(IOV_BASE, this.address + BigInt(this.#dataAt + at), true);
    this.#at = at;
    setLow(this.#view, IOV_LEN, length);
  }

  /** With a control length of 0 the kernel wants a null pointer. */
  #setControl(length: number): void {
    const view = this.#view;
    const hasRoom = length !== 0;
    if (hasRoom !== this.#hasRoom) view.setBigUint64(POINTER.offset, hasRoom ? this.address + CONTROL_AT : 0n, true);
    this.#hasRoom = hasRoom;
    setLow(view, CONTROL_LENGTH.offset, length);
    view.setInt32(FLAGS.offset, 0, true);
  }

  /** Makes the block ready for recvmsg into a part of the data. */
  prepareReceive(at: number, length: number): void {
    this.#aim(at, length);
    this.#setControl(this.#controlSize);
  }

  /** Makes the block ready for sendmsg of a part of the data together with `descriptors`. Throws RangeError for too many. */
  prepareSend(at: number, length: number, descriptors: readonly number[]): void {
    if (descriptors.length > this.maxDescriptors) {
      throw new RangeError(`Cannot pass ${descriptors.length} descriptors: there is room for ${this.maxDescriptors}`);
    }
    this.#aim(at, length);
    if (descriptors.length === 0) {
      this.#setControl(0);
      return;
    }
    const size = cmsghdr.size + 4 * descriptors.length;
    cmsghdr.write({ cmsg_len: BigInt(size), cmsg_level: SOL_SOCKET, cmsg_type: SCM_RIGHTS }, this.#block.bytes, CONTROL);
    for (const [i, number] of descriptors.entries()) this.#view.setInt32(CONTROL + cmsghdr.size + 4 * i, number, true);
    this.#setControl(aligned(size));
  }

  /** Whether recvmsg brought anything beside data. */
  get hasControl(): boolean {
    return this.#view.getUint32(CONTROL_LENGTH.offset, true) !== 0;
  }

  /** `msg_flags` after recvmsg. */
  get flags(): number {
    return this.#view.getInt32(FLAGS.offset, true);
  }

  /** The numbers of all descriptors that recvmsg brought; each is now this process's to close. */
  receivedNumbers(): number[] {
    const view = this.#view;
    const end = CONTROL + view.getUint32(CONTROL_LENGTH.offset, true);
    const numbers: number[] = [];
    for (let at = CONTROL; at + cmsghdr.size <= end; ) {
      const length = view.getUint32(at, true);
      if (length < cmsghdr.size || at + length > end) break;
      const isRights = view.getInt32(at + 8, true) === SOL_SOCKET && view.getInt32(at + 12, true) === SCM_RIGHTS;
      for (let i = at + cmsghdr.size; isRights && i + 4 <= at + length; i += 4) numbers.push(view.getInt32(i, true));
      at += aligned(length);
    }
    return numbers;
  }

  [Symbol.dispose](): void {
    this.#address = null;
    this.#block[Symbol.dispose]();
  }
}
