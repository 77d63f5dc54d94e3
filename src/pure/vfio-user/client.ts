/** The client's side of a connection: every command as a promise, every reply checked (vfio-user specification 0.9.2). */
import type { Handle } from '../device/handle.ts';
import type { IrqRequest } from '../device/pci-device.ts';
import {
  VFIO_DEVICE_FEATURE_GET,
  VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
  VFIO_DEVICE_FEATURE_PROBE,
  VFIO_DEVICE_FEATURE_SET,
  VFIO_DEVICE_FLAGS_RESET,
  vfio_device_feature_mig_state,
} from '../spec/vfio/index.ts';
import { ClientEndpoint } from './client-endpoint.ts';
import { type ClientDeviceInfo, type ClientDmaRange, type ClientIrqInfo, type ClientRegionInfo, regionOf } from './client-values.ts';
import * as message from './message.ts';
import { decodeFeatureReply, encodeDeviceFeature } from './messages/device-feature.ts';
import { decodeDeviceInfo, encodeDeviceInfo } from './messages/device-info.ts';
import { encodeDmaMap, VFIO_USER_F_DMA_REGION_READ, VFIO_USER_F_DMA_REGION_WRITE } from './messages/dma-map.ts';
import { encodeDmaUnmap } from './messages/dma-unmap.ts';
import { decodeIrqInfo, encodeIrqInfo } from './messages/irq-info.ts';
import { decodeMigrationReply, encodeMigrationData, encodeMigrationRead } from './messages/migration-data.ts';
import { decodeRegionAccessReply, encodeRegionAccess } from './messages/region-access.ts';
import { decodeRegionInfoReply, encodeRegionInfoRequest } from './messages/region-info.ts';
import { decodeRegionIoFdsReply, encodeRegionIoFdsRequest, type SubRegion } from './messages/region-io-fds.ts';
import { decodeWritesDone, encodeRegionWriteMulti } from './messages/region-write-multi.ts';
import { encodeSetIrqs } from './messages/set-irqs.ts';
import { decodeVersionReply, encodeVersion } from './messages/version.ts';
import { type Agreement, judgeAnswer, proposeVersion } from './negotiate.ts';
import { MessageError } from './protocol-error.ts';
import { closeAll } from './requests.ts';

/** Room for a reply with capabilities: more areas than any device has. */
const REPLY_ROOM = 4096;

/** A write that goes with others in one message: 1 to 8 bytes. */
export interface SmallWrite {
  readonly region: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/**
 * Speaks to a server that it does not trust. A promise rejects with DeviceError where the server refuses, with ProtocolError where its
 * reply is wrong; a reply that is longer than it says is taken as far as it says. Nothing but `negotiate` may come first.
 */
export class VfioUserClient extends ClientEndpoint {
  #agreement: Agreement | null = null;

  /**
   * What was agreed on.
   * @throws TypeError before `negotiate`
   */
  get agreement(): Agreement {
    if (this.#agreement === null) throw new TypeError('negotiate comes first');
    return this.#agreement;
  }

  #ask<T>(command: number, payload: Uint8Array, accept: (reply: Uint8Array) => T, handles: readonly Handle[] = []): Promise<T> {
    const take = (reply: Uint8Array, came: readonly Handle[]): T => {
      if (came.length > 0) throw new MessageError(`${came.length} handles where none is due`);
      return accept(reply);
    };
    return this.requests.track(this.requests.request({ command, payload, handles }, take));
  }

  /** Sends a command whose reply is a header; what a server puts behind it says nothing. */
  #tell(command: number, payload: Uint8Array, handles: readonly Handle[] = []): Promise<void> {
    return this.#ask(command, payload, ignore, handles);
  }

  /** Agrees on version and limits. */
  negotiate(): Promise<Agreement> {
    return this.#ask(message.VFIO_USER_VERSION, encodeVersion(proposeVersion(this.limits)), reply => {
      this.#agreement = judgeAnswer(decodeVersionReply(reply), this.limits);
      return this.#agreement;
    });
  }

  /** Asks how many regions and kinds of interrupt there are, and whether the device can be reset. */
  getInfo(): Promise<ClientDeviceInfo> {
    return this.#ask(message.VFIO_USER_DEVICE_GET_INFO, encodeDeviceInfo(), reply => {
      const { flags, num_regions, num_irqs } = decodeDeviceInfo(reply);
      return { flags, isResettable: (flags & VFIO_DEVICE_FLAGS_RESET) !== 0, regionCount: num_regions, irqCount: num_irqs };
    });
  }

  /** `room`: bytes that the reply's payload may take; a server that needs more is asked once more. */
  async getRegionInfo(index: number, room = REPLY_ROOM): Promise<ClientRegionInfo> {
    const command = message.VFIO_USER_DEVICE_GET_REGION_INFO;
    const ask = (argsz: number) =>
      this.requests.track(
        this.requests.request({ command, payload: encodeRegionInfoRequest({ argsz, index }) }, (reply, handles) => {
          const { argsz: needed } = decodeRegionInfoReply(reply).info;
          const isShort = needed > argsz && needed <= this.messageLimit - message.HEADER_SIZE;
          if (!isShort) return { needed: 0, region: regionOf(decodeRegionInfoReply(reply), index, handles) };
          closeAll(handles);
          return { needed, region: null };
        }),
      );
    const first = await ask(room);
    const answer = first.region ?? (await ask(first.needed)).region;
    if (answer === null) throw new MessageError(`the server wants more room for region ${index} each time`);
    return answer;
  }

  /**
   * Asks for the files by which a hypervisor reaches parts of the region. The handles, which the entries name by number, are the caller's.
   */
  getRegionIoFds(index: number): Promise<{ readonly subRegions: readonly SubRegion[]; readonly handles: readonly Handle[] }> {
    const command = message.VFIO_USER_DEVICE_GET_REGION_IO_FDS;
    const payload = encodeRegionIoFdsRequest(index, REPLY_ROOM);
    return this.requests.track(
      this.requests.request({ command, payload }, (reply, handles) => ({
        subRegions: decodeRegionIoFdsReply(reply, handles.length),
        handles,
      })),
    );
  }

  /** Asks about one kind of interrupt (`VFIO_PCI_…_IRQ_INDEX`). */
  getIrqInfo(index: number): Promise<ClientIrqInfo> {
    return this.#ask(message.VFIO_USER_DEVICE_GET_IRQ_INFO, encodeIrqInfo({ index }), reply => {
      const { flags, count, index: answered } = decodeIrqInfo(reply);
      if (answered !== index) throw new MessageError(`the reply is about interrupt kind ${answered}`);
      return { index, flags, count };
    });
  }

  /**
   * Sets where interrupts go, or triggers, masks, unmasks them. The handles stay the caller's and are sent in as many messages as the
   * server's limit wants; either all of them are given or all are null.
   */
  async setIrqs(request: IrqRequest): Promise<void> {
    const { data, start, count } = request;
    const command = message.VFIO_USER_DEVICE_SET_IRQS;
    if (data.kind !== 'eventfds') return this.#tell(command, encodeSetIrqs(request));
    const handles = data.handles.filter(handle => handle !== null);
    if (handles.length === 0) return this.#tell(command, encodeSetIrqs(request));
    if (handles.length !== count) throw new RangeError(`${handles.length} handles for ${count} interrupts`);
    const most = Math.max(this.agreement.peerMaxFds, 1);
    for (let at = 0; at < count; at += most) {
      const part = handles.slice(at, at + most);
      const payload = encodeSetIrqs({ ...request, start: start + at, count: part.length });
      await this.#tell(command, payload, part);
    }
  }

  /** Reads `length` bytes, in as many messages as the server's limit wants. */
  async readRegion(region: number, offset: number, length: number): Promise<Uint8Array> {
    const into = new Uint8Array(length);
    const { maxTransfer } = this.agreement;
    for (let done = 0; done < length; done += maxTransfer) {
      const place = { region, offset: offset + done, count: Math.min(maxTransfer, length - done) };
      const payload = encodeRegionAccess(place);
      await this.#ask(message.VFIO_USER_REGION_READ, payload, reply => into.set(decodeRegionAccessReply(reply, place, place.count), done));
    }
    return into;
  }

  /** Writes `bytes`, in as many messages as the server's limit wants; resolves when the server has taken all of them. */
  async writeRegion(region: number, offset: number, bytes: Uint8Array): Promise<void> {
    const { maxTransfer } = this.agreement;
    for (let done = 0; done < bytes.length; done += maxTransfer) {
      const data = bytes.subarray(done, done + maxTransfer);
      const place = { region, offset: offset + done, count: data.length };
      await this.#ask(message.VFIO_USER_REGION_WRITE, encodeRegionAccess(place, data), reply => {
        decodeRegionAccessReply(reply, place, 0);
      });
    }
  }

  /** Writes without waiting for an answer; takes at most what fits in one message. */
  postWrite(region: number, offset: number, bytes: Uint8Array): void {
    const { maxTransfer } = this.agreement;
    if (bytes.length > maxTransfer) throw new RangeError(`${bytes.length} bytes, one message takes ${maxTransfer}`);
    const payload = encodeRegionAccess({ region, offset, count: bytes.length }, bytes);
    this.requests.post({ command: message.VFIO_USER_REGION_WRITE, payload });
  }

  /**
   * Several small writes in one message.
   * @throws TypeError where the server has no such command
   */
  writeMulti(writes: readonly SmallWrite[]): Promise<void> {
    if (!this.agreement.writeMultiple) throw new TypeError('the server takes no REGION_WRITE_MULTI');
    return this.#ask(message.VFIO_USER_REGION_WRITE_MULTI, encodeRegionWriteMulti(writes), reply => {
      const done = decodeWritesDone(reply);
      if (done !== BigInt(writes.length)) throw new MessageError(`${done} of ${writes.length} writes done`);
    });
  }

  /** Shows memory to the server. A range with neither file nor `bytes` can be mapped, and every access to it fails. */
  async mapDma({ address, size, isReadable, isWritable, file, bytes }: ClientDmaRange): Promise<void> {
    if (bytes && BigInt(bytes.length) !== size) throw new RangeError(`${bytes.length} bytes for a range of ${size}`);
    const flags = (isReadable ? VFIO_USER_F_DMA_REGION_READ : 0) | (isWritable ? VFIO_USER_F_DMA_REGION_WRITE : 0);
    const payload = encodeDmaMap({ flags, addr: address, size, offset: file?.offset ?? 0n });
    // The range is added before the server knows of it: the server's first access may come together with its reply.
    const range = { address, size, isReadable, isWritable, bytes: bytes ?? null };
    this.memory.add(range);
    try {
      await this.#tell(message.VFIO_USER_DMA_MAP, payload, file ? [file.handle] : []);
    } catch (error) {
      this.memory.remove(range);
      throw error;
    }
  }

  /** Takes back the range that was mapped with this address and size. */
  async unmapDma(address: bigint, size: bigint): Promise<void> {
    await this.#ask(message.VFIO_USER_DMA_UNMAP, encodeDmaUnmap({ addr: address, size }), ignore);
    this.memory.removeWithin(address, size);
  }

  /** Takes back every range at once. */
  async unmapAllDma(): Promise<void> {
    await this.#ask(message.VFIO_USER_DMA_UNMAP, encodeDmaUnmap(), ignore);
    this.memory.clear();
  }

  /** Resets the device. */
  reset(): Promise<void> {
    return this.#tell(message.VFIO_USER_DEVICE_RESET, new Uint8Array(0));
  }

  /** Resolves where the device has the feature and these methods of it (`VFIO_DEVICE_FEATURE_GET`, `_SET`). */
  probeFeature(feature: number, methods = 0): Promise<void> {
    const asked = methods | VFIO_DEVICE_FEATURE_PROBE;
    return this.#ask(message.VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(feature, asked), reply => {
      decodeFeatureReply(reply, { feature, methods: asked, length: 0 });
    });
  }

  /** The feature's struct, which has `length` bytes. */
  getFeature(feature: number, length: number): Promise<Uint8Array> {
    const methods = VFIO_DEVICE_FEATURE_GET;
    const payload = encodeDeviceFeature(feature, methods, new Uint8Array(0), 8 + length);
    return this.#ask(message.VFIO_USER_DEVICE_FEATURE, payload, reply => decodeFeatureReply(reply, { feature, methods, length }));
  }

  /** Sets a feature; `data` is its struct. */
  setFeature(feature: number, data: Uint8Array): Promise<void> {
    const methods = VFIO_DEVICE_FEATURE_SET;
    return this.#ask(message.VFIO_USER_DEVICE_FEATURE, encodeDeviceFeature(feature, methods, data), reply => {
      decodeFeatureReply(reply, { feature, methods, length: data.length });
    });
  }

  /** `VFIO_DEVICE_STATE_…` */
  async getMigrationState(): Promise<number> {
    const data = await this.getFeature(VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE, vfio_device_feature_mig_state.size);
    return vfio_device_feature_mig_state.decode(data).device_state;
  }

  /** Moves the device to a state of migration (`VFIO_DEVICE_STATE_…`). */
  setMigrationState(state: number): Promise<void> {
    return this.setFeature(
      VFIO_DEVICE_FEATURE_MIG_DEVICE_STATE,
      vfio_device_feature_mig_state.encode({ device_state: state, data_fd: -1 }),
    );
  }

  /** The next part of the device's state: at most `size` bytes, fewer at its end. */
  readMigrationData(size: number): Promise<Uint8Array> {
    return this.#ask(message.VFIO_USER_MIG_DATA_READ, encodeMigrationRead(size), reply => decodeMigrationReply(reply, size));
  }

  /** Sends a part of the device's state; takes at most what fits in one message. */
  writeMigrationData(part: Uint8Array): Promise<void> {
    return this.#tell(message.VFIO_USER_MIG_DATA_WRITE, encodeMigrationData(part));
  }
}

function ignore(): void {}
