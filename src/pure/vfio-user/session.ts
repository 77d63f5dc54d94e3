/** What the commands of one connection work on. */
import type { Handle, Platform } from '../device/handle.ts';
import type { PciDevice } from '../device/pci-device.ts';
import type { Carrier, MessageBuffer } from './endpoint.ts';
import type { ConnectionMemory } from './guest-memory.ts';
import type { MigrationSession } from './migration-session.ts';
import type { Agreement, Limits } from './negotiate.ts';
import type { RegionAccess } from './region-access.ts';

/** Limits of a server, and who is told what it does. */
export interface VfioUserServerOptions extends Partial<Limits> {
  /** Largest device state that a client may bring, in bytes. Default 64 MiB. */
  readonly maxStateSize?: number;
  /**
   * What a client may take back with DMA_UNMAP. `exact`: one range, as it was mapped, which is the specification's text; `inside`: all
   * ranges that lie inside, as the kernel's VFIO_IOMMU_UNMAP_DMA takes them. Default: `exact` for a client that proposes version 0.2 or
   * newer, `inside` for older ones, among them QEMU (0.0), which takes back at once what its guest's IOMMU mapped in pieces.
   */
  readonly unmap?: 'exact' | 'inside';
  /** Is told of every message, one line each: `→` came, `←` goes. Lines are made only where this is set. */
  readonly log?: (line: string) => void;
  /** Is told of an error in the device that is no DeviceError: a fault of its author, which the client sees as EIO. */
  readonly fault?: (error: unknown) => void;
}

/** What a server stands between: a device, the machine it runs on, and what carries its messages. */
export interface VfioUserServerParts {
  readonly device: PciDevice;
  readonly platform: Platform;
  readonly carrier: Carrier;
}

export interface Session extends VfioUserServerParts {
  readonly memory: ConnectionMemory;
  readonly access: RegionAccess;
  /** Null for a device that cannot migrate. */
  readonly migration: MigrationSession | null;
  readonly limits: Limits;
  readonly output: MessageBuffer;
  readonly replyHandles: Handle[];
  /** As in the options; undefined where the client's version decides. */
  readonly unmap: 'exact' | 'inside' | undefined;
  /** Null before VERSION. */
  agreement: Agreement | null;
}
