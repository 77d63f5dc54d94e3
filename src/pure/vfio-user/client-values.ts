/** What a client learns of a device, and what it gives away, in numbers that are checked. */
import type { Handle } from '../device/handle.ts';
import type { DeviceRegion } from '../device/pci-device.ts';
import { VFIO_REGION_INFO_FLAG_MMAP, VFIO_REGION_INFO_FLAG_READ, VFIO_REGION_INFO_FLAG_WRITE } from '../spec/vfio/index.ts';
import type { DecodedRegionInfo } from './messages/region-info.ts';
import { MessageError } from './protocol-error.ts';

/** The device as the server describes it. */
export interface ClientDeviceInfo {
  /** `VFIO_DEVICE_FLAGS_…` */
  readonly flags: number;
  readonly isResettable: boolean;
  readonly regionCount: number;
  readonly irqCount: number;
}

/** A region as the server describes it; the handle in `mapping` is the receiver's to close. */
export interface ClientRegionInfo extends DeviceRegion {
  readonly index: number;
  /** The capability chain, by id and version. */
  readonly capabilities: readonly { readonly id: number; readonly version: number }[];
}

/** A kind of interrupt as the server describes it. */
export interface ClientIrqInfo {
  readonly index: number;
  /** `VFIO_IRQ_INFO_…` */
  readonly flags: number;
  readonly count: number;
}

/** A range of guest memory to show to the server: by its file, or in `bytes` of this process, by message. */
export interface ClientDmaRange {
  readonly address: bigint;
  readonly size: bigint;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly file?: { readonly handle: Handle; readonly offset: bigint };
  /** As many as `size` says. */
  readonly bytes?: Uint8Array;
}

/** A region as a reply describes it. Takes the handle; MessageError for more than one, or one that no flag speaks of. */
export function regionOf(reply: DecodedRegionInfo, index: number, handles: readonly Handle[]): ClientRegionInfo {
  const { info, size, offset, areas, capabilities } = reply;
  if (info.index !== index) throw new MessageError(`the reply is about region ${info.index}`);
  const isMappable = (info.flags & VFIO_REGION_INFO_FLAG_MMAP) !== 0;
  if (handles.length > (isMappable ? 1 : 0)) throw new MessageError(`${handles.length} handles, ${isMappable ? 'one' : 'none'} is due`);
  // A server may say MMAP and send no file (rust-vmm's does without sparse areas): then there is nothing to map.
  const [handle] = handles;
  const mapping = handle === undefined ? null : { handle, offset, areas: areas ?? [{ offset: 0, size }] };
  return {
    index,
    size,
    isReadable: (info.flags & VFIO_REGION_INFO_FLAG_READ) !== 0,
    isWritable: (info.flags & VFIO_REGION_INFO_FLAG_WRITE) !== 0,
    mapping,
    capabilities,
  };
}
