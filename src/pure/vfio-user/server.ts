/** The server's side of a connection: a PCI device spoken to in vfio-user (vfio-user specification 0.9.2). No socket is known here. */
import { formatHex } from '../bytes/hex.ts';
import type { Handle } from '../device/handle.ts';
import { DeviceError } from '../device/pci-device.ts';
import { EOPNOTSUPP } from '../spec/errno.ts';
import { COMMANDS } from './commands.ts';
import { type Counters, countReceived, createCounters } from './counters.ts';
import type { Endpoint, MessageBuffer } from './endpoint.ts';
import { errnoOr } from './errno.ts';
import { ConnectionMemory, type FileUse } from './guest-memory.ts';
import {
  CMD,
  createMessageBuffer,
  FLAGS,
  faultAt,
  HEADER_SIZE,
  MSG_ID,
  VFIO_USER_F_NO_REPLY,
  VFIO_USER_F_TYPE_COMMAND,
  VFIO_USER_F_TYPE_MASK,
  VFIO_USER_F_TYPE_REPLY,
  VFIO_USER_REGION_READ,
  VFIO_USER_REGION_WRITE,
  VFIO_USER_VERSION,
  writeErrorReply,
  writeFault,
  writeReplyHeader,
} from './message.ts';
import { formatMessage } from './message-text.ts';
import { MOST_IRQS, MOST_REGIONS } from './messages/device-info.ts';
import { ACCESS_DATA } from './messages/region-access.ts';
import { DEFAULT_MAX_STATE, MigrationSession } from './migration-session.ts';
import { limitsOf } from './negotiate.ts';
import { MessageError, ProtocolError } from './protocol-error.ts';
import { RegionAccess } from './region-access.ts';
import { closeAll, Requests } from './requests.ts';
import type { Session, VfioUserServerOptions, VfioUserServerParts } from './session.ts';

/** The most bytes of a message beside its data: the header and what says where the data goes. */
const AROUND_DATA = ACCESS_DATA;

/**
 * Serves one client. Made for each connection; the device outlives it and keeps its state. A message that the client should not
 * have sent is refused with an error reply and does nothing; one after which nothing can be trusted throws ProtocolError.
 */
export class VfioUserServer implements Endpoint {
  readonly output: MessageBuffer;
  readonly replyHandles: Handle[] = [];
  readonly messageLimit: number;
  readonly counters: Counters = createCounters();
  readonly #session: Session;
  readonly #access: RegionAccess;
  readonly #requests: Requests;
  readonly #log: ((line: string) => void) | undefined;
  readonly #fault: ((error: unknown) => void) | undefined;
  /** Most bytes of data in a message; 0 until VERSION, so that no access passes. */
  #limit = 0;
  #isClosed = false;

  /** @throws RangeError for limits, or a device, that clients would refuse */
  constructor({ device, platform, carrier }: VfioUserServerParts, options: VfioUserServerOptions = {}) {
    if (device.regions.length > MOST_REGIONS) throw new RangeError(`${device.regions.length} regions, clients take ${MOST_REGIONS}`);
    if (device.irqs.length > MOST_IRQS) throw new RangeError(`${device.irqs.length} kinds of interrupt, clients take ${MOST_IRQS}`);
    const limits = limitsOf({ ...(platform.pageSize !== undefined && { pageSize: platform.pageSize }), ...options });
    this.messageLimit = limits.maxDataXferSize + AROUND_DATA;
    this.output = createMessageBuffer(this.messageLimit);
    this.#log = options.log;
    this.#fault = options.fault;
    this.#requests = new Requests(carrier, (bytes, handles) => this.#sent(bytes, handles));
    this.#access = new RegionAccess(device, this.output);
    const { counters, output, replyHandles } = this;
    const files: FileUse = device.hasHardwareDma === true ? 'passed' : device.mapDma ? 'kept' : 'mapped';
    this.#session = {
      device,
      platform,
      carrier,
      limits,
      output,
      replyHandles,
      unmap: options.unmap,
      access: this.#access,
      memory: new ConnectionMemory({ platform, requests: this.#requests, counters, files }),
      migration: device.migration ? new MigrationSession(device.migration, options.maxStateSize ?? DEFAULT_MAX_STATE) : null,
      agreement: null,
    };
  }

  get isAgreed(): boolean {
    return this.#session.agreement !== null;
  }

  get isWaiting(): boolean {
    return this.#requests.isActive;
  }

  receive(input: MessageBuffer, at: number, length: number, handles: readonly Handle[]): number {
    const { view } = input;
    const command = view.getUint16(at + CMD, true);
    const flags = view.getUint32(at + FLAGS, true);
    if (this.replyHandles.length > 0) this.replyHandles.length = 0;
    countReceived(this.counters, command, length);
    if (this.#log) this.#log(`→ ${formatMessage(view, at, length, handles.length)}`);
    if ((flags & VFIO_USER_F_TYPE_MASK) === VFIO_USER_F_TYPE_REPLY) {
      this.#requests.take(input, at, length, handles);
      return 0;
    }
    if ((flags & VFIO_USER_F_TYPE_MASK) !== VFIO_USER_F_TYPE_COMMAND) {
      closeAll(handles);
      throw faultAt(view, at, 'neither a command nor a reply');
    }
    const sent = this.#answer(input, at, length, handles);
    this.counters.bytesSent += sent;
    if (this.#log && sent > 0) this.#log(`← ${formatMessage(this.output.view, 0, sent, this.replyHandles.length)}`);
    return sent;
  }

  #answer(input: MessageBuffer, at: number, length: number, handles: readonly Handle[]): number {
    const { view } = input;
    const id = view.getUint16(at + MSG_ID, true);
    const command = view.getUint16(at + CMD, true);
    const flags = view.getUint32(at + FLAGS, true);
    const isSilent = (flags & VFIO_USER_F_NO_REPLY) !== 0;
    let size: number;
    try {
      if ((flags & ~VFIO_USER_F_NO_REPLY) !== 0) throw new MessageError(`flags ${formatHex(flags)} in a command`);
      if (command === VFIO_USER_REGION_READ || command === VFIO_USER_REGION_WRITE) {
        if (handles.length > 0) throw new MessageError(`${handles.length} handles, takes none`);
        size = this.#region(input, at, length, isSilent);
      } else {
        size = this.#command(input.bytes.subarray(at + HEADER_SIZE, at + length), command, { isSilent, handles });
      }
    } catch (error) {
      closeAll(handles);
      if (error instanceof MessageError && error.isFinal) throw faultAt(view, at, error.message, error.errno);
      return this.#refuse(error, id, command, isSilent);
    }
    return isSilent ? 0 : writeReplyHeader(this.output.view, id, command, size);
  }

  #region(input: MessageBuffer, at: number, length: number, isSilent: boolean): number {
    if (this.#limit === 0) throw new MessageError('VERSION comes first');
    const isRead = input.view.getUint16(at + CMD, true) === VFIO_USER_REGION_READ;
    if (isRead && isSilent) throw new MessageError('only the reply is of use, and none is wanted');
    return isRead ? this.#access.read(input, at, length, this.#limit) : this.#access.write(input, at, length, this.#limit);
  }

  /** Runs a command and writes its reply but for the header; returns the reply's length. */
  #command(payload: Uint8Array, command: number, how: { readonly isSilent: boolean; readonly handles: readonly Handle[] }): number {
    const handler = COMMANDS.get(command);
    if (handler === undefined) throw new MessageError('the command is not known to a server', EOPNOTSUPP);
    if (this.#session.agreement === null && command !== VFIO_USER_VERSION) throw new MessageError('VERSION comes first');
    if (how.handles.length > 0 && !handler.takesHandles) throw new MessageError(`${how.handles.length} handles, takes none`);
    if (how.isSilent && handler.needsReply) throw new MessageError('only the reply is of use, and none is wanted');
    const reply = handler.run(this.#session, payload, how.handles);
    if (command === VFIO_USER_VERSION) this.#limit = this.#session.limits.maxDataXferSize;
    if (reply === null) return HEADER_SIZE;
    this.output.bytes.set(reply, HEADER_SIZE);
    return HEADER_SIZE + reply.length;
  }

  /** Turns an error into an error reply. A device's author may err as well: the client then sees EIO and lives. */
  #refuse(error: unknown, id: number, command: number, isSilent: boolean): number {
    if (error instanceof ProtocolError) throw error;
    this.counters.errors++;
    this.replyHandles.length = 0;
    const isRefusal = error instanceof MessageError || error instanceof DeviceError;
    // An error of the platform has an error number of its own; anything else is a fault, and so are numbers that are none.
    const errno = errnoOr(typeof error === 'object' && error !== null && 'errno' in error ? error.errno : undefined);
    if (!isRefusal) this.#fault?.(error);
    if (this.#log) this.#log(`  refused with error ${errno}: ${error instanceof Error ? error.message : String(error)}`);
    return isSilent ? 0 : writeErrorReply(this.output.view, id, command, errno);
  }

  refuse(error: ProtocolError): number {
    this.counters.errors++;
    const sent = writeFault(this.output.view, error);
    this.counters.bytesSent += sent;
    if (this.#log) this.#log(`  the connection ends: ${error.message}`);
    if (this.#log && sent > 0) this.#log(`← ${formatMessage(this.output.view, 0, sent, 0)}`);
    return sent;
  }

  #sent(bytes: Uint8Array, handles: number): void {
    this.counters.bytesSent += bytes.length;
    if (this.#log) this.#log(`← ${formatMessage(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length, handles)}`);
  }

  /** Gives back all that the client brought. The device runs again and keeps its state for the next client. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#limit = 0;
    this.#requests.end();
    const { device, memory, migration, agreement } = this.#session;
    // First the device is told, so that it comes to rest while its memory is still there.
    if (agreement !== null) this.#attempt(() => device.detach?.());
    for (const range of memory.ranges) {
      this.#attempt(() => device.unmapDma?.(range));
      memory.remove(range);
    }
    this.#attempt(() => migration?.end(() => device.reset()));
    this.#session.agreement = null;
  }

  /** What a device refuses on the way out changes nothing: the client is gone. */
  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fault?.(error);
    }
  }
}
