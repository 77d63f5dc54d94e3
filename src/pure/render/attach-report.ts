/** What `attach` found behind a socket: the value that its text and its JSON are made of. */
import type { ConfigSpace } from '../pci/config-space.ts';
import { VFIO_IRQ_INFO_AUTOMASKED, VFIO_IRQ_INFO_EVENTFD, VFIO_IRQ_INFO_MASKABLE, VFIO_IRQ_INFO_NORESIZE } from '../uapi/vfio/index.ts';
import type { Agreement, ClientDeviceInfo, ClientIrqInfo, ClientRegionInfo } from '../vfio-user/index.ts';

export interface AttachReport {
  /** Path of the socket. */
  readonly socket: string;
  readonly agreement: Agreement;
  readonly info: ClientDeviceInfo;
  readonly regions: readonly Omit<ClientRegionInfo, 'mapping'>[];
  /** What may be mapped of each region, in the same order. */
  readonly mappable: readonly (readonly { readonly offset: number; readonly size: number }[])[];
  readonly interrupts: readonly ClientIrqInfo[];
  /** Null for a device that is no PCI function. */
  readonly config: ConfigSpace | null;
}

/** The flags of `VFIO_DEVICE_GET_IRQ_INFO` as answers. */
export function interruptFlags(flags: number) {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  return {
    hasEventfd: has(VFIO_IRQ_INFO_EVENTFD),
    isMaskable: has(VFIO_IRQ_INFO_MASKABLE),
    isAutomasked: has(VFIO_IRQ_INFO_AUTOMASKED),
    isFixedSize: has(VFIO_IRQ_INFO_NORESIZE),
  };
}
