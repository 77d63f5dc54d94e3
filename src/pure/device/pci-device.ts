/** A PCI device as a VMM meets it through VFIO: regions, interrupts, reset and the guest's memory (linux/vfio.h). */
import type { Handle } from './handle.ts';

/** Bytes from the start of a region. */
export interface DeviceArea {
  readonly offset: number;
  readonly size: number;
}

/** One region; its place in `PciDevice.regions` is its `VFIO_PCI_…_REGION_INDEX`. */
export interface DeviceRegion {
  /** Bytes, below 2^53; 0 for a region that the device does not have. */
  readonly size: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** What a client may map itself, and from which file at which offset; null where every access is to be a message. */
  readonly mapping: { readonly handle: Handle; readonly offset: number; readonly areas: readonly DeviceArea[] } | null;
}

/** One kind of interrupt; its place in `PciDevice.irqs` is its `VFIO_PCI_…_IRQ_INDEX`. */
export interface DeviceIrq {
  /** How many; 0 for a kind that the device does not have. */
  readonly count: number;
  /** `VFIO_IRQ_INFO_…`. */
  readonly flags: number;
  /** For a kind that it does not have: whether a client that asks gets EINVAL instead of a count of 0; default false. */
  readonly isUnknown?: boolean;
}

/** As the kernel answers for errors of a function that is not PCI Express. */
export const UNKNOWN_IRQ: DeviceIrq = { count: 0, flags: 0, isUnknown: true };

/** VFIO_DEVICE_SET_IRQS, judged to lie inside of what the device has. */
export interface IrqRequest {
  readonly index: number;
  readonly start: number;
  readonly count: number;
  readonly action: 'trigger' | 'mask' | 'unmask';
  /**
   * `none`: all of them (a `trigger` of count 0 gives up the whole kind). `bools`: those that are true. `eventfds`: where each goes
   * from now on, null for nowhere; the device owns the handles once the call succeeds.
   */
  readonly data:
    | { readonly kind: 'none' }
    | { readonly kind: 'bools'; readonly bools: readonly boolean[] }
    | { readonly kind: 'eventfds'; readonly handles: readonly (Handle | null)[] };
}

/** A range of the guest's memory that the device may reach. */
export interface DmaRange {
  /** I/O virtual address, in bytes. */
  readonly address: bigint;
  readonly size: bigint;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  /** The file that holds it and where it begins there; null where only messages reach it. The connection owns the handle. */
  readonly file: { readonly handle: Handle; readonly offset: bigint } | null;
}

/** The guest's memory. Throws (or rejects with) DeviceError EFAULT for an address that is not mapped or not allowed. */
export interface GuestMemory {
  /**
   * The bytes themselves, without a copy, where the range is mapped into this process; null where it is copied or reached by message. They
   * are there until the call of the device's code ends: the client may take the range back then.
   */
  view(address: bigint, length: number, access: 'read' | 'write'): Uint8Array | null;
  /** Copies from guest memory, by message where it must. The client may be slow; the server goes on meanwhile. */
  read(address: bigint, length: number): Promise<Uint8Array>;
  /** Copies into guest memory, by message where it must. `bytes` are the caller's again once the promise resolves. */
  write(address: bigint, bytes: Uint8Array): Promise<void>;
}

/** What the connected client offers to the device. */
export interface DeviceSession {
  readonly memory: GuestMemory;
  /** Signals one interrupt's eventfd, where there is one. */
  signal(handle: Handle): void;
}

/** Stop-and-copy migration: what the device must carry to another machine. */
export interface DeviceMigration {
  /** The device's state; it is stopped and does nothing until `resume`. At most what a client will store. */
  save(): Uint8Array;
  /**
   * Takes the state of a stopped device.
   * @throws DeviceError EINVAL for bytes that are no state of such a device
   */
  load(state: Uint8Array): void;
  /** The device does nothing from here on: no DMA, no interrupt. */
  stop(): void;
  /** The device goes on where it was stopped, or where the loaded state left it. */
  resume(): void;
}

/** A refusal with the error number that the client gets (errno.h); the message is for the log. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly errno: number;

  constructor(errno: number, message: string) {
    super(message);
    this.errno = errno;
  }
}

/** Every method may throw DeviceError. All calls come from one connection at a time, one after the other. */
export interface PciDevice {
  readonly regions: readonly DeviceRegion[];
  readonly irqs: readonly DeviceIrq[];
  /** Fills `into` from the region; the range lies inside of it and the region is readable. */
  readRegion(index: number, offset: number, into: Uint8Array): void;
  /** `bytes` are the caller's again after the call. */
  writeRegion(index: number, offset: number, bytes: Uint8Array): void;
  /** Sets where interrupts go, or triggers, masks, unmasks them. */
  setIrqs(request: IrqRequest): void;
  /** Resets the function, as VFIO_DEVICE_RESET does. */
  reset(): void;
  /** False for a device without a reset, which clients are told; default true. */
  readonly canReset?: boolean;
  /**
   * True for one that reaches memory by itself, as hardware behind an IOMMU does. The connection then maps no file into this process,
   * and closes each once `mapDma` has returned.
   */
  readonly hasHardwareDma?: boolean;
  /** A client has connected. */
  attach?(session: DeviceSession): void;
  /** The client has gone: interrupts go nowhere, memory is out of reach. `unmapDma` follows for every range that is still mapped. */
  detach?(): void;
  /** A range of memory comes or goes; for a device whose DMA is not done by this process. */
  mapDma?(range: DmaRange): void;
  /** The range is out of reach once this returns. */
  unmapDma?(range: DmaRange): void;
  readonly migration?: DeviceMigration;
}
