/** What `attach` found behind a socket: the value that its text and its JSON are made of. */
import type { ConfigSpace } from '../pci/config-space.ts';
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
